import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packNonce } from './pack-nonce.ts';

test('a nonce of a pack is its number as 12 little-endian bytes', () => {
  for (const nonce of [0, 1, 0x01020304, 2 ** 32, 2 ** 40 + 5]) {
    const expected = Buffer.alloc(12);
    expected.writeBigUInt64LE(BigInt(nonce));
    assert.deepEqual(Buffer.from(packNonce(nonce)), expected);
  }
  assert.throws(() => packNonce(-1));
  assert.throws(() => packNonce(2 ** 53));
});
