// What a server of node:http waits for, and for how long: in time in which this process ran.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RawClient } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { clockByHand } from '../../test/clock-by-hand.ts';
import { textOf } from '../../test/http-client.ts';
import { createListener, defaultListenerLimits, type ListenerOptions } from './create-listener.ts';
import { closeGracefully, listen } from './listen.ts';

const hourMs = 3_600_000;
const secondMs = 1_000;
const length: RequestListener = async (request, response) => {
  try {
    response.end(String((await textOf(request)).length));
  } catch {
    // The client is gone.
  }
};

async function start(t: TestContext, options: Partial<ListenerOptions>) {
  const server = createListener({ clock: realWorld().clock, handler: length, ...options });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  t.after(() => closeGracefully(server, AbortSignal.abort()));
  const connect = async () => {
    const client = await RawClient.connect(port);
    t.after(() => client.close());
    return client;
  };
  return { server, connect };
}

const put = (bytes: number) => `PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`;

/** How many seconds a client that sends `bytes` in each is let, and what it is told; with a pause of an hour in between. */
async function sendSlowly(
  t: TestContext,
  { bytes, of, limits = {} }: { bytes: number; of: number; limits?: ListenerOptions['limits'] },
) {
  const { clock, pass } = clockByHand();
  const { server, connect } = await start(t, { clock, limits });
  const arrived = once(server, 'request');
  const client = await connect();
  client.send(put(of));
  await arrived;
  let status: number | undefined;
  const answered = client.response().then((answer) => {
    ({ status } = answer);
  });
  let seconds = 0;
  for (let sent = 0; status === undefined && sent < of; sent += bytes) {
    client.send('x'.repeat(Math.min(bytes, of - sent)));
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    pass(seconds === 30 ? hourMs : secondMs);
    await nextTurn();
    seconds++;
  }
  await answered;
  return { status, seconds };
}

test('a body of a byte a second is given up, and one over a line of 300 baud is not', async (t) => {
  const limits = { requestTimeoutMs: 0 };
  const dripped = await sendSlowly(t, { bytes: 1, of: 1_000, limits });
  assert.equal(dripped.status, 408);
  assert(dripped.seconds >= 119 && dripped.seconds <= 125, `${dripped.seconds} s`);
  assert.deepEqual(await sendSlowly(t, { bytes: 30, of: 9_000, limits }), { status: 200, seconds: 300 });
});

test('a request has its time from its head to its end, without the pauses of the process', async (t) => {
  const { status, seconds } = await sendSlowly(t, { bytes: 100, of: 10_000 });
  assert.equal(status, 408);
  assert(seconds >= 59 && seconds <= 65, `${seconds} s`);
  assert.deepEqual(await sendSlowly(t, { bytes: 100, of: 5_000 }), { status: 200, seconds: 50 });
});

test('a head has its time from its first byte, the next one of a connection too', async (t) => {
  const { clock, pass } = clockByHand();
  const { connect } = await start(t, { clock });
  const [silent, slow, again] = [await connect(), await connect(), await connect()];
  again.send(`${put(1)}a`);
  assert.equal((await again.response()).status, 200);
  for (const client of [slow, again]) client.send('GET / HT');
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  pass(hourMs);
  again.send('TP/1.1\r\nhost: a\r\n\r\n');
  assert.equal((await again.response()).status, 200);
  for (let ms = 0; ms <= defaultListenerLimits.headersTimeoutMs; ms += secondMs) pass(secondMs);
  assert.match((await slow.rest()).toString(), /^HTTP\/1.1 408 /);
  silent.send(`${put(1)}a`);
  assert.equal((await silent.response()).status, 200, 'one that sent nothing waits for longer');
});

test('many requests of a connection are no head that takes long', async (t) => {
  const { clock, pass } = clockByHand();
  const { connect } = await start(t, { clock });
  const client = await connect();
  for (let second = 0; second < 60; second++) {
    client.send(`${put(2)}ab`);
    assert.equal((await client.response()).status, 200);
    pass(secondMs);
  }
});

test('what a body brings that nobody reads any more is no head', async (t) => {
  const { clock, pass } = clockByHand();
  const handler: RequestListener = (_request, response) =>
    void response.writeHead(403, { 'content-length': 0 }).end();
  const { connect } = await start(t, { clock, handler, limits: { requestTimeoutMs: 0 } });
  const client = await connect();
  client.send(put(100_000));
  assert.equal((await client.response()).status, 403);
  for (let second = 0; second < 100; second++) {
    client.send('x'.repeat(1_000));
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    pass(secondMs);
  }
  for (let ms = 0; ms <= 2 * defaultListenerLimits.headersTimeoutMs; ms += secondMs) pass(secondMs);
  client.send(`${put(1)}a`);
  assert.equal((await client.response()).status, 403);
});

test('a process that stood still for longer than clients may be silent serves who sent meanwhile', async (t) => {
  const limits = {
    idleTimeoutMs: 400,
    keepAliveTimeoutMs: 400,
    headersTimeoutMs: 400,
    requestTimeoutMs: 400,
  };
  const { server, connect } = await start(t, { limits });
  const [body, head, kept] = [await connect(), await connect(), await connect()];
  kept.send(`${put(1)}a`);
  assert.equal((await kept.response()).status, 200);
  const begun = once(server, 'request');
  body.send(`${put(2)}a`);
  head.send('PUT / HTTP/1.1\r\nhost: a\r\n');
  await begun;
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  // The kernel has what is sent by then.
  body.send('b');
  head.send('content-length: 1\r\n\r\na');
  kept.send(`${put(1)}a`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
  for (const client of [body, head, kept]) assert.equal((await client.response()).status, 200);
});

test('a client that is silent after such a pause is cut all the same', async (t) => {
  const { connect } = await start(t, { limits: { idleTimeoutMs: 200, requestTimeoutMs: 0 } });
  const client = await connect();
  client.send(`${put(2)}a`);
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  await client.rest();
});
