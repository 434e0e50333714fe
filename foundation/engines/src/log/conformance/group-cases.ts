// What `subscribe` promises of groups.

import assert from 'node:assert/strict';
import { Collector, numbered, patienceMs } from './collector.ts';
import type { LogCase } from './log-case.ts';

export const groupCases: readonly LogCase[] = [
  {
    title: 'records of a partition are handled in their order, one after the other',
    async run({ open, topic: newTopic, group }) {
      const [log, topic] = [await open(), await newTopic(3)];
      const records = Array.from({ length: 60 }, (_, index) => ({ value: `${index}`, partition: index % 3 }));
      await log.produce({ topic, records });
      const seen = new Collector();
      const running = new Set<number>();
      await log.subscribe({
        ...{ topics: [topic], group: group() },
        handle: async (record, context) => {
          assert(!running.has(record.partition), 'two records of a partition at once');
          running.add(record.partition);
          await new Promise(setImmediate);
          running.delete(record.partition);
          await seen.handle(record, context);
        },
      });
      await seen.count(60);
      for (const partition of [0, 1, 2]) {
        const wanted = records.filter((each) => each.partition === partition).map(({ value }) => value);
        assert.deepEqual(seen.valuesOf(partition), wanted);
      }
    },
  },
  {
    title: 'a group goes on where it was stopped, and every group sees everything',
    async run({ open, topic: newTopic, group }) {
      const [log, topic, name] = [await open(), await newTopic(1), group()];
      await log.produce({ topic, records: numbered(5) });
      const before = new Collector();
      const subscription = await log.subscribe({ topics: [topic], group: name, handle: before.handle });
      await before.count(5);
      await subscription.stop();
      await subscription.ended;
      await log.produce({ topic, records: numbered(3, 5) });
      const [after, others] = [new Collector(), new Collector()];
      const next = await open();
      await next.subscribe({ topics: [topic], group: name, handle: after.handle });
      await next.subscribe({ topics: [topic], group: group(), handle: others.handle });
      await Promise.all([after.count(3), others.count(8)]);
      assert.deepEqual([before.values.join(), after.values.join()], ['0,1,2,3,4', '5,6,7']);
      assert.equal(others.values.join(), '0,1,2,3,4,5,6,7');
    },
  },
  {
    title: 'a group that begins at the end sees what comes from then on',
    async run({ open, topic: newTopic, group }) {
      const [log, topic] = [await open(), await newTopic(1)];
      await log.produce({ topic, records: numbered(3) });
      const seen = new Collector();
      await log.subscribe({ topics: [topic], group: group(), from: 'latest', handle: seen.handle });
      await log.produce({ topic, records: numbered(2, 3) });
      await seen.count(2);
      assert.deepEqual(seen.values, ['3', '4']);
    },
  },
  {
    title: 'members share the partitions, and take over those of one that leaves',
    async run({ open, topic: newTopic, group }) {
      const [producer, topic, name] = [await open(), await newTopic(4), group()];
      const [left, right] = [new Collector(), new Collector()];
      const one = await open();
      await one.subscribe({ topics: [topic], group: name, handle: left.handle });
      const two = await (await open()).subscribe({ topics: [topic], group: name, handle: right.handle });
      const everywhere = (text: string) => [0, 1, 2, 3].map((partition) => ({ value: text, partition }));
      const partitionsOf = (seen: Collector, text: string) =>
        new Set(seen.records.filter(({ value }) => String(value) === text).map((each) => each.partition));
      // Until both have some: the first may still have all of them.
      let round = 0;
      const deadline = AbortSignal.timeout(patienceMs);
      const together = () => partitionsOf(left, `${round}`).union(partitionsOf(right, `${round}`));
      do {
        round += 1;
        assert(!deadline.aborted, 'the second member got nothing');
        await producer.produce({ topic, records: everywhere(`${round}`) });
        await Promise.race([left, right].map((seen) => seen.until(() => together().size === 4)));
      } while (partitionsOf(right, `${round}`).size === 0);
      assert.equal(partitionsOf(left, `${round}`).size + partitionsOf(right, `${round}`).size, 4);
      await two.stop();
      await producer.produce({ topic, records: everywhere('alone') });
      await left.until(() => partitionsOf(left, 'alone').size === 4);
      assert.equal(partitionsOf(right, 'alone').size, 0);
    },
  },
  {
    title: 'stopping waits for the handler that runs, and what it did counts',
    async run({ open, topic: newTopic, group }) {
      const [log, topic, name] = [await open(), await newTopic(1), group()];
      await log.produce({ topic, records: numbered(3) });
      const [began, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const done: number[] = [];
      const subscription = await log.subscribe({
        ...{ topics: [topic], group: name },
        handle: async ({ offset }) => {
          began.resolve();
          await mayEnd.promise;
          done.push(offset);
        },
      });
      await began.promise;
      const stopped = subscription.stop();
      assert.equal(await Promise.race([stopped.then(() => 'stopped'), pause()]), 'running');
      mayEnd.resolve();
      await stopped;
      assert.deepEqual(done, [0]);
      const seen = new Collector();
      await log.subscribe({ topics: [topic], group: name, handle: seen.handle });
      await seen.count(2);
      assert.deepEqual(seen.values, ['1', '2']);
    },
  },
  {
    title: 'a name that no group can have is refused',
    async run({ open, topic: newTopic }) {
      const [log, topic] = [await open(), await newTopic(1)];
      for (const group of ['', 'a\0b', 'x'.repeat(1_001)])
        await assert.rejects(log.subscribe({ topics: [topic], group, handle: () => {} }), {
          ...{ name: 'LogError', code: 'invalid-group' },
        });
    },
  },
];

async function pause(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return 'running';
}
