// Records through the management API's own parts: where reading begins and ends, what is seen, where records go.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { partitionOfKey } from '@cairn/engines';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { offsetOf, parsePlace } from '../../src/api/records/place.ts';
import { newRecordItem, type RecordItem } from '../../src/api/records/record-json.ts';
import { storeRecords } from '../../src/api/records/store-records.ts';
import { RecordStream, type RecordsRequest } from '../../src/api/records/stream-records.ts';
import type { OpenPartition } from '../../src/broker/topics/topic.ts';
import { type MessageQueue, openMessageQueue, type Topic } from '../../src/index.ts';
import { batchOf, range } from '../partition/partition-fixture.ts';

const world = realWorld();
const never = new AbortController().signal;

async function openTopic(t: TestContext, partitionCount = 1, texts: Record<string, string> = {}) {
  const queue = await openMessageQueue({ directory: await temporaryDirectory(t) });
  cleanUpAfter(t, () => queue.close());
  const topic = await queue.topics.create({ name: 'words', partitionCount, texts });
  return { queue, topic };
}

type Asked = Partial<Omit<RecordsRequest, 'from'>> & {
  readonly from?: string;
  readonly signal?: AbortSignal;
};

async function* records(
  queue: MessageQueue,
  topic: Topic,
  { from = 'beginning', signal = never, ...rest }: Asked = {},
): AsyncGenerator<RecordItem, void, undefined> {
  const request = { topic, follow: false, committed: true, from: parsePlace(from), ...rest };
  const groups = await RecordStream.open({ topics: queue.topics, clock: world.clock }, request, signal);
  for await (const group of groups) yield* group;
}

async function valuesOf(items: AsyncIterable<RecordItem>): Promise<readonly (string | null | undefined)[]> {
  const values = [];
  for await (const { value } of items) values.push(value);
  return values;
}

const store = (queue: MessageQueue, topic: Topic, items: readonly object[]) =>
  storeRecords(
    { topics: queue.topics, appends: queue.appends, world },
    { topic, records: items.map((item) => newRecordItem.parse(item)) },
  );

