// What `produce` promises.

import assert from 'node:assert/strict';
import { partitionOfKey } from '../partitioner.ts';
import { Collector, numbered } from './collector.ts';
import type { LogCase } from './log-case.ts';

export const producingCases: readonly LogCase[] = [
  {
    title: 'a record comes back as it was sent',
    async run({ open, topic: newTopic, group }) {
      const [log, topic] = [await open(), await newTopic(1)];
      const bytes = Buffer.from([0, 255, 10, 13, 0x80]);
      const headers = [
        { key: 'trace', value: Buffer.from('é') },
        { key: 'trace', value: bytes },
        { key: 'nothing', value: Buffer.alloc(0) },
      ];
      const timestampMs = Date.now() - 5_000;
      await log.produce({
        topic,
        records: [
          { key: 'clé', value: bytes, headers, timestampMs, partition: 0 },
          { key: bytes, value: null, partition: 0 },
          { value: '', headers: [{ key: '', value: 'text' }], partition: 0 },
        ],
      });
      const seen = new Collector();
      await log.subscribe({ topics: [topic], group: group(), handle: seen.handle });
      await seen.count(3);
      const [first, second, third] = seen.records;
      const plain = ({ key, value }: { key: string; value: Uint8Array | null }) => [key, value && [...value]];
      assert.deepEqual([...first!.key!], [...Buffer.from('clé')]);
      assert.deepEqual([...first!.value!], [...bytes]);
      assert.deepEqual(first!.headers.map(plain), headers.map(plain));
      assert.equal(first!.timestampMs, timestampMs);
      assert.deepEqual([first!.topic, first!.partition], [topic, 0]);
      assert.deepEqual([[...second!.key!], second!.value, second!.headers], [[...bytes], null, []]);
      assert.deepEqual([third!.key, third!.value?.length], [null, 0]);
      assert.deepEqual(third!.headers.map(plain), [['', [...Buffer.from('text')]]]);
      assert(Math.abs(third!.timestampMs - Date.now()) < 120_000, `${third!.timestampMs}`);
    },
  },
  {
    title: 'offsets of a partition follow each other, in the order of records and calls',
    async run({ open, topic: newTopic }) {
      const [log, topic] = [await open(), await newTopic(2)];
      const to = (partition: number) => ({
        topic,
        records: numbered(3).map((record) => ({ ...record, partition })),
      });
      const calls = await Promise.all([log.produce(to(1)), log.produce(to(0)), log.produce(to(1))]);
      const places = calls.map((call) => call.map(({ partition, offset }) => `${partition}:${offset}`));
      assert.deepEqual(places, [
        ['1:0', '1:1', '1:2'],
        ['0:0', '0:1', '0:2'],
        ['1:3', '1:4', '1:5'],
      ]);
    },
  },
  {
    title: 'a key decides the partition, the same as with Kafka’s clients',
    async run({ open, topic: newTopic }) {
      const [log, topic] = [await open(), await newTopic(4)];
      const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
      const produced = await log.produce({ topic, records: keys.map((key) => ({ key, value: key })) });
      assert.deepEqual(
        produced.map(({ partition }) => partition),
        keys.map((key) => partitionOfKey(Buffer.from(key), 4)),
      );
    },
  },
  {
    title: 'what cannot be produced is refused',
    async run({ open, topic: newTopic }) {
      const [log, topic] = [await open(), await newTopic(1)];
      const refuse = (code: string, call: Promise<unknown>) =>
        assert.rejects(call, { name: 'LogError', code });
      await refuse('invalid-topic', log.produce({ topic: 'a b', records: numbered(1) }));
      await refuse('unknown-partition', log.produce({ topic, records: [{ value: '', partition: 9 }] }));
      await refuse('unknown-partition', log.produce({ topic, records: [{ value: '', partition: -1 }] }));
      await refuse('invalid-record', log.produce({ topic, records: [{ value: '', timestampMs: -1 }] }));
      assert.deepEqual(await log.produce({ topic, records: [] }), []);
      await log.close();
      await refuse('closed', log.produce({ topic, records: numbered(1) }));
    },
  },
  {
    title: 'a record that is larger than the topic allows is refused, and nothing else',
    async run({ open, topic: newTopic, group }) {
      const [log, topic] = [await open(), await newTopic(1)];
      const large = { topic, records: [{ value: Buffer.alloc(8 * 1_024 * 1_024), partition: 0 }] };
      const [refused, taken] = await Promise.allSettled([
        log.produce(large),
        log.produce({ topic, records: numbered(2) }),
      ]);
      assert.equal(refused.status === 'rejected' && refused.reason.code, 'too-large');
      assert.equal(taken.status, 'fulfilled');
      const seen = new Collector();
      await log.subscribe({ topics: [topic], group: group(), handle: seen.handle });
      await seen.count(2);
      assert.deepEqual(seen.values, ['0', '1']);
    },
  },
];
