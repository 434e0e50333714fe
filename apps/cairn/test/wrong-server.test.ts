// What a command says when what it talks to is not the management API, or does not take its credentials.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { runCommand } from './run-command.ts';

const environment = { CAIRN_ACCESS_KEY: 'CAIRNX', CAIRN_SECRET_KEY: 'secret' };

test('the address of another protocol is told from that of the management API, in one line', async (t) => {
  const address = await answering(t, {
    status: 400,
    text: '<?xml version="1.0"?>\n<Error><Code>InvalidArgument</Code>',
  });
  const { code, errors } = await runCommand(`s3 stats --server http://${address}`, { environment });
  assert.equal(code, 1);
  assert.match(errors, /no management API of Cairn answers there .*'service http'.*400 <\?xml/);
  assert.equal(errors.trimEnd().split('\n').length, 1);
});

test('credentials that are wrong are named by where they stand', async (t) => {
  const text = JSON.stringify({ error: { code: 'unauthenticated', message: 'send a valid access key' } });
  const address = await answering(t, { status: 401, text });
  const { code, errors } = await runCommand(`s3 stats --server http://${address}`, { environment });
  assert.equal(code, 9);
  assert.match(errors, /the access key of CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY is not valid there/);
});

test('who asks for TLS where there is none, or where nothing listens, is told what to do', async (t) => {
  const address = await answering(t, { status: 200, text: '{}' });
  const encrypted = await runCommand(`s3 stats --server https://${address}`, { environment });
  assert.deepEqual([encrypted.code, /wanted is http:/.test(encrypted.errors)], [8, true], encrypted.errors);
  const nobody = await runCommand('s3 stats --server http://127.0.0.1:1', { environment });
  assert.deepEqual([nobody.code, /'cairn up' starts a server/.test(nobody.errors)], [8, true], nobody.errors);
});

/** The host and port of a server that gives every request the same answer. */
async function answering(
  t: TestContext,
  { status, text }: { readonly status: number; readonly text: string },
): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
