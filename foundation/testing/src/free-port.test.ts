import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { freePort } from './free-port.ts';

test('nothing listens on a free port', async () => {
  const socket = connect(await freePort(), '127.0.0.1');
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
  assert.equal(error.code, 'ECONNREFUSED');
});
