// Opens the logs and brings the index up to what they hold: every last record of a blob behind its log's checkpoint.
//
// Crash cases C and D, and those of a copy: a blob is in its log but not in the index, or the index has an older place
// of it. Its last record says all that the index needs. The same rebuilds an index that was lost, from the beginning of
// every log: then a blob may have several last records, of which those that name a segment that is gone are stale.

import { openSegmentLog, type RecoveredRecord, recordHeaderBytes, type SegmentLog } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { ObjectStorageError } from '../errors.ts';
import type { BlobIndex } from './blob-index.ts';
import { blockHeaderBytes, decodeBlockHeader } from './block.ts';
import type { IndexSql } from './index-store.ts';
import { decodeRuns, runsWithEnd, segmentsOf } from './runs.ts';
import type { BlobIds } from './writing/blob-ids.ts';

export type RecoverOptions = {
  readonly world: World;
  /** Holds one folder per log, `log-0` and so on. */
  readonly directory: string;
  readonly sql: IndexSql;
  readonly index: BlobIndex;
  readonly ids: BlobIds;
  readonly writers: number;
  readonly segmentBytesMax: number;
  /** Every log is read from its beginning, for an index that is not to be trusted. */
  readonly readsWholeLogs?: boolean;
};

/** One log per writer, and those that an earlier start with more writers left. */
export async function recoverLogs(options: RecoverOptions): Promise<readonly SegmentLog[]> {
  const { world, directory, sql, index, ids, segmentBytesMax } = options;
  const checkpoints = await sql.lookup('listCheckpoints', {});
  const known = (await world.disk.list(directory)).filter((name) => /^log-\d+$/.test(name)).length;
  const logs: SegmentLog[] = [];
  try {
    for (let log = 0; log < Math.max(options.writers, known); log++) {
      const folder = `${directory}/log-${log}`;
      const present = await segmentsIn(world, folder);
      logs.push(
        await openSegmentLog({
          world,
          directory: folder,
          segmentBytesMax,
          recoverFrom: checkpoints.find((checkpoint) => checkpoint.log === log)?.at,
          recoversAll: options.readsWholeLogs ?? false,
          onRecovered: (record) => recover(options, { log, record, present }),
        }),
      );
    }
    await index.flush();
    ids.startAbove((await sql.lookup('newestBlob', {})) ?? '');
    return logs;
  } catch (error) {
    await Promise.allSettled(logs.map((log) => log.close()));
    throw error;
  }
}

/** By the names that segment files have (foundation/segment-log/DESIGN.md, "Folder"). */
async function segmentsIn(world: World, folder: string): Promise<ReadonlySet<number>> {
  const names = await world.disk.list(folder);
  return new Set(names.filter((name) => name.endsWith('.segment')).map((name) => Number.parseInt(name, 10)));
}

async function recover(
  { index, ids }: RecoverOptions,
  found: { log: number; record: RecoveredRecord; present: ReadonlySet<number> },
): Promise<void> {
  const { log, record } = found;
  const { segment, position } = record.location;
  const header = decodeBlockHeader(record.payload);
  if (header === undefined) {
    const message = `log ${log}, segment ${segment} at ${position} holds a record that this version does not know`;
    throw new ObjectStorageError('ServiceUnavailable', { message });
  }
  if (header.kind === 'block') return;
  const runs =
    header.kind === 'whole'
      ? [{ segment, position, blocks: 1 }]
      : runsWithEnd(decodeRuns(record.payload.subarray(blockHeaderBytes)), record.location);
  await index.room();
  ids.startAbove(header.blob);
  const entry = index.announce({
    blob: header.blob,
    place: { log, sizeBytes: header.sizeBytes, runs },
    end: { segment, position: position + recordHeaderBytes + record.payload.byteLength },
    release: () => {},
    change: { kind: 'recover', complete: [...segmentsOf(runs)].every((one) => found.present.has(one)) },
  });
  index.durable(entry);
}
