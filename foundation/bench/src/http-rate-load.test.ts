import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { loadHttpAtRate } from './http-rate-load.ts';

async function serve(context: TestContext, listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const get = (index: number) => Buffer.from(`GET /${index} HTTP/1.1\r\nHost: x\r\n\r\n`);

test('requests arrive in order at the rate asked for', async (context) => {
  const seen: string[] = [];
  const address = await serve(context, (request, response) => {
    seen.push(request.url!);
    response.end('x');
  });
  const options = { ...address, connections: 1, ratePerSecond: 1_000, requests: 100, request: get };
  const result = await loadHttpAtRate(options);
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, index) => `/${index}`),
  );
  assert.equal(result.requests, 100);
  assert(result.wallSeconds >= 0.099, `100 requests at 1,000 per second, in ${result.wallSeconds} s`);
});

test('a stall is seen by every request that was due meanwhile, not only by the one that met it', async (context) => {
  let stalled = false;
  const address = await serve(context, (_, response) => {
    if (stalled) return void response.end('x');
    stalled = true;
    setTimeout(() => response.end('x'), 200);
  });
  const options = { ...address, connections: 1, ratePerSecond: 1_000, requests: 400, request: get };
  const { latency } = await loadHttpAtRate(options);
  // Of 400 requests due in 0.4 s the first 200 were due during the stall: they waited 100 ms on average.
  assert(latency.meanMs >= 40, `the mean is ${latency.meanMs} ms: the stall was left out`);
});

test('an unexpected status ends the load with what the server said', async (context) => {
  const address = await serve(context, (_, response) => void response.writeHead(503).end('slow down'));
  const options = { ...address, connections: 2, ratePerSecond: 1_000, requests: 10, request: get };
  await assert.rejects(loadHttpAtRate(options), /answered 503: slow down/);
});
