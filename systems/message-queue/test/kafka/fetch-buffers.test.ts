// What is fetched is read into buffers that are used again: nobody may get what was read for somebody else.

import assert from 'node:assert/strict';
import test from 'node:test';
import { isChecksumRight } from '../../src/batch/batch-header.ts';
import { ReadBuffers } from '../../src/kafka/fetch/read-buffers.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { fetch, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

test('consumers at the same time, some of them slow, each get the bytes of their own topic', async (t) => {
  const { port } = await startKafka(t, { onDisk: true });
  const topics = ['a', 'b', 'c', 'd'];
  const producer = await TestClient.connect(t, port);
  await producer.ask('metadata', metadata(topics));
  for (const topic of topics) {
    const batch = batchOf([topic.repeat(300_000)], { timestampMs: Date.now() });
    for (let each = 0; each < 3; each++) await producer.ask('produce', produce(topic, { batch }));
  }
  const consume = async (topic: string, index: number): Promise<void> => {
    const client = await TestClient.connect(t, port);
    for (let round = 0; round < 30; round++) {
      const offset = round % 3;
      client.send('fetch', fetch([{ topic, offset }]));
      if (index % 2 === 0) {
        client.socket.pause();
        setTimeout(() => client.socket.resume(), 2);
      }
      const answer = await client.answer('fetch', fetch([]));
      const records = answer?.responses[0]?.partitions[0]?.records ?? [];
      requireBatches(Buffer.concat([...records]), { topic, count: 3 - offset });
    }
  };
  await Promise.all(topics.map(consume));
});

function requireBatches(bytes: Buffer, { topic, count }: { topic: string; count: number }): void {
  const batchBytes = bytes.length / count;
  for (let at = 0; at < bytes.length; at += batchBytes) {
    const batch = bytes.subarray(at, at + batchBytes);
    assert(isChecksumRight(batch), `a batch of ${topic} is as it was sent`);
    assert(batch.includes(topic.repeat(1_000)), `a batch is of ${topic}`);
  }
}

test('an answer that is full holds no buffers of partitions of which it has nothing', async (t) => {
  let [held, heldMax] = [0, 0];
  const { lease } = ReadBuffers.prototype;
  t.mock.method(ReadBuffers.prototype, 'lease', function counted(this: ReadBuffers) {
    const own = lease.call(this);
    let bytes = 0;
    const take = (wanted: number) => {
      const buffer = own.take(wanted);
      bytes += buffer.length;
      held += buffer.length;
      heldMax = Math.max(heldMax, held);
      return buffer;
    };
    const giveBack = () => {
      held -= bytes;
      bytes = 0;
      own.giveBack();
    };
    return { take, giveBack };
  });
  const { port, topics } = await startKafka(t, { onDisk: true });
  const partitions = Array.from({ length: 40 }, (_, partition) => partition);
  await topics.create({ name: 'wide', partitionCount: partitions.length });
  const client = await TestClient.connect(t, port);
  const batch = batchOf(['x'.repeat(300_000)], { timestampMs: Date.now() });
  for (const partition of partitions)
    await client.ask('produce', produce('wide', { partition, batch: Buffer.from(batch) }));
  const wishes = partitions.map((partition) => ({ topic: 'wide', partition }));
  const answer = await client.ask('fetch', fetch(wishes, { maxBytes: 500_000 }));
  const given = answer?.responses
    .flatMap((topic) => topic.partitions)
    .filter(({ records }) => records?.some(({ length }) => length > 0));
  assert.equal(given?.length, 1);
  assert.ok(heldMax < 4_000_000, `${heldMax} bytes were held for one batch`);
  await client.ask('metadata', metadata([]));
  assert.equal(held, 0);
});
