// A service that is silent, or behind a proxy that has lost it: an error that may be gone the next time, and no wait without end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { BlobsError } from '@cairn/engines/blobs';
import { BloomFilter } from '@cairn/hashing';
import { realWorld } from '@cairn/world';
import { isBackupError } from '../../../test/backup-error.ts';
import { FilterCopy } from './filter-copy.ts';
import { IndexClient } from './index-client.ts';
import { readAll, ServiceConnection } from './service-connection.ts';
import { parseServiceUrl } from './service-url.ts';

const hasty = { connectMs: 5_000, silenceMs: 300 };
const listing = { method: 'GET', path: 'list', attempted: 'list' } as const;

async function connect(t: TestContext, answer: RequestListener): Promise<ServiceConnection> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new ServiceConnection(parseServiceUrl(`cairn://127.0.0.1:${port}/home`), '', hasty);
  t.after(() => {
    connection.close();
    server.closeAllConnections();
    server.close();
  });
  return connection;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'unavailable';
}

test('a service that takes a request and is silent is out of reach', { timeout: 60_000 }, async (t) => {
  const service = await connect(t, () => {});
  await assert.rejects(service.call(listing), isUnavailable);
});

test('so is one that falls silent within its answer', { timeout: 60_000 }, async (t) => {
  const service = await connect(t, (_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half');
  });
  const answer = await service.call(listing);
  await assert.rejects(readAll(answer, 'list', 10), isUnavailable);
});

test('what a proxy says of a service that is started anew is waited for', async (t) => {
  const statuses = [502, 504, 503];
  const service = await connect(t, (_, response) => {
    const status = statuses.shift();
    response.writeHead(status ?? 200).end(status === undefined ? 'known' : 'an error of the proxy');
  });
  const client = new IndexClient(service, { world: realWorld() });
  const answer = await client.ask({ method: 'POST', path: 'index/lookup', body: new Uint8Array(16) });
  assert.equal(answer.toString(), 'known');
});

test('a filter that is cut off on its way is fetched again', async (t) => {
  const filter = BloomFilter.for({ keysMax: 1_000, falsePositiveRate: 0.01 }).serialise();
  let requests = 0;
  const service = await connect(t, (_, response) => {
    response.writeHead(200, { 'content-length': String(filter.length), etag: '"1"' });
    requests += 1;
    if (requests > 1) response.end(filter);
    else response.write(filter.subarray(0, 10), () => response.destroy());
  });
  const fetched = await new IndexClient(service, { world: realWorld() }).filter(undefined);
  assert.deepEqual([fetched?.version, fetched?.bytes.length], ['1', filter.length]);
});

test('bytes that are no filter are an error of the store', async () => {
  const fetch = async () => ({ version: '1', bytes: Buffer.from('no filter') });
  await assert.rejects(new FilterCopy({ clock: realWorld().clock, fetch }).current(), isBackupError('store'));
});
