// Clients that take their answers byte by byte, or are not there any more: they cost a bounded memory, they end, and nobody
// waits for them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { cleanUpAfter, type TestContext } from '@cairn/testing';
import { unsentBytesMax } from '../../src/limits.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { apiVersions, fetch, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { requestFrame, TestClient } from './test-client.ts';

const crowd = 40;
const batchBytes = 500_000;
const batches = 8;
const answerBytesMax = 4 * batchBytes;
const limits = { connectionIdleMs: 2_500, tickMs: 50 };

/** Takes a byte now and then. */
async function slowReader(t: TestContext, port: number, everyMs: number): Promise<net.Socket> {
  const onread = { buffer: Buffer.alloc(1), callback: () => false };
  const socket = net.connect({ port, host: '127.0.0.1', onread });
  const timer = setInterval(() => socket.resume(), everyMs);
  cleanUpAfter(t, async () => {
    clearInterval(timer);
    socket.destroy();
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function start(t: TestContext) {
  const kafka = await startKafka(t, { onDisk: true, answerBytesMax, limits });
  const client = await TestClient.connect(t, kafka.port);
  await client.ask('metadata', metadata(['big']));
  for (let index = 0; index < batches; index++) {
    const batch = batchOf([String(index).repeat(batchBytes)], { timestampMs: Date.now() });
    await client.ask('produce', produce('big', { batch }));
  }
  return { ...kafka, client };
}

test('consumers that take a byte now and then hold a bounded memory, and are cut; others are served', async (t) => {
  const { port, server, memory, client } = await start(t);
  const wanted = fetch([{ topic: 'big', partitionMaxBytes: batches * batchBytes }]);
  for (let index = 0; index < crowd; index++) {
    await client.ask('apiVersions', apiVersions());
    const socket = await slowReader(t, port, 20);
    for (let correlationId = 0; correlationId < 20; correlationId++)
      socket.write(requestFrame('fetch', { ...wanted, correlationId }));
  }
  let most = 0;
  let served = 0;
  while (server.connectionCount() > 1) {
    const answer = await client.ask('fetch', fetch([{ topic: 'big', offset: batches - 1 }]));
    assert.equal(answer?.responses[0]?.partitions[0]?.errorCode, 0);
    most = Math.max(most, memory.usedBytes);
    served++;
  }
  t.diagnostic(`${most} bytes at most, ${served} fetches of another`);
  assert.ok(served > 1);
  // What all share; and of each what it may leave, and one batch, so that everyone goes on.
  const eachMax = unsentBytesMax + batchBytes + 1_000;
  assert.ok(most <= answerBytesMax + (crowd + 1) * eachMax, `${most} bytes were held`);
  assert.equal((await client.ask('apiVersions', apiVersions()))?.errorCode, 0);
  assert.equal(memory.usedBytes, 0);
});

test('a request that stops in the middle ends its connection, and gives its memory back', async (t) => {
  const { port, server, telemetry, client } = await start(t);
  const batch = batchOf(['x'.repeat(400_000)], { timestampMs: Date.now() });
  const half = requestFrame('produce', produce('big', { batch })).subarray(0, 200_000);
  for (let index = 0; index < crowd; index++) {
    const socket = net.connect({ port, host: '127.0.0.1' });
    cleanUpAfter(t, async () => void socket.destroy());
    socket.on('error', () => {});
    socket.write(half);
  }
  while (server.connectionCount() <= crowd) await client.ask('apiVersions', apiVersions());
  while (server.connectionCount() > 1) await client.ask('apiVersions', apiVersions());
  assert.match(telemetry.metrics.expose(), /cairn_kafka_request_memory_bytes 0\n/);
  const answer = await client.ask('fetch', fetch([{ topic: 'big', offset: batches - 1 }]));
  assert.equal(answer?.responses[0]?.partitions[0]?.highWatermark, batches, 'half a request wrote nothing');
});
