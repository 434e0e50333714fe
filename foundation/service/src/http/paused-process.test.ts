// A process, or its machine, that was paused for longer than clients may be silent: who sent in time is served when it goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { clockByHand } from '../../test/clock-by-hand.ts';
import { answer, readAll, startHttpServer } from '../../test/start-http-server.ts';

const hourMs = 3_600_000;
const request = (target: string) => `GET ${target} HTTP/1.1\r\nhost: a\r\n`;

test('a head, a body and an open connection outlast a pause of the process, and not the silence of a client', async (t) => {
  const { clock, pass } = clockByHand();
  const bodies = Promise.withResolvers<void>();
  const { port, server } = await startHttpServer(
    t,
    async (exchange) => {
      if (exchange.head.method === 'PUT') bodies.resolve();
      answer(exchange, (await readAll(exchange)).toString());
    },
    { clock },
  );
  const connect = async () => {
    const client = await RawClient.connect(port);
    t.after(() => client.close());
    client.send(`${request('/')}\r\n`);
    assert.equal((await client.response()).status, 200);
    return client;
  };
  const [head, body, kept, gone] = [await connect(), await connect(), await connect(), await connect()];
  gone.send(request('/half'));
  head.send(`${request('/whole')}\r\n${request('/half')}`);
  assert.equal((await head.response()).status, 200);
  body.send('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na');
  await bodies.promise;

  pass(hourMs);
  head.send('\r\n');
  body.send('b');
  kept.send(`${request('/')}\r\n`);
  assert.equal((await head.response()).status, 200);
  const { status, body: echoed } = await body.response();
  assert.deepEqual([status, echoed.toString()], [200, 'ab']);
  assert.equal((await kept.response()).status, 200);

  for (let ms = 0; ms < 2 * server.limits.headTimeoutMs; ms += server.tickMs) pass(server.tickMs);
  assert.match((await gone.rest()).toString(), /^HTTP\/1.1 408 /);
});
