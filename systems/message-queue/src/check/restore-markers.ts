// Markers of transactions that rotted, put back byte for byte before a log is opened. All of a marker but its time is known from
// around it: its place, the producers that have a transaction open there, two ends, the broker's start. So each marker that it may
// have been is made, with the times that can still be read, and the one that a checksum proves is it: that of the record or that
// of the batch, of which rot has to leave one. Where neither is left, nothing says how the transaction ended.
//
// A crash in between leaves the marker damaged, as it was; the same call may be made again.

import { crc32c } from '@cairn/hashing';
import { coverDamage, coveringPayloadBytes, recordHeaderBytes } from '@cairn/segment-log';
import type { Disk, World } from '@cairn/world';
import { type BatchHeader, checksumOf, decodeBatchHeader, placeBatch } from '../batch/batch-header.ts';
import { encodeMarker, markerBatchBytes } from '../batch/control-records.ts';
import { checkpointName, readCheckpoint } from '../partition/checkpoint.ts';
import { logSegmentName } from '../partition/segments/log-source.ts';
import { removeFile } from '../partition/small-files.ts';
import { remoteListName } from '../remote/remote-list.ts';
import { type OpenTransaction, OpenTransactions } from './open-transactions.ts';
import { type DamagedPlace, type LogStep, walkLog } from './walk-log.ts';

export type RestoredMarker = {
  readonly offset: number;
  readonly producerId: number;
  readonly commit: boolean;
};

/** Of the header of a record of the log: DESIGN.md of foundation/segment-log. */
const payloadChecksumAt = 12;
/** Tried for one place; more have no marker restored. */
const producersMax = 1_000;

/** Of a log that nothing has open. Throws what `walkLog` throws. */
export async function restoreMarkers(world: World, directory: string): Promise<readonly RestoredMarker[]> {
  const restored: RestoredMarker[] = [];
  const open = new OpenTransactions();
  let leaderEpoch = 0;
  for await (const step of walkLog(world, directory)) {
    if (step.kind === 'batch') {
      leaderEpoch = step.header.leaderEpoch;
      open.take(step.header, step.bytes);
    } else if (step.kind === 'damage') {
      const [place] = step.places;
      const marker = await markerAt(world, directory, step, { open: open.all(), leaderEpoch });
      if (place === undefined || marker === undefined) continue;
      await putBack(world, directory, { place, payload: marker.bytes });
      open.take(marker.header, marker.bytes);
      const { baseOffset: offset, producerId } = marker.header;
      restored.push({ offset, producerId, commit: marker.commit });
    }
  }
  return restored;
}

/**
 * After markers were put back: a checkpoint behind them may have taken two transactions of a producer for one, with the end of the
 * second. Without it all is read again from the batches. Gives the start offset, which only it knew. Where segments were moved to
 * the blobs engine it stays, as they would have to be read there.
 */
export async function forgetTransactions(disk: Disk, directory: string): Promise<number> {
  const checkpoint = await readCheckpoint(disk, `${directory}/${checkpointName}`);
  if ((await disk.list(directory)).includes(remoteListName) || checkpoint === undefined) return 0;
  await removeFile(disk, `${directory}/${checkpointName}`);
  await disk.syncDirectory(directory);
  return checkpoint.startOffset;
}

type Marker = { readonly header: BatchHeader; readonly bytes: Buffer; readonly commit: boolean };
type Around = { readonly open: readonly OpenTransaction[]; readonly leaderEpoch: number };

async function markerAt(
  world: World,
  directory: string,
  { places, firstOffset, lastOffset }: LogStep & { readonly kind: 'damage' },
  { open, leaderEpoch }: Around,
): Promise<Marker | undefined> {
  const [place] = places;
  if (place === undefined || places.length > 1 || place.isInBatchFile || firstOffset === undefined)
    return undefined;
  if (lastOffset !== undefined && lastOffset !== firstOffset) return undefined;
  if (coveringPayloadBytes(place) !== markerBatchBytes || open.length > producersMax) return undefined;
  const record = await bytesAt(world, directory, place);
  const rotten = record?.subarray(recordHeaderBytes);
  if (record === undefined || rotten === undefined) return undefined;
  const checksums = { record: record.readUInt32LE(payloadChecksumAt), batch: checksumOf(rotten) };
  for (const marker of markersLike(rotten, { open, leaderEpoch, baseOffset: firstOffset }))
    if (crc32c(marker.bytes) === checksums.record || checksumOf(marker.bytes) === checksums.batch)
      return marker;
  return undefined;
}

function* markersLike(
  rotten: Buffer,
  { open, leaderEpoch, baseOffset }: Around & { readonly baseOffset: number },
): Generator<Marker, void, undefined> {
  const said = decodeBatchHeader(rotten);
  // The broker's start is both the partition's leader epoch and the coordinator's.
  const starts = new Set([said.leaderEpoch, leaderEpoch]);
  const times = new Set([said.baseTimestampMs, said.maxTimestampMs].filter(Number.isSafeInteger));
  for (const { producerId, producerEpoch } of open)
    for (const epoch of [producerEpoch, producerEpoch + 1])
      for (const coordinatorEpoch of starts)
        for (const timestampMs of times)
          for (const commit of [true, false]) {
            const bytes = encodeMarker(
              { producerId, producerEpoch: epoch, coordinatorEpoch, commit },
              timestampMs,
            );
            placeBatch(bytes, { baseOffset, leaderEpoch: coordinatorEpoch });
            yield { header: decodeBatchHeader(bytes), bytes, commit };
          }
}

async function bytesAt(
  world: World,
  directory: string,
  { segment, position, endPosition }: DamagedPlace,
): Promise<Buffer | undefined> {
  const file = await world.disk.open(`${directory}/${logSegmentName(segment)}.segment`, 'read');
  try {
    const bytes = Buffer.alloc(endPosition - position);
    return (await file.read(bytes, position)) === bytes.length ? bytes : undefined;
  } finally {
    await file.close();
  }
}

async function putBack(
  world: World,
  directory: string,
  { place: { segment, position, endPosition }, payload }: { place: DamagedPlace; payload: Buffer },
): Promise<void> {
  await coverDamage(world, directory, { segment, position, endPosition, payload });
  await removeFile(world.disk, `${directory}/${logSegmentName(segment)}.index`);
  await world.disk.syncDirectory(directory).catch(() => {});
}
