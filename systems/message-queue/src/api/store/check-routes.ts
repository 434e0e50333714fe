// The management routes of the store itself: check and inspect.

import { type ApiRoute, defineStreamRoute } from '@cairn/service';
import { z } from 'zod';
import { type CheckParts, checkMessageQueue } from '../../check/check-message-queue.ts';
import type { CheckStep } from '../../check/finding.ts';
import { inspectLog } from '../../check/inspect-log.ts';
import { explained, queueNamed, topicNamed } from '../api-errors.ts';
import type { ApiParts } from '../api-parts.ts';
import { recordItem, recordItemOf } from '../records/record-json.ts';

const count = z.int().nonnegative();
const checkStep = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('finding'),
    finding: z.strictObject({
      severity: z.enum(['damage', 'notice']),
      where: z.string(),
      detail: z.string(),
    }),
  }),
  z.strictObject({ kind: z.literal('progress'), checkedLogs: count, logs: count, checkedBytes: count }),
  z.strictObject({
    kind: z.literal('summary'),
    ...{ logs: count, segments: count, batches: count, bytes: count, damage: count, notices: count },
  }),
]);

const inspectStep = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('segment'),
    ...{ segment: count, file: z.string(), sizeBytes: count, isSealed: z.boolean() },
    /** Of a batch file: the offsets that it answers for. */
    bounds: z.strictObject({ baseOffset: count, endOffset: count }).optional(),
    /** Of one that is only in the blobs engine: its name there. */
    blob: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('batch'),
    ...{ segment: count, position: count, lengthBytes: count },
    ...{ baseOffset: z.int(), lastOffset: z.int(), records: z.int() },
    compression: z.string(),
    ...{ leaderEpoch: z.int(), baseTimestampMs: z.number(), maxTimestampMs: z.number() },
    ...{ producerId: z.int(), producerEpoch: z.int(), baseSequence: z.int() },
    isTransactional: z.boolean(),
    /** Of a control batch. */
    control: z.enum(['commit', 'abort', 'other']).optional(),
    /** When one offset was asked for. */
    contents: z.array(recordItem).readonly().optional(),
  }),
  z.strictObject({
    kind: z.literal('damage'),
    isInBatchFile: z.boolean(),
    ...{ segment: count, position: count, endPosition: count, detail: z.string() },
    firstOffset: z.int().optional(),
    lastOffset: z.int().optional(),
  }),
  z.strictObject({ kind: z.literal('gap'), firstOffset: z.int(), lastOffset: z.int() }),
  z.strictObject({ kind: z.literal('torn'), segment: count, position: count, detail: z.string() }),
  /** In the blobs engine, which could not be asked. */
  z.strictObject({
    kind: z.literal('unread'),
    ...{ segment: count, firstOffset: z.int(), lastOffset: z.int(), detail: z.string() },
  }),
  /** Wrong in the blobs engine, though its records are not lost. */
  z.strictObject({ kind: z.literal('copy'), segment: count, detail: z.string() }),
]);
export type InspectStep = z.output<typeof inspectStep>;

export function checkRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { queue, world } = parts;
  return [
    defineStreamRoute({
      method: 'GET',
      path: '/check',
      summary:
        'Looks for damage without changing anything: reads every byte; with `deep`, unpacks every batch too.',
      action: 'cairn:CheckMessageQueue',
      input: z.strictObject({ deep: z.stringbool().default(false) }),
      output: checkStep,
      handle: async (options, { signal }) =>
        oneByOne(checkMessageQueue(checkPartsOf(parts), options), signal),
    }),
    defineStreamRoute({
      method: 'GET',
      path: '/inspect',
      summary: 'Shows the batches of a partition, or of a queue, as they lie in the files.',
      action: 'cairn:InspectMessageQueue',
      input: z.strictObject({
        topic: z.string().optional(),
        partition: count.default(0),
        queue: z.string().optional(),
        offset: count.optional(),
      }),
      output: inspectStep,
      handle: ({ topic, partition, queue: queueName, offset }, { signal }) =>
        explained(() => {
          const directory =
            queueName === undefined
              ? `${queue.partitionsDirectory}/${topicNamed(queue.topics, topic ?? '').topicId}/${partition}`
              : `${parts.directory}/queues/${queueNamed(queue.queues, queueName).id}`;
          const show = recordItemOf.bind(undefined, partition);
          const { blobs } = parts.queue;
          return oneByOne(inspectLog(world, { directory, blobs, offset, show }), signal);
        }),
    }),
  ];
}

function checkPartsOf({ queue, world, directory }: ApiParts): CheckParts {
  const { sql, topics, queues, appends, blobs, partitionsDirectory } = queue;
  return {
    ...{ world, sql, blobs, defaults: topics.defaults },
    delayedRows: () => appends.delayedRows(),
    directories: { partitions: partitionsDirectory, queues: `${directory}/queues` },
    isTopicOpen: (name, partition) => {
      const topic = topics.find(name);
      return topic !== undefined && topics.isOpen(topic, partition);
    },
    isQueueOpen: (name) => {
      const known = queues.known(name);
      return known !== undefined && queues.isOpen(known);
    },
  };
}

async function* oneByOne<Item extends CheckStep | InspectStep>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<readonly Item[], void, undefined> {
  for await (const item of items) {
    if (signal.aborted) return;
    yield [item];
  }
}
