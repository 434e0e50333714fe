// Requests that wait for nothing, alone and together with others.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from '@cairn/testing';
import { Reader } from '../../src/kafka/wire/reader.ts';
import type { MemoryPartition } from './memory-partition.ts';
import { memoryPartitions } from './memory-partition.ts';
import { metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { requestFrame, TestClient } from './test-client.ts';

async function start(t: TestContext) {
  const partitions = memoryPartitions();
  const { port } = await startKafka(t, { openPartition: partitions });
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['a']));
  await client.ask('produce', produce('a'));
  const [partition] = partitions.opened.values();
  return { client, partition: partition! };
}

/** Produces in one piece, and the correlation ids of their answers as they come. */
async function produceTogether(client: TestClient, correlationIds: readonly number[]) {
  const options = produce('a');
  const frames = correlationIds.map((correlationId) =>
    requestFrame('produce', { ...options, correlationId }),
  );
  client.socket.write(Buffer.concat(frames));
  const answered: number[] = [];
  for (const _ of correlationIds) answered.push(new Reader((await client.nextFrame())!).int32());
  return answered;
}

/** Says which way each batch came; those that may be answered at once are. */
function recorded(partition: MemoryPartition): readonly string[] {
  const ways: string[] = [];
  const { append } = partition;
  partition.append = (request) => {
    ways.push('waits');
    return append.call(partition, request);
  };
  partition.appendNow = () => {
    ways.push('now');
    return { baseOffset: 7, logAppendTimeMs: -1, startOffset: 0 };
  };
  return ways;
}

test('of requests that come together all but the last wait for each other, so that they share a write', async (t) => {
  const { client, partition } = await start(t);
  const ways = recorded(partition);
  assert.deepEqual(await produceTogether(client, [11, 12, 13]), [11, 12, 13]);
  assert.deepEqual(ways, ['waits', 'waits', 'now']);
  assert.deepEqual(await produceTogether(client, [14]), [14]);
  assert.deepEqual(ways.slice(3), ['now']);
});

test('an answer that is there at once does not overtake those before it', async (t) => {
  const { client, partition } = await start(t);
  recorded(partition);
  const { promise, resolve } = Promise.withResolvers<void>();
  partition.appending = promise;
  const answered = produceTogether(client, [21, 22]);
  await new Promise(setImmediate);
  resolve();
  assert.deepEqual(await answered, [21, 22]);
});
