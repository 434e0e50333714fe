// The management routes of topics, under /api/message-queue/topics.

import { type ApiCaller, ApiError, type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import type { Topics } from '../../broker/topics/topics.ts';
import { newDeadLetterTopic } from '../../kafka/handlers/dead-letter-access.ts';
import { explained, topicNamed } from '../api-errors.ts';
import { type ApiParts, arnsOf, requireAllowed } from '../api-parts.ts';
import { nearestSetting } from './nearest-setting.ts';
import { descriptionOf, itemOf, sizedItemOf, topicDescription, topicItem } from './topic-views.ts';

const pageMax = 1_000;
/** Opening partitions for their sizes takes time: fewer at once. */
const sizedPageMax = 50;

const name = z.string().min(1);
const partitionCount = z.int().min(1);
const settings = z.record(z.string(), z.string().nullable());
const deletedRecords = z.strictObject({ partition: z.int(), startOffset: z.int() });

export function topicRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { topics } = parts.queue;
  const arns = arnsOf(parts);
  const resource = ({ topic }: { topic: string }) => arns.topic(topic);
  const requireDeadLetters = async (caller: ApiCaller, ...texts: Parameters<typeof newDeadLetterTopic>) => {
    const letters = newDeadLetterTopic(...texts);
    if (letters === undefined) return;
    const asked = { action: 'kafka-cluster:WriteData', resource: arns.topic(letters) };
    await requireAllowed(parts, caller, asked);
  };
  return [
    defineRoute({
      method: 'GET',
      path: '/topics',
      summary: 'Lists topics by name; with `sizes`, how much they hold.',
      action: 'kafka-cluster:DescribeTopic',
      resource: () => arns.topic('*'),
      input: z.strictObject({ after: z.string().default(''), sizes: z.stringbool().default(false) }),
      output: z.strictObject({ items: z.array(topicItem).readonly(), next: z.string().optional() }),
      handle: (input) => explained(list(topics, input)),
    }),
    defineRoute({
      method: 'POST',
      path: '/topics',
      summary: 'Creates a topic; settings have Kafka’s names.',
      action: 'kafka-cluster:CreateTopic',
      resource,
      input: z.strictObject({
        topic: name,
        partitions: partitionCount.optional(),
        settings: settings.optional(),
      }),
      output: topicItem,
      handle: ({ topic, partitions, settings: texts = {} }, caller) =>
        explained(async () => {
          requireKnownSettings(texts);
          await requireDeadLetters(caller, texts);
          return itemOf(await topics.create({ name: topic, partitionCount: partitions, texts }));
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/topics/{topic}',
      summary: 'Shows a topic, its partitions and its settings.',
      action: 'kafka-cluster:DescribeTopic',
      resource,
      input: z.strictObject({ topic: name }),
      output: topicDescription,
      handle: ({ topic }) => explained(() => descriptionOf(topics, topicNamed(topics, topic))),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/topics/{topic}',
      summary: 'Changes settings of a topic; null goes back to the default.',
      action: 'kafka-cluster:AlterTopicDynamicConfiguration',
      resource,
      input: z.strictObject({ topic: name, settings }),
      output: topicItem,
      handle: ({ topic, settings: texts }, caller) =>
        explained(async () => {
          requireKnownSettings(texts);
          const found = topicNamed(topics, topic);
          await requireDeadLetters(caller, texts, found.texts);
          const changed = await topics.configure(found, (before) => changedTexts(before, texts));
          return itemOf(changed);
        }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/topics/{topic}',
      summary: 'Deletes a topic with its records.',
      action: 'kafka-cluster:DeleteTopic',
      resource,
      input: z.strictObject({ topic: name }),
      output: z.strictObject({}),
      handle: ({ topic }) =>
        explained(async () => {
          await topics.delete(topicNamed(topics, topic));
          return {};
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/topics/{topic}/partitions',
      summary: 'Gives a topic more partitions: `partitions` is how many it has then.',
      action: 'kafka-cluster:AlterTopic',
      resource,
      input: z.strictObject({ topic: name, partitions: partitionCount }),
      output: topicItem,
      handle: ({ topic, partitions }) =>
        explained(async () => itemOf(await topics.addPartitions(topicNamed(topics, topic), partitions))),
    }),
    defineRoute({
      method: 'POST',
      path: '/topics/{topic}/delete-records',
      summary:
        'Deletes records below an offset, of one partition or all; without an offset, all that are there.',
      action: 'kafka-cluster:DeleteTopic',
      resource,
      input: z.strictObject({
        topic: name,
        partition: z.int().nonnegative().optional(),
        before: z.int().nonnegative().optional(),
      }),
      output: z.strictObject({ partitions: z.array(deletedRecords).readonly() }),
      handle: ({ topic, ...which }) =>
        explained(async () => ({
          partitions: await deleteRecords(topics, topicNamed(topics, topic), which),
        })),
    }),
  ];
}

async function list(topics: Topics, { after, sizes }: { after: string; sizes: boolean }) {
  const limit = sizes ? sizedPageMax : pageMax;
  const all = topics.all().filter((topic) => topic.name > after);
  const page = all.slice(0, limit);
  const items = [];
  for (const topic of page) items.push(sizes ? await sizedItemOf(topics, topic) : itemOf(topic));
  return { items, ...(all.length > page.length && { next: page.at(-1)!.name }) };
}

function requireKnownSettings(texts: Readonly<Record<string, unknown>>): void {
  for (const setting of Object.keys(texts)) {
    const hint = nearestSetting(setting);
    if (hint !== undefined) throw new ApiError('invalid-request', hint);
  }
}

function changedTexts(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string | null>> {
  const entries = Object.entries({ ...before, ...change });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

async function deleteRecords(
  topics: Topics,
  topic: Topic,
  { partition: only, before }: { partition?: number | undefined; before?: number | undefined },
) {
  if (topic.settings.isCompacted && !topic.settings.isDeleted)
    throw new ApiError('conflict', `'${topic.name}' is only compacted: its records are not deleted`);
  if (only === undefined && before !== undefined && topic.partitionCount > 1)
    throw new ApiError(
      'invalid-request',
      `'${topic.name}' has ${topic.partitionCount} partitions: say of which one`,
    );
  const indexes = only === undefined ? [...Array(topic.partitionCount).keys()] : [only];
  const deleted = [];
  for (const index of indexes) {
    const partition: OpenPartition = await topics.partition(topic, index);
    await partition.deleteRecordsBefore(before ?? partition.highWatermark);
    deleted.push({ partition: index, startOffset: partition.startOffset });
  }
  return deleted;
}
