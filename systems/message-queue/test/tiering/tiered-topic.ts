// A topic on two tiers in a whole broker, filled segment by segment.

import { realWorld } from '@cairn/world';
import type { MessageQueue } from '../../src/broker/open-message-queue.ts';
import type { OpenPartition, Topic } from '../../src/broker/topics/topic.ts';
import type { PartitionTiers } from '../../src/remote/partition-tiers.ts';
import { batchOf } from '../partition/partition-fixture.ts';

const tieredTexts = {
  'segment.bytes': String(2 ** 20),
  'remote.storage.enable': 'true',
  'local.retention.bytes': '1',
} as const;

export type TieredTopic = {
  readonly topic: Topic;
  readonly partition: OpenPartition;
  readonly tiers: PartitionTiers;
};

export async function createTiered({ topics }: MessageQueue, name = 'old'): Promise<TieredTopic> {
  return openTiered(await topics.create({ name, partitionCount: 1, texts: tieredTexts }), topics);
}

export async function openTiered(topic: Topic, topics: MessageQueue['topics']): Promise<TieredTopic> {
  const partition = await topics.partition(topic, 0);
  return { topic, partition, tiers: partition.tiers! };
}

/** The timestamp of the first of `append`; the others follow a second after each other. */
export const firstMs = realWorld().clock.nowMs() - 60_000;

/** Each takes a segment. */
export const texts = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${from + index} ${'x'.repeat(700_000)}`);

export async function append({ partition }: TieredTopic, records: readonly string[]): Promise<void> {
  for (const [index, text] of records.entries())
    await partition.append({ records: batchOf([text], { timestampMs: firstMs + 1_000 * index }) });
}

/** What the broker does by itself, now and then. */
export async function moveAll({ partition, tiers }: TieredTopic): Promise<void> {
  const { signal } = new AbortController();
  while (await tiers.step(signal));
  await partition.upkeep();
}
