// Writes records that came as JSON: into the partition that they name, else that of their key, else one for all of a request.

import { partitionOfKey } from '@cairn/engines';
import { ApiError } from '@cairn/service';
import type { World } from '@cairn/world';
import type { NewRecord } from '../../batch/records.ts';
import type { TopicAppends } from '../../broker/topic-appends.ts';
import type { Topic } from '../../broker/topics/topic.ts';
import type { Topics } from '../../broker/topics/topics.ts';
import { batchesOf, encodeOutgoing } from '../../library/produce/outgoing-batches.ts';
import { producedBatchBytesMax } from '../../limits.ts';
import { explanationOf } from '../api-errors.ts';
import { type NewRecordItem, recordOf } from './record-json.ts';

export type StoredRecords = {
  readonly partition: number;
  readonly baseOffset: number;
  readonly records: number;
};

export type StoreRecordsParts = {
  readonly topics: Topics;
  readonly appends: Pick<TopicAppends, 'append'>;
  readonly world: World;
};

/** Durable as the topic asks when it resolves. Throws ApiError, which says how many were stored. */
export async function storeRecords(
  { topics, appends, world }: StoreRecordsParts,
  { topic, records }: { readonly topic: Topic; readonly records: readonly NewRecordItem[] },
): Promise<readonly StoredRecords[]> {
  if (topic.settings.minInSyncReplicas > 1)
    throw new ApiError(
      'unavailable',
      `'${topic.name}' wants more than one replica in sync, and there is one`,
    );
  const nowMs = world.clock.nowMs();
  const keyless = world.random.integer(topic.partitionCount);
  const outgoing = records.map((item) => ({ ...recordOf(item, nowMs), partition: item.partition }));
  const byPartition = Map.groupBy(
    outgoing,
    (record) => record.partition ?? partitionOf(record, topic, keyless),
  );
  const results = await Promise.allSettled(
    Array.from(byPartition, async ([partition, group]) => {
      const bytesMax = Math.min(topic.settings.batchBytesMax, producedBatchBytesMax);
      const batches = batchesOf(group, { recordOf: (record) => record, bytesMax });
      const encoded = batches.map(encodeOutgoing);
      const place = { topic, index: partition, partition: await topics.partition(topic, partition) };
      const { baseOffset } = await appends.append(place, { records: Buffer.concat(encoded) });
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
