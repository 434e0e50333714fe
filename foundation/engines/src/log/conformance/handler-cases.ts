// What becomes of records whose handlers throw.

import assert from 'node:assert/strict';
import { Collector, numbered, textOf } from './collector.ts';
import type { LogCase } from './log-case.ts';

const retry = { delayMs: 1, delayMsMax: 2 };

export const handlerCases: readonly LogCase[] = [
  {
    title: 'a record whose handler throws is tried again, before those behind it',
    async run({ open, topic: newTopic, group }) {
      const [log, topic] = [await open(), await newTopic(1)];
      await log.produce({ topic, records: numbered(3) });
      const attempts: string[] = [];
      const seen = new Collector();
      await log.subscribe({
        ...{ topics: [topic], group: group(), retry },
        handle: async (record, context) => {
          attempts.push(`${textOf(record.value)}/${context.attempt}`);
          if (record.offset === 1 && context.attempt < 8) throw new Error('not yet');
          await seen.handle(record, context);
        },
      });
      await seen.count(3);
      const wanted = ['0/1', ...[1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => `1/${attempt}`), '2/1'];
      assert.deepEqual(attempts, wanted);
    },
  },
  {
    title:
      'a record that was tried often enough goes to the topic for dead letters, with where it comes from',
    async run({ open, topic: newTopic, group }) {
      const [log, topic, deadLetterTopic] = [await open(), await newTopic(1), await newTopic(1)];
      const headers = [{ key: 'trace', value: '1' }];
      await log.produce({
        topic,
        records: [
          { value: 'good', partition: 0 },
          { key: 'k', value: 'bad', headers, partition: 0 },
        ],
      });
      await log.produce({ topic, records: [{ value: 'better', partition: 0 }] });
      const [seen, dead, name] = [new Collector(), new Collector(), group()];
      const subscription = await log.subscribe({
        ...{ topics: [topic], group: name, deadLetterTopic, retry: { ...retry, attempts: 2 } },
        handle: async (record, context) => {
          if (record.key !== null) throw new TypeError(`attempt ${context.attempt}`);
          await seen.handle(record, context);
        },
      });
      await seen.count(2);
      assert.deepEqual(seen.values, ['good', 'better']);
      await log.subscribe({ topics: [deadLetterTopic], group: group(), handle: dead.handle });
      await dead.count(1);
      const [letter] = dead.records;
      assert.deepEqual([textOf(letter!.key), textOf(letter!.value)], ['k', 'bad']);
      assert.deepEqual(
        letter!.headers.map(({ key, value }) => `${key}=${textOf(value)}`),
        [
          'trace=1',
          `cairn-dead-letter-topic=${topic}`,
          'cairn-dead-letter-partition=0',
          'cairn-dead-letter-offset=1',
          'cairn-dead-letter-error=TypeError: attempt 2',
        ],
      );
      await subscription.stop();
    },
  },
  {
    title: 'without such a topic the subscription ends, and the record is the next of its group',
    async run({ open, topic: newTopic, group }) {
      const [log, topic, name] = [await open(), await newTopic(1), group()];
      await log.produce({ topic, records: numbered(3) });
      const failing = await log.subscribe({
        ...{ topics: [topic], group: name, retry: { ...retry, attempts: 2 } },
        handle: ({ offset }) => {
          if (offset === 1) throw new Error('the handler failed');
        },
      });
      await assert.rejects(failing.ended, { name: 'LogError', code: 'handler-failed', retryable: false });
      await failing.stop();
      const seen = new Collector();
      await log.subscribe({ topics: [topic], group: name, handle: seen.handle });
      await seen.count(2);
      assert.deepEqual(seen.values, ['1', '2']);
    },
  },
  {
    title: 'stopping does not wait for a record that is tried for ever',
    async run({ open, topic: newTopic, group }) {
      const [log, topic] = [await open(), await newTopic(1)];
      await log.produce({ topic, records: numbered(1) });
      const { promise: tried, resolve } = Promise.withResolvers<void>();
      const subscription = await log.subscribe({
        ...{ topics: [topic], group: group(), retry: { delayMs: 1_000_000, delayMsMax: 1_000_000 } },
        handle: () => {
          resolve();
          throw new Error('always');
        },
      });
      await tried;
      await subscription.stop();
      await subscription.ended;
    },
  },
];
