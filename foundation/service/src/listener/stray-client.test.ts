// A client of S3 that was given the address of the management port.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { createFrontDoor } from './front-door.ts';

test('a signed request is told where to go, with any method and path; others are served as ever', async (t) => {
  const endpoints = [{ protocol: 's3', url: 'http://127.0.0.1:9000' }];
  const door = createFrontDoor({
    telemetry: { ...silentTelemetry(), metrics: createMetrics() },
    api: (_request, response) => void response.end('api'),
    mounts: [],
    status: async () => [{ name: 'object-storage', endpoints, ready: true }],
  });
  const server = createServer(door).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const origin = `http://127.0.0.1:${address.port}`;
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request' };
  for (const [path, init] of [
    ['/', { headers }],
    ['/bucket/key', { method: 'PUT', headers }],
    ['/bucket/key?X-Amz-Date=1&X-Amz-Signature=2', {}],
  ] as const) {
    const response = await fetch(`${origin}${path}`, init);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /<Error>.*this server serves s3 at http:\/\/127\.0\.0\.1:9000\./s);
  }
  assert.match(await (await fetch(origin)).text(), /<html/);
  assert.equal((await fetch(`${origin}/bucket/key`, { method: 'PUT' })).status, 404);
});
