// What is fetched is read into buffers that are used again: nobody may get what was read for somebody else.

import assert from 'node:assert/strict';
import test from 'node:test';
import { isChecksumRight } from '../../src/batch/batch-header.ts';
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
