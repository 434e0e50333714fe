// What a client does with a service that lies. That both understand each other is tested in test/service.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { realWorld } from '@cairn/world';
import { openServiceBlobs } from './service-blobs.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

async function clientOf(t: TestContext, answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `cairn://127.0.0.1:${port}/home`;
  const blobs = await openServiceBlobs({ url, credentials, world: realWorld() });
  t.after(async () => {
    await blobs.close();
    server.closeAllConnections();
    server.close();
  });
  return blobs;
}

test('an answer without end is left when it is longer than any that is right', async (t) => {
  let status = 200;
  const blobs = await clientOf(t, (_request, response) => {
    response.writeHead(status, { 'cairn-size': '100', 'cairn-modified': '0' });
    const more = () => {
      while (response.write(Buffer.alloc(64 * 1024, ' ')));
    };
    response.on('drain', more);
    more();
  });
  const tooLong = { code: 'failed', message: /the answer has more than \d+ bytes/ };
  await assert.rejects(blobs.list({ prefix: '' }), tooLong);
  await assert.rejects(blobs.get('config', { range: { start: 0, length: 50 } }), tooLong);
  await assert.rejects(blobs.put('config', Buffer.from('x')), tooLong);
  status = 500;
  await assert.rejects(blobs.list({ prefix: '' }), tooLong);
});
