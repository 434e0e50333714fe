// What is the library's own, besides what every engine of the log port does.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LogRecord } from '@cairn/engines';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { encodeBatch } from '../../src/batch/batch-header.ts';
import type { OpenMessageQueueOptions } from '../../src/broker/open-message-queue.ts';
import { openMessageQueue } from '../../src/index.ts';
import { leaveForTheDead, libraryContext } from '../../src/library/subscribe/library-context.ts';
import { joinRequest, withGroups } from '../groups/group-fixture.ts';

async function open(t: TestContext, options: Partial<OpenMessageQueueOptions> = {}) {
  const directory = options.directory ?? (await temporaryDirectory(t));
  const queue = await openMessageQueue({ ...options, directory, groups: { initialRebalanceDelayMs: 0 } });
  cleanUpAfter(t, () => queue.close());
  return { queue, directory };
}

/** Notes values, and says when there are so many. */
function collector() {
  const values: string[] = [];
  let wake = () => {};
  return {
    values,
    handle({ value }: LogRecord) {
      values.push(Buffer.from(value!).toString());
      wake();
    },
    async count(count: number) {
      while (values.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

const records = (...values: readonly string[]) => values.map((value) => ({ value }));

test('a group goes on after a restart of the broker, and closing stops what was subscribed', async (t) => {
  const { queue, directory } = await open(t);
  const seen = collector();
  await queue.produce({ topic: 'events', records: records('a', 'b') });
  const subscription = await queue.subscribe({ topics: ['events'], group: 'g', handle: seen.handle });
  await seen.count(2);
  await queue.close();
  await subscription.ended;
  await assert.rejects(queue.produce({ topic: 'events', records: records('x') }), { code: 'closed' });
  const again = await open(t, { directory });
  await again.queue.produce({ topic: 'events', records: records('c') });
  await again.queue.subscribe({ topics: ['events'], group: 'g', handle: seen.handle });
  await seen.count(3);
  assert.deepEqual(seen.values, ['a', 'b', 'c']);
});

test(
  'members of a process that was killed are not waited for',
  withGroups(async (fixture) => {
    const join = async (memberId: string) =>
      fixture.groups.joinGroup(joinRequest({ memberId, sessionTimeoutMs: 10_000 }), libraryContext);
    const { memberId } = await join('');
    const [member] = [await join(memberId)];
    await fixture.syncAll([member]);
    await fixture.restart();
    await leaveForTheDead(fixture.groups);
    const next = await join('');
    const startMs = fixture.simulation.clock.monotonicMs();
    const joined = await join(next.memberId);
    assert.equal(joined.errorCode, 0);
    assert.equal(joined.members.length, 1);
    assert.ok(fixture.simulation.clock.monotonicMs() - startMs < 1_000);
  }),
);

test('records of one turn are one batch for each partition, and one sync', async (t) => {
  const { queue } = await open(t);
  const topic = await queue.topics.create({ name: 'events', partitionCount: 4 });
  const calls = Array.from({ length: 50 }, (_, index) =>
    queue.produce({ topic: 'events', records: records(`${index}`) }),
  );
  const places = (await Promise.all(calls)).flat();
  assert.equal(new Set(places.map(({ partition }) => partition)).size, 1, 'without keys they stay together');
  assert.deepEqual(
    places.map(({ offset }) => offset),
    Array.from({ length: 50 }, (_, index) => index),
  );
  const partition = await queue.topics.partition(topic, places[0]!.partition);
  const read = await partition.read({ offset: 0, bytesMax: 1_000_000, atLeastOne: true, committed: true });
  const bytes = Buffer.concat(read.records);
  assert.equal(bytes.readInt32BE(57), 50, 'the first batch has all of them');
});

test('a subscription notices partitions that are added', async (t) => {
  const { queue } = await open(t);
  const topic = await queue.topics.create({ name: 'events', partitionCount: 1 });
  const seen = collector();
  await queue.subscribe({ topics: ['events'], group: 'g', handle: seen.handle });
  await queue.topics.addPartitions(topic, 3);
  for (const partition of [0, 1, 2])
    await queue.produce({ topic: 'events', records: [{ value: `${partition}`, partition }] });
  await seen.count(3);
  assert.deepEqual(seen.values.toSorted(), ['0', '1', '2']);
});

test('a handler that runs when another member comes is waited for: its record is handled once', async (t) => {
  const { queue } = await open(t);
  await queue.topics.create({ name: 'events', partitionCount: 2 });
  for (const partition of [0, 1])
    await queue.produce({ topic: 'events', records: [{ value: `${partition}`, partition }] });
  const handled: string[] = [];
  const [began, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await queue.subscribe({
    ...{ topics: ['events'], group: 'g' },
    handle: async ({ value }) => {
      began.resolve();
      await mayEnd.promise;
      handled.push(Buffer.from(value!).toString());
    },
  });
  await began.promise;
  const second = collector();
  const joining = queue.subscribe({ topics: ['events'], group: 'g', handle: second.handle });
  // Past a heartbeat, by which the first member hears of the second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  mayEnd.resolve();
  await joining;
  for (const partition of [0, 1])
    await queue.produce({ topic: 'events', records: [{ value: `${partition + 2}`, partition }] });
  await second.count(1);
  assert.deepEqual([...handled, ...second.values].filter((value) => value < '2').toSorted(), ['0', '1']);
});

test('topics are made only where the broker makes topics', async (t) => {
  const { queue } = await open(t, { autoCreateTopics: false });
  await assert.rejects(queue.produce({ topic: 'events', records: records('a') }), {
    ...{ name: 'LogError', code: 'unknown-topic' },
  });
  await assert.rejects(queue.subscribe({ topics: ['events'], group: 'g', handle: () => {} }), {
    ...{ name: 'LogError', code: 'unknown-topic' },
  });
  assert.deepEqual(queue.topics.all(), []);
});

test('a group whose next record was deleted goes on with what there is', async (t) => {
  const { queue } = await open(t);
  const topic = await queue.topics.create({ name: 'events', partitionCount: 1 });
  await queue.produce({ topic: 'events', records: records('a', 'b', 'c', 'd') });
  const first = collector();
  const subscription = await queue.subscribe({
    ...{ topics: ['events'], group: 'g', retry: { delayMs: 1_000_000, delayMsMax: 1_000_000 } },
    handle: (record) => {
      if (record.offset === 1) throw new Error('not this one');
      first.handle(record);
    },
  });
  await first.count(1);
  await subscription.stop();
  await (await queue.topics.partition(topic, 0)).deleteRecordsBefore(3);
  const second = collector();
  await queue.subscribe({ topics: ['events'], group: 'g', handle: second.handle });
  await second.count(1);
  assert.deepEqual([first.values, second.values], [['a'], ['d']]);
});

test('records that nobody can unpack are passed over, and those behind them are handled', async (t) => {
  const { queue } = await open(t);
  const topic = await queue.topics.create({ name: 'events', partitionCount: 1 });
  const partition = await queue.topics.partition(topic, 0);
  const garbage = encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'gzip', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false, baseTimestampMs: 0, maxTimestampMs: 0 },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1, lastOffsetDelta: 1, recordCount: 2 },
    },
    Buffer.from('this is no gzip'),
  );
  await partition.append({ records: garbage });
  await queue.produce({ topic: 'events', records: records('good') });
  const seen = collector();
  await queue.subscribe({ topics: ['events'], group: 'g', handle: seen.handle });
  await seen.count(1);
  assert.deepEqual(seen.values, ['good']);
});

test('what a topic refuses is refused before it is on its way with others', async (t) => {
  const { queue } = await open(t);
  await queue.topics.create({ name: 'compacted', partitionCount: 1, texts: { 'cleanup.policy': 'compact' } });
  await queue.topics.create({ name: 'replicated', texts: { 'min.insync.replicas': '2' } });
  await queue.topics.create({ name: 'punctual', texts: { 'message.timestamp.before.max.ms': '1000' } });
  const refused = (
    topic: string,
    record: { key?: string; value: string; timestampMs?: number },
    code: string,
  ) => assert.rejects(queue.produce({ topic, records: [record] }), { name: 'LogError', code });
  await refused('compacted', { value: 'x' }, 'invalid-record');
  await refused('replicated', { value: 'x' }, 'unavailable');
  await refused('punctual', { value: 'x', timestampMs: 1 }, 'invalid-record');
  await queue.produce({ topic: 'compacted', records: [{ key: 'k', value: 'x' }] });
});
