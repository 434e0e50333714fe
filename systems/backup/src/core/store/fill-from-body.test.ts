import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillFromBody } from './fill-from-body.ts';

async function* body(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

test('pieces that lie elsewhere are copied, those that are in place stay', async () => {
  const memory = Buffer.from('....abcdef..');
  const target = memory.subarray(4, 10);
  assert.equal(await fillFromBody(target, body(target.subarray(0, 3), Buffer.from('xyz'))), 6);
  assert.equal(memory.toString(), '....abcxyz..');
});

test('a body that is shorter is told by its length, one that is longer is refused', async () => {
  assert.equal(await fillFromBody(new Uint8Array(4), body(Uint8Array.of(1, 2))), 2);
  assert.equal(await fillFromBody(new Uint8Array(1), body(Uint8Array.of(1, 2))), undefined);
});
