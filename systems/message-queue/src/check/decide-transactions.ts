// What checkpoints call undecided, after the damage that made it so was repaired: a marker that was put back says how a transaction
// ended; where the place was covered, as loss is accepted, the next marker of its producer counts as its end. One without a marker
// is open again.

import type { World } from '@cairn/world';
import type { BatchHeader } from '../batch/batch-header.ts';
import { decodeMarker } from '../batch/control-records.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes } from '../limits.ts';
import {
  type Checkpoint,
  checkpointName,
  encodeCheckpoint,
  readCheckpoint,
  secondCheckpointName,
} from '../partition/checkpoint.ts';
import type { UndecidedTransaction } from '../partition/partition.ts';
import { replaceFile } from '../partition/small-files.ts';
import { type LogStep, walkLog } from './walk-log.ts';

/** Of a log that nothing has open. A crash in between leaves a checkpoint as it was. Throws what `walkLog` throws. */
export async function decideTransactions(world: World, directory: string): Promise<void> {
  for (const name of [checkpointName, secondCheckpointName]) {
    const checkpoint = await readCheckpoint(world.disk, `${directory}/${name}`);
    if (checkpoint?.undecided === undefined) continue;
    const decided = decide(checkpoint, await findEnds(world, directory, checkpoint.undecided));
    await replaceFile(world.disk, { directory, name, bytes: encodeCheckpoint(decided) });
  }
}

/** `lost` while the log is damaged there, or cannot be looked at. */
type End = { readonly markerOffset: number; readonly commit: boolean } | 'open' | 'lost';
type Ends = ReadonlyMap<UndecidedTransaction, End>;

async function findEnds(
  world: World,
  directory: string,
  undecided: readonly UndecidedTransaction[],
): Promise<Ends> {
  const ends = new Map<UndecidedTransaction, End>(undecided.map((one) => [one, 'open']));
  const moved = new Set<number>();
  for await (const step of walkLog(world, directory)) {
    if (step.kind === 'segment' && step.blob !== undefined) moved.add(step.segment);
    // What was only copied was walked here.
    if (step.kind === 'unread' && !moved.has(step.segment)) continue;
    for (const [one, end] of ends) if (end === 'open') ends.set(one, endIn(step, one));
  }
  return ends;
}

function endIn(step: LogStep, { producerId, lostFrom }: UndecidedTransaction): End {
  if (step.kind === 'damage' || step.kind === 'gap' || step.kind === 'unread') {
    // What was damaged at the end has no offsets once the log went on, as they were given again: `lastOffset` is the one in front.
    const { firstOffset = 0, lastOffset = Number.POSITIVE_INFINITY } = step;
    return Math.max(firstOffset, lastOffset) >= lostFrom ? 'lost' : 'open';
  }
  if (step.kind !== 'batch') return 'open';
  const { header, bytes } = step;
  const isBehind = header.isControl && header.producerId === producerId && header.baseOffset >= lostFrom;
  const marker = isBehind ? markerIn(header, bytes) : undefined;
  return marker === undefined ? 'open' : { markerOffset: header.baseOffset, commit: marker.commit };
}

function markerIn(header: BatchHeader, bytes: Uint8Array) {
  const [record] = decodeRecords(header, bytes.subarray(batchHeaderBytes));
  return record && decodeMarker(record);
}

function decide({ undecided: before = [], ...checkpoint }: Checkpoint, ends: Ends): Checkpoint {
  const undecided = before.filter((one) => ends.get(one) === 'lost');
  const aborted = [...checkpoint.abortedTransactions];
  const firstOffsets = new Map<number, number>();
  for (const [{ producerId, firstOffset }, end] of ends) {
    // A marker behind the checkpoint ends what is open in it.
    if (end === 'open' || (end !== 'lost' && end.markerOffset >= checkpoint.endOffset))
      firstOffsets.set(producerId, Math.min(firstOffset, firstOffsets.get(producerId) ?? firstOffset));
    else if (end !== 'lost' && !end.commit)
      aborted.push({ producerId, firstOffset, markerOffset: end.markerOffset });
  }
  return {
    ...checkpoint,
    abortedTransactions: aborted.toSorted((a, b) => a.markerOffset - b.markerOffset),
    producers: checkpoint.producers.map((entry) => {
      const transactionFirstOffset = firstOffsets.get(entry.producerId);
      return transactionFirstOffset === undefined ? entry : { ...entry, transactionFirstOffset };
    }),
    ...(undecided.length > 0 && { undecided }),
  };
}
