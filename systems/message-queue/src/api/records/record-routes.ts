// The management routes of records, under /api/message-queue/topics/{topic}/records.

import { ApiError, type ApiRoute, defineRoute, defineStreamRoute } from '@cairn/service';
import { z } from 'zod';
import { bytesPerMiB } from '../../limits.ts';
import { explained, topicNamed } from '../api-errors.ts';
import { type ApiParts, arnsOf } from '../api-parts.ts';
import { parsePlace } from './place.ts';
import { newRecordItem, recordItem } from './record-json.ts';
import { storeRecords } from './store-records.ts';
import { RecordStream } from './stream-records.ts';

/** Of a request: more would keep the thread from others. */
const recordsMax = 1_000;
/** Of a request: two of the largest records that a topic takes unless it is told otherwise, as base64. */
const bodyBytesMax = 4 * bytesPerMiB;

const stored = z.strictObject({ partition: z.int(), baseOffset: z.int(), records: z.int() });
const indexes = z.string().regex(/^\d{1,5}(,\d{1,5})*$/, 'wanted are numbers of partitions, as 0,1,2');

export function recordRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { world } = parts;
  const { topics, appends } = parts.queue;
  const resource = ({ topic }: { topic: string }) => arnsOf(parts).topic(topic);
  return [
    defineStreamRoute({
      method: 'GET',
      path: '/topics/{topic}/records',
      summary:
        'Reads records from a place on; with `follow`, also those that come, for as long as the client stays.',
      action: 'kafka-cluster:ReadData',
      resource,
      input: z.strictObject({
        topic: z.string().min(1),
        from: z.string().default('beginning'),
        partitions: indexes.optional(),
        count: z.int().nonnegative().optional(),
        follow: z.stringbool().default(false),
        /** Also what transactions wrote that are open, or were aborted. */
        uncommitted: z.stringbool().default(false),
        /** Where to begin in some partitions instead: `0:17,2:5`. */
        offsets: z
          .string()
          .regex(/^\d{1,5}:\d{1,15}(,\d{1,5}:\d{1,15})*$/, 'wanted is PARTITION:OFFSET,...')
          .optional(),
      }),
      output: recordItem,
      handle: ({ topic: name, from, partitions, uncommitted, offsets, ...request }, { signal }) =>
        explained(async () => {
          const topic = topicNamed(topics, name);
          const wanted = partitions?.split(',').map(Number);
          const place = parsePlace(from);
          if (place.kind === 'offset' && (wanted?.length ?? topic.partitionCount) > 1)
            throw new ApiError(
              'invalid-request',
              `'${name}' has ${topic.partitionCount} partitions: say of which one the offset is`,
            );
          const read = { ...request, topic, partitions: wanted, from: place, committed: !uncommitted };
          return RecordStream.open(
            { topics, clock: world.clock },
            { ...read, ...(offsets && { offsets: offsetsOf(offsets) }) },
            signal,
          );
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/topics/{topic}/records',
      summary:
        'Writes records; each goes where it says, else where its key belongs, else where the others go.',
      action: 'kafka-cluster:WriteData',
      resource,
      bodyBytesMax,
      input: z.strictObject({
        topic: z.string().min(1),
        records: z.array(newRecordItem).min(1).max(recordsMax),
      }),
      output: z.strictObject({ partitions: z.array(stored).readonly() }),
      handle: ({ topic, records }) =>
        explained(async () => ({
          partitions: await storeRecords(
            { topics, appends, world },
            { topic: topicNamed(topics, topic), records },
          ),
        })),
    }),
  ];
}

function offsetsOf(text: string): ReadonlyMap<number, number> {
  const pairs = text.split(',').map((pair) => pair.split(':').map(Number));
  return new Map(pairs.map(([partition, offset]) => [partition!, offset!]));
}
