// Webhooks: what a request holds, and what counts as delivered.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { type EventRecord, eventRecord } from '../../src/events/event-record.ts';
import { type Webhook, webhookSink } from '../../src/events/webhook-sink.ts';
import { makeKeyPair, withoutOpenssl } from '../http/key-pair.ts';
import { startReceiver } from './webhook-receiver.ts';

const target = 'arn:aws:lambda:us-east-1:000000000000:function:hook';
const { clock } = realWorld();

function recordOf(sequence: number): EventRecord {
  const event = { event: 'ObjectCreated:Put', bucket: 'b', owner: 'o', rule: 'r', atMs: 0 } as const;
  return eventRecord({ ...event, key: `k${sequence}` }, { sequence, region: 'us-east-1' });
}

function sinkOf(webhook: Partial<Webhook> & { readonly url: string }) {
  const hook = { timeoutMs: 5_000, ...webhook };
  const sink = webhookSink({ webhooks: { hook }, region: 'us-east-1', account: '000000000000', clock });
  return {
    sink,
    deliver: (records: readonly EventRecord[], signal = new AbortController().signal) =>
      sink.deliver(target, records, { signal }),
  };
}

test('a request holds the records, the operator’s headers and a signature, and repeats its id when it is repeated', async (t) => {
  const receiver = await startReceiver(t);
  const headers = { authorization: 'Bearer abc' };
  const { sink, deliver } = sinkOf({ url: `${receiver.url}?a=b`, secret: 'the secret', headers });
  assert.equal(await sink.accepts(target), true);
  assert.equal(await sink.accepts(`${target}2`), false);
  const records = [recordOf(1), recordOf(2)];
  await deliver(records);
  await deliver(records);
  const [first, second] = receiver.requests;
  assert.deepEqual(first!.records, records);
  assert.equal(first!.url, '/hook?a=b');
  assert.equal(first!.headers['content-type'], 'application/json');
  assert.equal(first!.headers.authorization, 'Bearer abc');
  const { 'webhook-id': id, 'webhook-timestamp': seconds } = first!.headers;
  const signed = createHmac('sha256', 'the secret').update(`${id}.${seconds}.${first!.body}`);
  assert.equal(first!.headers['webhook-signature'], `v1,${signed.digest('base64')}`);
  assert(Math.abs(Number(seconds) - Date.now() / 1_000) < 60);
  assert.equal(second!.headers['webhook-id'], id);
  await deliver([recordOf(3)]);
  assert.notEqual(receiver.requests[2]!.headers['webhook-id'], id);
});

test('only a status of success is one; a redirect is not followed', async (t) => {
  const receiver = await startReceiver(t);
  const elsewhere = await startReceiver(t);
  const { deliver } = sinkOf(receiver);
  for (const status of [301, 302, 307, 308, 400, 404, 429, 500, 503]) {
    receiver.answer = (response) => {
      response.writeHead(status, { location: elsewhere.url }).end();
    };
    await assert.rejects(deliver([recordOf(1)]), { message: new RegExp(`answered ${status}$`) });
  }
  assert.equal(elsewhere.requests.length, 0);
  receiver.answer = (response) => void response.writeHead(204).end();
  await deliver([recordOf(1)]);
});

test('who does not answer in time, answers too slowly, hangs up or is not there has failed', async (t) => {
  const receiver = await startReceiver(t);
  const { deliver } = sinkOf({ ...receiver, timeoutMs: 100 });
  receiver.answer = () => {};
  await assert.rejects(deliver([recordOf(1)]), { message: /did not answer within 100 ms/ });
  receiver.answer = (response) => void response.writeHead(200).write('a');
  await assert.rejects(deliver([recordOf(1)]), { message: /did not answer within 100 ms/ });
  receiver.answer = (response) => void response.socket?.destroy();
  await assert.rejects(deliver([recordOf(1)]), { code: 'ECONNRESET' });
  await receiver.close();
  await assert.rejects(deliver([recordOf(1)]), { code: 'ECONNREFUSED' });
});

test('an answer without an end is cut, and does not fill the memory', async (t) => {
  const receiver = await startReceiver(t);
  const { deliver } = sinkOf(receiver);
  receiver.answer = (response) => {
    const chunk = Buffer.alloc(65_536);
    const more = () => response.write(chunk) && setImmediate(more);
    response.on('drain', more);
    response.writeHead(200);
    more();
  };
  await deliver([recordOf(1)]);
});

test('the connection is kept from one batch to the next', async (t) => {
  const receiver = await startReceiver(t);
  const { deliver } = sinkOf(receiver);
  const ports = new Set<number | undefined>();
  receiver.answer = (response) => {
    ports.add(response.socket?.remotePort);
    response.end('x'.repeat(1_000));
  };
  for (let sequence = 1; sequence <= 5; sequence++) await deliver([recordOf(sequence)]);
  assert.equal(ports.size, 1);
});

test('an aborted delivery ends at once', async (t) => {
  const receiver = await startReceiver(t);
  const { deliver } = sinkOf(receiver);
  const abort = new AbortController();
  receiver.answer = () => abort.abort(new Error('the storage is being closed'));
  await assert.rejects(deliver([recordOf(1)], abort.signal), { message: 'the storage is being closed' });
});

test('over TLS the certificate has to be one that is trusted', withoutOpenssl, async (t) => {
  const { key, certificate: cert } = await makeKeyPair(await temporaryDirectory(t), 'receiver');
  const receiver = await startReceiver(t, { tls: { key, cert } });
  await assert.rejects(sinkOf(receiver).deliver([recordOf(1)]), /self-signed certificate/);
  assert.equal(receiver.requests.length, 0);
  await sinkOf({ ...receiver, authorities: cert }).deliver([recordOf(1)]);
  assert.equal(receiver.requests.length, 1);
});
