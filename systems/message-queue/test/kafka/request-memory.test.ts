// The memory of requests that clients who logged in are sending: bounded in all, and not held for ever by who does not go on.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Telemetry } from '@cairn/telemetry';
import type { TestContext } from '@cairn/testing';
import { testBatch } from './batches.ts';
import { logIn } from './log-in.ts';
import { memoryPartitions } from './memory-partition.ts';
import { metadata, produce } from './requests.ts';
import { keysIdentity, startKafka } from './start-kafka.ts';
import { requestFrame, TestClient } from './test-client.ts';

const identity = keysIdentity({ ada: 'secret' });

async function loggedIn(t: TestContext, port: number): Promise<TestClient> {
  const client = await TestClient.connect(t, port);
  await logIn(client, '\0ada\0secret');
  return client;
}

function heldBytes({ metrics }: Telemetry): number {
  return Number(/cairn_kafka_request_memory_bytes (\d+)/.exec(metrics.expose())?.[1]);
}

test('regression: long requests of clients that logged in take no more than the memory of all requests, and one more', async (t) => {
  const requestBytesMax = 8_000_000;
  const partitions = memoryPartitions();
  const { port, telemetry } = await startKafka(t, {
    identity,
    openPartition: partitions,
    limits: { requestBytesMax },
  });
  const setUp = await loggedIn(t, port);
  await setUp.ask('metadata', metadata(['large']));
  await setUp.ask('produce', produce('large'));
  const [partition] = partitions.opened.values();
  const disk = Promise.withResolvers<void>();
  partition!.appending = disk.promise;
  const clients = await Promise.all(Array.from({ length: 10 }, () => loggedIn(t, port)));
  const frame = requestFrame('produce', produce('large', { batch: testBatch({ payloadBytes: 6_000_000 }) }));
  let most = 0;
  const look = () => {
    most = Math.max(most, heldBytes(telemetry));
  };
  for (const { socket } of clients) socket.write(frame.subarray(0, 100_000));
  while (most < requestBytesMax) {
    await sleep(1);
    look();
  }
  for (const { socket } of clients) socket.write(frame.subarray(100_000));
  while (partition!.endOffset < 3) {
    await sleep(1);
    look();
  }
  await sleep(100);
  look();
  assert.ok(most <= requestBytesMax + frame.length, `${most} bytes were held`);
  assert.equal(partition!.endOffset, 3, 'two requests were received whole');
  disk.resolve();
  const answers = await Promise.all(clients.map((client) => client.answer('produce', produce('large'))));
  for (const answer of answers) assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
  assert.equal(heldBytes(telemetry), 0);
});

test('regression: who sends half of a long request and waits is cut when others need the memory, and only then', async (t) => {
  const { port, server } = await startKafka(t, {
    identity,
    openPartition: memoryPartitions(),
    limits: { requestBytesMax: 1_000_000, frameGraceMs: 300, tickMs: 20 },
  });
  const stopping = await loggedIn(t, port);
  stopping.socket.write(Buffer.concat([Buffer.from('00200000', 'hex'), Buffer.alloc(100_000)]));
  await sleep(600);
  assert.equal(server.connectionCount(), 1, 'nobody needs its memory');
  const client = await loggedIn(t, port);
  await client.ask('metadata', metadata(['large']));
  const batch = testBatch({ payloadBytes: 150_000 });
  const answer = await client.ask('produce', produce('large', { batch }));
  assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
  assert.equal(await stopping.nextFrame(), undefined);
});