describe('reading', () => {
  test('from the beginning, an offset, the last ones, a time; at most so many', async (t) => {
    const { queue, topic } = await openTopic(t);
    await store(
      queue,
      topic,
      range(10).map((n) => ({ value: `${n}`, timestampMs: 1_000 * n })),
    );
    const read = (asked: Asked) => valuesOf(records(queue, topic, asked));
    assert.deepEqual(await read({}), range(10).map(String));
    assert.deepEqual(await read({ from: '7' }), ['7', '8', '9']);
    assert.deepEqual(await read({ from: '-2' }), ['8', '9']);
    assert.deepEqual(await read({ from: '-100', count: 1 }), ['0']);
    assert.deepEqual(await read({ from: '1970-01-01T00:00:04.500Z', count: 2 }), ['5', '6']);
    assert.deepEqual(await read({ from: 'end' }), []);
    assert.deepEqual(await read({ from: '2100-01-01' }), []);
    await assert.rejects(read({ from: '11' }), { message: 'words/0 has offsets 0 to 10, not 11' });
  });

  test('what is no place is told with what is', () => {
    for (const wrong of ['now', '-', '1.5', '--1', '2026-13-45', '', '99999999999999999'])
      assert.throws(() => parsePlace(wrong), {
        code: 'invalid-request',
        message: /wanted is beginning, end/,
      });
  });

  test('partitions take turns, and a stream of all of them has each record once', async (t) => {
    const { queue, topic } = await openTopic(t, 5);
    await store(
      queue,
      topic,
      range(500).map((n) => ({ key: `k${n}`, value: `${n}` })),
    );
    const seen = await valuesOf(records(queue, topic));
    assert.deepEqual(seen.toSorted(), range(500).map(String).toSorted());
    const some = await valuesOf(records(queue, topic, { partitions: [1, 3] }));
    assert.ok(some.length > 0 && some.length < 500);
    const wanted = range(500).filter((n) => [1, 3].includes(partitionOfKey(Buffer.from(`k${n}`), 5)));
    assert.deepEqual(some.toSorted(), wanted.map(String).toSorted());
  });

  test('records of transactions are seen once they are committed, and those that were aborted never', async (t) => {
    const { queue, topic } = await openTopic(t);
    const partition = await queue.topics.partition(topic, 0);
    const write = (text: string, producerId: number) =>
      partition.append({
        records: batchOf([text], { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }),
        transactionalId: `id-${producerId}`,
      });
    const end = (producerId: number, commit: boolean) =>
      partition.endTransaction({ producerId, producerEpoch: 0, coordinatorEpoch: 0, commit });
    await write('aborted', 1);
    await end(1, false);
    await write('committed', 2);
    await end(2, true);
    await write('open', 3);
    assert.deepEqual(await valuesOf(records(queue, topic)), ['committed']);
    const all = await valuesOf(records(queue, topic, { committed: false }));
    assert.deepEqual(all, ['aborted', 'committed', 'open']);
    await end(3, true);
    assert.deepEqual(await valuesOf(records(queue, topic)), ['committed', 'open']);
  });

  test('who follows gets what comes, from partitions that are added too, until it leaves', {
    timeout: 20_000,
  }, async (t) => {
    const { queue, topic } = await openTopic(t);
    const leaving = new AbortController();
    const following = valuesOf(
      records(queue, topic, { follow: true, from: 'end', signal: leaving.signal, count: 3 }),
    );
    await store(queue, topic, [{ value: 'first' }, { value: 'second' }]);
    const larger = await queue.topics.addPartitions(topic, 2);
    await store(queue, larger, [{ value: 'third', partition: 1 }]);
    assert.deepEqual(await following, ['first', 'second', 'third']);

    const idle = valuesOf(records(queue, topic, { follow: true, from: 'end', signal: leaving.signal }));
    leaving.abort();
    assert.deepEqual(await idle, []);
  });

  test('what was removed before it was read is told, not passed over', async (t) => {
    const { queue, topic } = await openTopic(t);
    await store(
      queue,
      topic,
      range(4).map((n) => ({ value: `${n}` })),
    );
    const reading = records(queue, topic, { from: '1', count: 5 });
    const partition = await queue.topics.partition(topic, 0);
    const groups = await RecordStream.open(
      { topics: queue.topics, clock: world.clock },
      { topic, follow: false, committed: true, from: parsePlace('1') },
      never,
    );
    await partition.deleteRecordsBefore(3);
    await assert.rejects(valuesOf(flat(groups)), { message: /the records from 1 to 2 were removed/ });
    await assert.rejects(valuesOf(reading), { message: 'words/0 has offsets 3 to 4, not 1' });
  });

  test('a topic that is deleted ends who follows it', { timeout: 20_000 }, async (t) => {
    const { queue, topic } = await openTopic(t);
    const following = valuesOf(records(queue, topic, { follow: true }));
    const failed = assert.rejects(following, { code: 'not-found' });
    await queue.topics.delete(topic);
    await failed;
  });
});

async function* flat<Item>(groups: AsyncIterable<readonly Item[]>): AsyncGenerator<Item, void, undefined> {
  for await (const group of groups) yield* group;
}

