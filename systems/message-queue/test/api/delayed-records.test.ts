// Records through the management API go where those of Kafka's clients go: topics with delays and retries treat them alike.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { realWorld } from '@cairn/world';
import { newRecordItem } from '../../src/api/records/record-json.ts';
import { storeRecords } from '../../src/api/records/store-records.ts';
import { openBroker, seenIn, type TestBroker, untilSeen } from '../delays/delay-fixture.ts';

async function openTopic(t: TestContext, texts: Record<string, string>) {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'words', partitionCount: 1, texts });
  return { queue, topic, partition: await queue.topics.partition(topic, 0) };
}

const store = (queue: TestBroker, items: readonly object[]) =>
  storeRecords(
    { topics: queue.topics, appends: queue.appends, world: realWorld() },
    { topic: queue.topics.find('words')!, records: items.map((item) => newRecordItem.parse(item)) },
  );
const header = (key: string, value: unknown) => ({ headers: [{ key, value: `${value}` }] });

test('a record with cairn-deliver-at appears when it is due', async (t) => {
  const { queue, partition } = await openTopic(t, { 'cairn.delayed': 'true' });
  const dueMs = queue.nowMs() + 3_600_000;
  await store(queue, [{ value: 'later', ...header('cairn-deliver-at', dueMs) }, { value: 'now' }]);
  assert.deepEqual(
    (await seenIn(partition)).map(({ text }) => text),
    ['now'],
  );
  queue.jump(3_600_001);
  const seen = await untilSeen(partition, 2);
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['now', 'later'],
  );
  assert.ok(seen[1]!.timestampMs >= dueMs);
});

test('a record to a retry topic waits, and counts its attempt', async (t) => {
  const { queue, partition } = await openTopic(t, { 'cairn.retry.delays.ms': '60000' });
  await store(queue, [{ value: 'again' }]);
  assert.deepEqual(await seenIn(partition), []);
  queue.jump(60_001);
  const [seen] = await untilSeen(partition, 1);
  assert.deepEqual([seen?.text, seen?.headers['cairn-attempts']], ['again', '1']);
});

test('a due time that is none is refused', async (t) => {
  const { queue, partition } = await openTopic(t, { 'cairn.delayed': 'true' });
  await assert.rejects(store(queue, [{ value: 'x', ...header('cairn-deliver-at', 'soon') }]), {
    code: 'invalid-request',
  });
  assert.deepEqual(await seenIn(partition), []);
});
