import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { freePort } from './free-port.ts';

test('nothing listens on a free port', async () => {
  const socket = connect(await freePort(), '127.0.0.1');
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
  assert.equal(error.code, 'ECONNREFUSED');
});

const notLinux = process.platform === 'linux' ? false : 'needs /proc';

test('regression: a free port is kept from who asks for any, and listens for who names it', {
  skip: notLinux,
}, async () => {
  const port = await freePort();
  // proc_net_tcp(5): addresses in hexadecimal, and state 6, which is TIME_WAIT.
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const states = sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address]) => address === local)
    .map(([, , , state]) => state);
  assert.deepEqual(states, ['06']);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
});
