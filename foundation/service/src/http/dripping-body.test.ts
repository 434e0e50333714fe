// Bodies that come very slowly: what drips holds a connection for ever, and who only has a slow line is served.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { clockByHand } from '../../test/clock-by-hand.ts';
import { answer, readAll, startHttpServer } from '../../test/start-http-server.ts';
import { HttpProblem } from './message/http-problem.ts';

/** A client that sends `bytes` every second of the server's time, until all is sent or the server answers. */
async function sendSlowly(
  t: TestContext,
  { bytes, length, chunked = false }: { bytes: number; length: number; chunked?: boolean },
) {
  const { clock, pass } = clockByHand();
  let received = Promise.withResolvers<void>();
  let receivedBytes = 0;
  const { port, server } = await startHttpServer(
    t,
    async (exchange) => {
      try {
        for (
          let piece = await exchange.body.read();
          piece !== undefined;
          piece = await exchange.body.read()
        ) {
          receivedBytes += piece.length;
          received.resolve();
        }
        answer(exchange, 'whole');
      } catch (error) {
        assert(error instanceof HttpProblem);
        answer(exchange, error.kind, error.status);
      }
    },
    { clock },
  );
  const client = await RawClient.connect(port);
  t.after(() => client.close());
  const framing = chunked ? 'transfer-encoding: chunked' : `content-length: ${length}`;
  client.send(`PUT / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`);
  const answered = client.response().then(({ body }) => body.toString());
  let outcome: string | undefined;
  void answered.then((text) => {
    outcome = text;
  });
  let seconds = 0;
  for (let sent = 0; outcome === undefined && sent < length; sent += bytes) {
    received = Promise.withResolvers();
    client.send(chunked ? `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n` : 'x'.repeat(bytes));
    await Promise.race([received.promise, answered]);
    for (let ms = 0; ms < 1_000; ms += server.tickMs) pass(server.tickMs);
    seconds++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (chunked && outcome === undefined) client.send('0\r\n\r\n');
  return { outcome: await answered, seconds, receivedBytes };
}

test('a body of a byte a second is given up after a minute', async (t) => {
  for (const chunked of [false, true]) {
    const { outcome, seconds } = await sendSlowly(t, { bytes: 1, length: 1_000, chunked });
    assert.equal(outcome, 'timeout');
    assert(seconds >= 60 && seconds <= 65, `${seconds} s`);
  }
});

test('a body over a line of 300 baud is waited for to its end', async (t) => {
  const { outcome, seconds, receivedBytes } = await sendSlowly(t, { bytes: 30, length: 9_000 });
  assert.deepEqual([outcome, seconds, receivedBytes], ['whole', 300, 9_000]);
});

test('one that came fast and then drips is given up too', async (t) => {
  const { clock, pass } = clockByHand();
  const { port, server } = await startHttpServer(
    t,
    async (exchange) => {
      await readAll(exchange).catch((error: HttpProblem) => answer(exchange, error.kind, error.status));
    },
    { clock },
  );
  const client = await RawClient.connect(port);
  t.after(() => client.close());
  client.send(`PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(50_000)}`);
  let outcome: number | undefined;
  void client.response().then(({ status }) => {
    outcome = status;
  });
  let seconds = 0;
  for (; outcome === undefined && seconds < 200; seconds++) {
    client.send('x');
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (let ms = 0; ms < 1_000; ms += server.tickMs) pass(server.tickMs);
  }
  assert.equal(outcome, 408);
  assert(seconds <= 125, `${seconds} s`);
});

test('what the server does not wait for is not held against the client', async (t) => {
  const { clock, pass } = clockByHand();
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const { port, server } = await startHttpServer(
    t,
    async (exchange) => {
      await exchange.body.read();
      begun.resolve();
      await goOn.promise;
      answer(exchange, (await readAll(exchange)).toString());
    },
    { clock },
  );
  const client = await RawClient.connect(port);
  t.after(() => client.close());
  client.send('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na');
  await begun.promise;
  for (let ms = 0; ms < 600_000; ms += server.tickMs) pass(server.tickMs);
  goOn.resolve();
  client.send('b');
  assert.equal((await client.response()).body.toString(), 'b');
});
