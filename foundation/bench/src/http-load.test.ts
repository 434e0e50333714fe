import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { loadHttp } from './http-load.ts';

async function serve(
  context: TestContext,
  listener: RequestListener,
): Promise<{ host: string; port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

test('every prepared request arrives once, over the connections asked for, and is timed', async (context) => {
  const seen: string[] = [];
  const sockets = new Set();
  const address = await serve(context, async (request, response) => {
    sockets.add(request.socket);
    const body = Buffer.concat(await Array.fromAsync(request));
    seen.push(`${request.method} ${request.url} ${body}`);
    response.end('stored');
  });
  const result = await loadHttp({
    ...address,
    connections: 3,
    request: (index) => [
      Buffer.from(`PUT /${index} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n`),
      Buffer.from('body'),
    ],
    until: { requests: 50 },
  });
  assert.deepEqual(seen.sort(), Array.from({ length: 50 }, (_, index) => `PUT /${index} body`).sort());
  assert.equal(sockets.size, 3);
  assert.equal(result.requests, 50);
  assert.equal(result.responseBodyBytes, 50 * 'stored'.length);
  assert.deepEqual([...result.statuses], [[200, 50]]);
  const { p50Ms, p99Ms, maxMs } = result.latency;
  assert(p50Ms > 0 && p50Ms <= p99Ms && p99Ms <= maxMs);
});

test('a load by time ends', async (context) => {
  const address = await serve(context, (_, response) => void response.end());
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const result = await loadHttp({
    ...address,
    connections: 1,
    request: () => request,
    until: { durationMs: 20 },
  });
  assert(result.requests > 0 && result.wallSeconds >= 0.02);
});

test('an unexpected status ends the load with what the server said', async (context) => {
  const address = await serve(context, (_, response) => void response.writeHead(403).end('bad signature'));
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const options = { ...address, connections: 2, request: () => request, until: { requests: 10 } };
  await assert.rejects(loadHttp(options), /answered 403: bad signature/);
  const result = await loadHttp({ ...options, isExpected: (status) => status === 403 });
  assert.deepEqual([...result.statuses], [[403, 10]]);
});

test('a server that closes after each response is connected to again', async (context) => {
  const address = await serve(
    context,
    (_, response) => void response.setHeader('Connection', 'close').end('x'),
  );
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const result = await loadHttp({
    ...address,
    connections: 1,
    request: () => request,
    until: { requests: 5 },
  });
  assert.equal(result.requests, 5);
});

test('a connection that breaks in mid-response ends the load', async (context) => {
  const address = await serve(context, (request, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('only this', () => request.socket.destroy());
  });
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const load = loadHttp({ ...address, connections: 1, request: () => request, until: { requests: 5 } });
  await assert.rejects(load, /closed the connection|ECONNRESET/);
});
