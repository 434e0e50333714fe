// Writes records that came as JSON: into the partition that they name, else that of their key, else one for all of a request.

import { ApiError } from '@cairn/service';
import type { World } from '@cairn/world';
import { partitionOfKey } from '../../batch/key-partition.ts';
import { newBatch, recordBytesOf } from '../../batch/new-batch.ts';
import type { NewRecord } from '../../batch/records.ts';
import type { Topic } from '../../broker/topics/topic.ts';
import type { Topics } from '../../broker/topics/topics.ts';
import { batchHeaderBytes, bytesPerMiB } from '../../limits.ts';
import { explanationOf } from '../api-errors.ts';
import { type NewRecordItem, recordOf } from './record-json.ts';

export type StoredRecords = {
  readonly partition: number;
  readonly baseOffset: number;
  readonly records: number;
};

/** Durable as the topic asks when it resolves. Throws ApiError, which says how many were stored. */
export async function storeRecords(
  { topics, world }: { readonly topics: Topics; readonly world: World },
  { topic, records }: { readonly topic: Topic; readonly records: readonly NewRecordItem[] },
): Promise<readonly StoredRecords[]> {
  const nowMs = world.clock.nowMs();
  const keyless = world.random.integer(topic.partitionCount);
  const placed = records.map((item) => ({ item, record: recordOf(item, nowMs) }));
  const byPartition = Map.groupBy(
    placed,
    ({ item, record }) => item.partition ?? partitionOf(record, topic, keyless),
  );
  const results = await Promise.allSettled(
    Array.from(byPartition, async ([partition, group]) => {
      const batches = batchesOf(
        group.map(({ record }) => record),
        topic.settings.batchBytesMax,
      );
      const open = await topics.partition(topic, partition);
      const { baseOffset } = await open.append({ records: Buffer.concat(batches) });
      return { partition, baseOffset, records: group.length };
    }),
  );
  const stored = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return stored.sort((a, b) => a.partition - b.partition);
  throw withCount(explanationOf(failed.reason), { stored, records });
}

function partitionOf({ key }: NewRecord, { partitionCount }: Topic, keyless: number): number {
  return key === null ? keyless : partitionOfKey(key, partitionCount);
}

/** Batches below the topic's bound; a record that is larger alone is refused by the partition. */
function batchesOf(records: readonly NewRecord[], batchBytesMax: number): readonly Buffer[] {
  const bytesMax = Math.min(batchBytesMax, bytesPerMiB) - batchHeaderBytes;
  const batches: NewRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const length = recordBytesOf(record);
    if (bytes + length > bytesMax) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(record);
    bytes += length;
  }
  return batches.map(newBatch);
}

function withCount(
  error: unknown,
  { stored, records }: { stored: readonly StoredRecords[]; records: readonly unknown[] },
): unknown {
  if (!(error instanceof ApiError) || records.length === 1) return error;
  const count = stored.reduce((sum, one) => sum + one.records, 0);
  return new ApiError(error.code, `${count} of ${records.length} records were stored: ${error.message}`, {
    cause: error,
  });
}
