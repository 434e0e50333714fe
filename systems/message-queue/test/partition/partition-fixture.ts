// Batches as producers send them, and a partition to append them to, with short names for tests.

import { silentTelemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { decodeBatchHeader, encodeBatch, type NewBatchHeader } from '../../src/batch/batch-header.ts';
import { decodeRecords, encodeRecords } from '../../src/batch/records.ts';
import { batchHeaderBytes } from '../../src/limits.ts';
import { IndexCache } from '../../src/partition/index-cache.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { openPartition } from '../../src/partition/open-partition.ts';
import type { Fetched, Partition } from '../../src/partition/partition.ts';
import type { PartitionConfig } from '../../src/partition/partition-config.ts';
import type { RemoteEngine } from '../../src/remote/remote-engine.ts';

export const config: PartitionConfig = {
  segmentBytesMax: 1_000_000,
  segmentMs: Number.POSITIVE_INFINITY,
  batchBytesMax: 100_000,
  timestampType: 'CreateTime',
  timestampBeforeMsMax: Number.POSITIVE_INFINITY,
  timestampAfterMsMax: Number.POSITIVE_INFINITY,
  durability: 'synced',
  retentionMs: Number.POSITIVE_INFINITY,
  retentionBytes: Number.POSITIVE_INFINITY,
  isDeleted: true,
  isCompacted: false,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.POSITIVE_INFINITY,
  deleteRetentionMs: 24 * 60 * 60 * 1_000,
};

export const directory = '/data/partition';

/** A test on a simulated machine without faults. */
export function within(work: (world: World, simulation: Simulation) => Promise<void>): () => Promise<void> {
  return async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(() => work(simulation.machine('broker').world, simulation));
  };
}

export const texts = (records: readonly { text: string }[]): readonly string[] =>
  records.map(({ text }) => text);
export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Rots a file of the partition. */
export async function flipLastBit(world: World, name: string): Promise<void> {
  const file = await world.disk.open(`${directory}/${name}`, 'write');
  const bytes = Buffer.alloc(1);
  const at = (await file.sizeBytes()) - 1;
  await file.read(bytes, at);
  bytes[0]! ^= 1;
  await file.write([bytes], at);
  await file.sync();
  await file.close();
}

export type BatchOptions = Partial<NewBatchHeader> & { readonly timestampMs?: number };

/** A batch with one record for each text. */
export function batchOf(texts: readonly string[], options: BatchOptions = {}): Buffer {
  const { timestampMs = 1_000, ...header } = options;
  const records = texts.map((text) => ({ timestampMs, key: null, value: Buffer.from(text), headers: [] }));
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{
        isTransactional: false,
        isControl: false,
        baseTimestampMs: timestampMs,
        maxTimestampMs: timestampMs,
      },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: texts.length - 1, recordCount: texts.length },
      ...header,
    },
    encodeRecords(records, timestampMs),
  );
}

export type OpenPartitionOptions = Partial<PartitionConfig> & {
  readonly leaderEpoch?: number;
  readonly onFailed?: () => void;
  readonly in?: string;
  readonly engine?: RemoteEngine | undefined;
};

export function open(world: World, options: OpenPartitionOptions = {}): Promise<LogPartition> {
  const { leaderEpoch = 1, onFailed = () => {}, in: folder = directory, engine, ...changes } = options;
  return openPartition({
    ...{ world, directory: folder, leaderEpoch, engine, blobPrefix: 'topic/0/' },
    config: { ...config, ...changes },
    indexes: new IndexCache(8),
    ...{ log: silentTelemetry().log, onFailed },
  });
}

export type SeenRecord = { readonly offset: number; readonly text: string };

/** The records of what was fetched as a consumer sees them, from `offset` on: without control batches, and aborted ones. */
export function recordsOf(fetched: Fetched, offset = 0): readonly SeenRecord[] {
  const aborted = fetched.abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const hidden = new Set<number>();
  return fetched.records.flatMap((batch) => {
    const header = decodeBatchHeader(batch);
    const last = header.baseOffset + header.lastOffsetDelta;
    while (aborted.length > 0 && aborted[0]!.firstOffset <= last) hidden.add(aborted.shift()!.producerId);
    if (header.isControl) hidden.delete(header.producerId);
    if (header.isControl || (header.isTransactional && hidden.has(header.producerId))) return [];
    return [...decodeRecords(header, batch.subarray(batchHeaderBytes))]
      .filter((record) => record.offset >= offset)
      .map((record) => ({ offset: record.offset, text: Buffer.from(record.value!).toString() }));
  });
}

/** Everything from an offset on. */
export async function readAll(
  partition: Pick<Partition, 'read' | 'startOffset'>,
  options: { from?: number; committed?: boolean; bytesMax?: number } = {},
): Promise<readonly SeenRecord[]> {
  const { committed = false, bytesMax = 10_000 } = options;
  const seen: SeenRecord[] = [];
  for (let offset = options.from ?? partition.startOffset; ; ) {
    const fetched = await partition.read({ offset, bytesMax, atLeastOne: true, committed });
    const last = fetched.records.at(-1);
    if (last === undefined) return seen;
    seen.push(...recordsOf(fetched, offset));
    const header = decodeBatchHeader(last);
    offset = header.baseOffset + header.lastOffsetDelta + 1;
  }
}
