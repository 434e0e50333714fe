// Partitions of compacted topics, with short names for tests.

import type { World } from '@cairn/world';
import { decodeBatchHeader, encodeBatch } from '../../src/batch/batch-header.ts';
import { packedRecords, unpackedRecords } from '../../src/batch/compression.ts';
import { decodeRecords, encodeRecords } from '../../src/batch/records.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import type { Partition } from '../../src/partition/partition.ts';
import { type BatchOptions, type OpenPartitionOptions, open } from './partition-fixture.ts';

/** Key and value; no value is a tombstone. */
export type Pair = readonly [key: string, value: string | null];

const bytesOf = (text: string | null) => (text === null ? null : Buffer.from(text));

export async function pairsBatch(pairs: readonly Pair[], options: BatchOptions = {}): Promise<Buffer> {
  const { timestampMs = 1_000, compression = 'none', ...header } = options;
  const records = pairs.map(([key, value], index) => ({
    ...{ timestampMs: timestampMs + index, key: bytesOf(key), value: bytesOf(value), headers: [] },
  }));
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression, isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false },
      ...{ baseTimestampMs: timestampMs, maxTimestampMs: timestampMs + pairs.length - 1 },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: pairs.length - 1, recordCount: pairs.length },
      ...header,
    },
    await packedRecords(compression, encodeRecords(records, timestampMs)),
  );
}

export function openCompacted(world: World, options: OpenPartitionOptions = {}): Promise<LogPartition> {
  return open(world, { isDeleted: false, isCompacted: true, minCleanableDirtyRatio: 0, ...options });
}

export async function append(
  partition: LogPartition,
  pairs: readonly Pair[],
  options: BatchOptions = {},
): Promise<number> {
  const records = await pairsBatch(pairs, options);
  const transactionalId = options.isTransactional ? 'the one' : undefined;
  return (await partition.append({ records, transactionalId })).baseOffset;
}

/** Ends the segment that is written. */
export async function seal(partition: LogPartition, world: World): Promise<void> {
  const { config } = partition;
  partition.configure({ ...config, segmentMs: 0 });
  await world.clock.sleep(1);
  await partition.upkeep();
  partition.configure(config);
}

export type SeenPair = {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestampMs: number;
};

/** All batches from an offset on, as they are given. */
export async function batchesFrom(
  partition: Pick<Partition, 'read' | 'startOffset'>,
  options: { from?: number; committed?: boolean; bytesMax?: number } = {},
) {
  const { committed = false, bytesMax = 10_000 } = options;
  const batches: Uint8Array[] = [];
  const aborted: { producerId: number; firstOffset: number }[] = [];
  for (let offset = options.from ?? partition.startOffset; ; ) {
    const fetched = await partition.read({ offset, bytesMax, atLeastOne: true, committed });
    const last = fetched.records.at(-1);
    if (last === undefined) return { batches, aborted, next: offset };
    batches.push(...fetched.records);
    aborted.push(...fetched.abortedTransactions);
    const header = decodeBatchHeader(last);
    offset = header.baseOffset + header.lastOffsetDelta + 1;
  }
}

/** All records from an offset on as a consumer sees them: without markers, and, when `committed`, without aborted ones. */
export async function pairsFrom(
  partition: Pick<Partition, 'read' | 'startOffset'>,
  options: { from?: number; committed?: boolean; bytesMax?: number } = {},
): Promise<readonly SeenPair[]> {
  const { batches, aborted } = await batchesFrom(partition, options);
  const seen: SeenPair[] = [];
  const hidden = new Set<number>();
  const waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  for (const bytes of batches) {
    const header = decodeBatchHeader(bytes);
    const end = header.baseOffset + header.lastOffsetDelta;
    while (waiting.length > 0 && waiting[0]!.firstOffset <= end) hidden.add(waiting.shift()!.producerId);
    if (header.isControl) hidden.delete(header.producerId);
    if (header.isControl || (header.isTransactional && hidden.has(header.producerId))) continue;
    for (const record of decodeRecords(header, await unpackedRecords(header, bytes))) {
      if (record.offset < (options.from ?? 0)) continue;
      const text = (part: Uint8Array | null) => (part === null ? null : Buffer.from(part).toString());
      const { offset, timestampMs } = record;
      seen.push({ offset, timestampMs, key: text(record.key), value: text(record.value) });
    }
  }
  return seen;
}

/** `offset key=value`, `-` for a tombstone. */
export const lines = (pairs: readonly SeenPair[]): readonly string[] =>
  pairs.map(({ offset, key, value }) => `${offset} ${key}=${value ?? '-'}`);