describe('storing', () => {
  test('bytes of any kind come back as they were, in JSON', async (t) => {
    const { queue, topic } = await openTopic(t);
    const items = [
      { key: 'k', value: 'wörld\n\u0000', headers: [{ key: 'h', value: 'x' }], timestampMs: 5 },
      { key: null, valueBase64: '//79', headers: [{ key: 'b', valueBase64: 'gA==' }], timestampMs: 6 },
      { keyBase64: '/w==', value: null, headers: [{ key: 'n', value: null }], timestampMs: 7 },
      { key: '', value: '', headers: [], timestampMs: 8 },
    ];
    await store(queue, topic, items);
    const seen: RecordItem[] = [];
    for await (const item of records(queue, topic)) seen.push(item);
    assert.deepEqual(
      seen.map(({ partition: _, offset: __, ...item }) => item),
      items,
    );
    // And so once more, from what was read.
    await store(queue, topic, seen);
    const twice = await valuesOf(records(queue, topic, { from: '4' }));
    assert.deepEqual(twice, ['wörld\n\u0000', undefined, null, '']);
  });

  test('a field that is text and base64 is refused', async (t) => {
    const { queue, topic } = await openTopic(t);
    await assert.rejects(store(queue, topic, [{ value: 'a', valueBase64: 'YQ==' }]), {
      code: 'invalid-request',
    });
  });

  test('more than a batch may hold goes in several, in order', async (t) => {
    const { queue, topic } = await openTopic(t, 1, { 'max.message.bytes': '2000' });
    await store(
      queue,
      topic,
      range(40).map((n) => ({ value: `${n} ${'x'.repeat(300)}` })),
    );
    const seen = await valuesOf(records(queue, topic));
    assert.deepEqual(
      seen.map((value) => Number.parseInt(value!, 10)),
      range(40),
    );
    await assert.rejects(store(queue, topic, [{ value: 'x'.repeat(3_000) }]), { code: 'too-large' });
  });

  test('of records that cannot all be stored it is told how many were', async (t) => {
    const { queue, topic } = await openTopic(t, 2, { 'max.message.bytes': '1000' });
    const items = [
      { value: 'fits', partition: 0 },
      { value: 'x'.repeat(2_000), partition: 1 },
    ];
    await assert.rejects(store(queue, topic, items), {
      code: 'too-large',
      message: /^1 of 2 records were stored: /,
    });
  });

  test('a partition that is not there is told', async (t) => {
    const { queue, topic } = await openTopic(t);
    await assert.rejects(store(queue, topic, [{ value: 'a', partition: 9 }]), { code: 'not-found' });
  });
});

test('a place is found in a partition whose beginning was deleted', async (t) => {
  const { queue, topic } = await openTopic(t);
  await store(
    queue,
    topic,
    range(6).map((n) => ({ value: `${n}` })),
  );
  const partition = await queue.topics.partition(topic, 0);
  await partition.deleteRecordsBefore(2);
  const at = (text: string) => offsetOf(parsePlace(text), partition, 'words/0');
  assert.deepEqual([await at('earliest'), await at('latest'), await at('-3'), await at('-9')], [2, 6, 3, 2]);
});

test('records for later that are written through the API appear when they are due', async (t) => {
  const { queue, topic } = await openTopic(t, 1, { 'cairn.delayed': 'true' });
  const dueMs = world.clock.nowMs() + 60_000;
  const headers = [{ key: 'cairn-deliver-at', value: String(dueMs) }];
  await store(queue, topic, [{ value: 'late', headers }, { value: 'now' }]);
  assert.deepEqual(await valuesOf(records(queue, topic)), ['now']);
});

test('reading ends where a partition that was opened again has lost what was to be read', async () => {
  let reads = 0;
  const partition = {
    ...{ startOffset: 0, highWatermark: 10, lastStableOffset: 10 },
    read: async () => {
      reads += 1;
      // It would be asked again in the same turn, for ever.
      if (reads > 100) throw new Error('it reads for ever');
      const ends = { startOffset: 0, highWatermark: 5, lastStableOffset: 5 };
      return { records: [], sizeBytes: 0, abortedTransactions: [], ...ends };
    },
  } as unknown as OpenPartition;
  const topics = { partition: () => partition } as unknown as MessageQueue['topics'];
  const topic = { name: 'words', partitionCount: 1 } as Topic;
  assert.deepEqual(await valuesOf(records({ topics } as MessageQueue, topic)), []);
});
