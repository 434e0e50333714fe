// The bare loop is a fair limit only if it does all that it is said to do.

import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer } from '@cairn/bench';
import { temporaryDirectory } from '@cairn/testing';

test('the bare loop hashes what it received, and has written it when it answers', async (t) => {
  const directory = await temporaryDirectory(t);
  const program = fileURLToPath(new URL('./bare-program.ts', import.meta.url));
  const args = [program, directory];
  const server = await startServer({ command: process.execPath, args, ready: /^listening (\d+)/ });
  t.after(() => server.stop());
  const put = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${server.readyMatch[1]}/x`, { method: 'PUT', body, headers });

  const bodies = [4_096, 3_000_000, 0].map((size) => new Uint8Array(randomBytes(size)));
  for (const body of bodies) {
    const sha256 = hash('sha256', body, 'hex');
    const response = await put(body, { 'x-amz-content-sha256': sha256 });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('etag'), `"${hash('md5', body, 'hex')}"`);
    const refused = await put(body, { 'x-amz-content-sha256': sha256.replaceAll(/./g, '0') });
    assert.equal(refused.status, 400, `the SHA-256 of ${body.length} bytes was not computed`);
  }
  const written = await readFile(`${directory}/1`);
  for (const body of bodies)
    assert(written.includes(body), `${body.length} bytes were not written as they came`);
});
