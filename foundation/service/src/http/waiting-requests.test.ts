// Requests that wait for a turn of the loop: as they came, in their order, and none is lost whatever happens meanwhile.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { clockByHand } from '../../test/clock-by-hand.ts';
import { answer, readAll, startHttpServer } from '../../test/start-http-server.ts';
import { pipelinedBytesMax } from './limits.ts';
import type { TurnBudget } from './turn-budget.ts';

const get = (target: string) => `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`;

/** A server whose requests wait until the test gives them a turn. */
async function busyServer(t: TestContext, options: Parameters<typeof startHttpServer>[2] = {}) {
  const waiting: ((waitedMs?: number) => void)[] = [];
  let onWaiting = () => {};
  const turns = {
    later: (begin: (waitedMs: number) => void) => {
      waiting.push((waitedMs = 0) => begin(waitedMs));
      onWaiting();
      return true;
    },
  } as unknown as TurnBudget;
  const until = async (count: number) => {
    while (waiting.length < count)
      await new Promise<void>((resolve) => {
        onWaiting = resolve;
      });
  };
  const served: string[] = [];
  const waited: number[] = [];
  const started = await startHttpServer(
    t,
    async (exchange) => {
      served.push(exchange.head.target);
      waited.push(exchange.waitedMs);
      answer(exchange, `${exchange.head.target} ${(await readAll(exchange)).length}`);
    },
    { ...options, turns },
  );
  const connect = async () => {
    const client = await RawClient.connect(started.port);
    t.after(() => client.close());
    return client;
  };
  return { ...started, waiting, until, served, waited, connect };
}

test('a request waits for its turn, and so does each one behind it', async (t) => {
  const { waiting, until, served, connect } = await busyServer(t);
  const client = await connect();
  client.send(`${get('/1')}PUT /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello${get('/3')}`);
  for (const [index, expected] of ['/1 0', '/2 5', '/3 0'].entries()) {
    await until(1);
    assert.equal(served.length, index);
    waiting.shift()!();
    assert.equal((await client.response()).body.toString(), expected);
  }
});

test('a request tells how long it waited, and the next does not count that', async (t) => {
  const { waiting, until, waited, connect } = await busyServer(t);
  const client = await connect();
  client.send('GET /1 HT');
  await until(1);
  waiting.shift()!(20);
  client.send(`TP/1.1\r\nhost: a\r\n\r\n${get('/2')}`);
  for (const ms of [5, 3]) {
    await until(1);
    waiting.shift()!(ms);
    await client.response();
  }
  assert.deepEqual(waited, [25, 3]);
});

test('what comes meanwhile is received up to a bound, and whole in the end', async (t) => {
  const { waiting, until, connect } = await busyServer(t);
  const [client, other] = [await connect(), await connect()];
  const length = 64 * pipelinedBytesMax;
  client.send('PUT /large HTTP/1.1\r\nhost: a\r\n');
  await until(1);
  client.send(`content-length: ${length}\r\n\r\n${'x'.repeat(length)}`);
  other.send(get('/other'));
  await until(2);
  const [large, small] = waiting.splice(0);
  small!();
  assert.equal((await other.response()).body.toString(), '/other 0');
  large!();
  assert.equal((await client.response()).body.toString(), `/large ${length}`);
});

test('a client that closes its side, or is gone, is none that is waited for', async (t) => {
  const { waiting, until, served, connect } = await busyServer(t);
  const half = await connect();
  half.send(get('/half'));
  half.socket.end();
  await until(1);
  waiting.shift()!();
  assert.match((await half.rest()).toString(), /^HTTP\/1.1 200 /);
  const gone = await connect();
  gone.send(get('/gone'));
  await until(1);
  gone.socket.resetAndDestroy();
  const last = await connect();
  last.send(get('/last'));
  await until(2);
  for (const begin of waiting.splice(0)) begin();
  await last.response();
  assert.equal(served.at(-1), '/last');
});

test('who waits for a turn is not held against the time of a head, and is served when the server stops', async (t) => {
  const { clock, pass } = clockByHand();
  const { server, waiting, until, connect } = await busyServer(t, { clock });
  const client = await connect();
  client.send(get('/patient'));
  await until(1);
  for (let ms = 0; ms < 2 * server.limits.keepAliveTimeoutMs; ms += server.tickMs) pass(server.tickMs);
  const closed = server.close(new AbortController().signal);
  waiting.shift()!();
  const { headers, body } = await client.response();
  assert.deepEqual([body.toString(), headers.connection], ['/patient 0', 'close']);
  await closed;
});

test('a piece of a head that waits for a turn keeps no server that stops', async (t) => {
  const { server, waiting, until, connect } = await busyServer(t);
  const client = await connect();
  client.send('GET /never HTTP/1.1\r\nho');
  await until(1);
  const closed = server.close(new AbortController().signal);
  waiting.shift()!();
  await closed;
  assert.equal((await client.rest()).length, 0);
});

test('a head that drips has its time and no more, whatever its pieces wait', {
  timeout: 10_000,
}, async (t) => {
  const { clock, pass } = clockByHand();
  const { server, waiting, until, connect } = await busyServer(t, { clock });
  const client = await connect();
  const { headTimeoutMs } = server.limits;
  const passTime = (wantedMs: number) => {
    for (let ms = 0; ms < wantedMs; ms += server.tickMs) pass(server.tickMs);
  };
  client.send('GET / HTTP/1.1\r\n');
  for (let pieces = 0; pieces < 3; pieces++) {
    await until(1);
    passTime(headTimeoutMs);
    waiting.shift()!();
    passTime(headTimeoutMs / 2);
    client.send('x');
  }
  assert.match((await client.rest()).toString(), /^HTTP\/1.1 408 /);
});
