// Clients that take their time: they cost a connection and a little memory, and are cut; nobody else waits for them.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { type S3Endpoint, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { signedHead } from '../clients/signed-head.ts';
import { assertServes, signedAnswer } from './hostile-exchange.ts';

const MiB = 1024 * 1024;
const crowd = 200;
const idleTimeoutMs = 500;
const timeouts = { headTimeoutMs: 500, keepAliveTimeoutMs: 500 } as const;

async function started(t: TestContext): Promise<S3Endpoint> {
  const endpoint = await startS3Endpoint(t, { idleTimeoutMs, timeouts });
  await signedAnswer(endpoint, { method: 'PUT', target: '/photos' });
  return endpoint;
}

/** Many clients that each send these bytes and then nothing. */
async function stallingCrowd(
  t: TestContext,
  endpoint: S3Endpoint,
  bytes: string,
): Promise<readonly RawClient[]> {
  const clients = await Promise.all(Array.from({ length: crowd }, () => RawClient.connect(endpoint.port)));
  t.after(() => {
    for (const client of clients) client.close();
  });
  for (const client of clients) client.send(bytes);
  return clients;
}

const stalls: Readonly<Record<string, string>> = {
  'say nothing': '',
  'stall in the first line': 'GET /pho',
  'stall in the head': signedHead({ method: 'GET', target: '/photos' }).text.slice(0, -4),
  'stall before the body': signedHead({
    method: 'PUT',
    target: '/photos/k',
    headers: { 'content-length': '1000000' },
  }).text,
  'stall in the body': `${signedHead({ method: 'PUT', target: '/photos/k', headers: { 'content-length': '1000000' } }).text}${'x'.repeat(10_000)}`,
};
for (const [what, bytes] of Object.entries(stalls)) {
  test(`${crowd} clients that ${what} are cut, and others are served meanwhile`, async (t) => {
    const endpoint = await started(t);
    const clients = await stallingCrowd(t, endpoint, bytes);
    await assertServes(endpoint);
    const answers = await Promise.all(clients.map((client) => client.rest()));
    for (const answer of answers) {
      const text = answer.toString('latin1');
      assert(text === '' || /^HTTP\/1\.1 (400|408) .*<Code>RequestTimeout</s.test(text), text);
    }
    await assertServes(endpoint);
    const stored = await signedAnswer(endpoint, { method: 'GET', target: '/photos/k' });
    assert.equal(stored.status, 404);
  });
}

test('a head that trickles, byte by byte, is cut in its time', async (t) => {
  const endpoint = await started(t);
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  const { text } = signedHead({ method: 'GET', target: '/photos' });
  let sent = 0;
  const trickle = setInterval(() => client.send(text[sent++ % (text.length - 4)]!), 20);
  t.after(() => clearInterval(trickle));
  const startMs = performance.now();
  assert.match((await client.rest()).toString(), /^HTTP\/1\.1 (400|408) .*<Code>RequestTimeout</s);
  const tookMs = performance.now() - startMs;
  assert(tookMs < text.length * 20, `it was cut after ${Math.round(tookMs)} ms, when nearly all had come`);
  await assertServes(endpoint);
});

test('clients that take nothing of large answers cost little memory each, and are cut', async (t) => {
  const endpoint = await started(t);
  await signedAnswer(endpoint, { method: 'PUT', target: '/photos/large' }, Buffer.alloc(32 * MiB, 'x'));
  const rssBefore = process.memoryUsage().rss;
  const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(endpoint.port)));
  t.after(() => {
    for (const client of clients) client.close();
  });
  for (const client of clients) {
    client.socket.pause();
    client.send(signedHead({ method: 'GET', target: '/photos/large' }).text);
  }
  let rssMost = 0;
  // Metrics count a request when it is over: only being cut ends these.
  while (!/GetObject",status="200"\} 100/.test(endpoint.metrics())) {
    rssMost = Math.max(rssMost, process.memoryUsage().rss);
    await assertServes(endpoint);
  }
  const eachMiB = (rssMost - rssBefore) / clients.length / MiB;
  t.diagnostic(`${eachMiB.toFixed(2)} MiB for each client`);
  assert(eachMiB < 1.5, `each client that does not read costs ${eachMiB.toFixed(2)} MiB`);
});
