// 1,000 connections: `cairn up` as a process of its own, its memory and what one client among them waits for.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { fetch, metadata, produce } from '../kafka/requests.ts';
import { TestClient } from '../kafka/test-client.ts';
import { BrokerProcess } from '../kill/broker-process.ts';
import { batchOf } from '../partition/partition-fixture.ts';

const connections = 1_000;
const MiB = 2 ** 20;

async function residentBytes({ pid }: BrokerProcess): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}

function produceOne(client: TestClient, text: string) {
  const batch = batchOf([text], { timestampMs: Date.now() });
  return client.ask('produce', produce('crowded', { batch, partition: 0 }));
}

/** Milliseconds of a produce, the middle one of many. */
async function medianMs(client: TestClient, count = 60): Promise<number> {
  const taken: number[] = [];
  for (let index = 0; index < count; index++) {
    const startMs = performance.now();
    const answer = await produceOne(client, `probe ${index}`);
    assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
    taken.push(performance.now() - startMs);
  }
  return taken.toSorted((a, b) => a - b)[count >> 1]!;
}

test('1,000 connections leave memory and the latency of others alone, idle, waiting and at work', async (t) => {
  const broker = await BrokerProcess.on(await temporaryDirectory(t));
  cleanUpAfter(t, () => broker.kill());
  await broker.start();
  const probe = await TestClient.connect(t, broker.kafkaPort);
  await probe.ask('metadata', metadata(['crowded', 'silent']));
  await medianMs(probe);
  const aloneMs = await medianMs(probe);
  const aloneBytes = await residentBytes(broker);
  const crowd = await Promise.all(
    Array.from({ length: connections }, () => TestClient.connect(t, broker.kafkaPort)),
  );
  for (const client of crowd) client.send('metadata', metadata(['crowded']));
  for (const client of crowd) await client.answer('metadata', metadata([]));
  // Half of them wait for records that do not come.
  const waiting = fetch([{ topic: 'silent' }], { maxWaitMs: 60_000 });
  const [fetchers, producers] = [crowd.slice(0, connections / 2), crowd.slice(connections / 2)];
  for (const client of fetchers) client.send('fetch', waiting);
  const crowdedMs = await medianMs(probe);
  const crowdedBytes = await residentBytes(broker);

  const startMs = performance.now();
  const answers = await Promise.all(
    producers.map(async (client, index) => {
      for (let count = 0; count < 4; count++) {
        const answer = await produceOne(client, `${index} ${count}`);
        assert.equal(answer?.responses[0]?.partitionResponses[0]?.errorCode, 0);
      }
    }),
  );
  const perSecond = (answers.length * 4) / ((performance.now() - startMs) / 1_000);
  const busyBytes = await residentBytes(broker);
  // What they waited for reaches all of them.
  const batch = batchOf(['at last'], { timestampMs: Date.now() });
  await probe.ask('produce', produce('silent', { batch }));
  for (const client of fetchers) {
    const answer = await client.answer('fetch', waiting);
    assert.equal(answer?.responses[0]?.partitions[0]?.highWatermark, 1);
  }
  const each = (bytes: number) => Math.round((bytes - aloneBytes) / connections / 1_024);
  t.diagnostic(
    `${aloneMs.toFixed(1)} ms alone, ${crowdedMs.toFixed(1)} ms in the crowd, ${perSecond.toFixed(0)} produces/s`,
  );
  t.diagnostic(`${each(crowdedBytes)} KiB a connection, ${each(busyBytes)} KiB at work`);
  assert.ok(crowdedMs < 4 * aloneMs + 10, `${crowdedMs} ms among others, ${aloneMs} ms alone`);
  assert.ok(
    busyBytes - aloneBytes < 128 * MiB,
    `they cost ${Math.round((busyBytes - aloneBytes) / MiB)} MiB`,
  );
});
