import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from './crc.ts';
import { crc32cSeed } from './crc32c-seed.ts';

test('the seed of a checksum is what it began from, for any bytes', () => {
  const lengths = [0, 1, 2, 3, 4, 44, 1_000];
  for (const seed of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, crc32c(Buffer.from('seed'))])
    for (const length of lengths) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256);
      assert.equal(crc32cSeed(bytes, crc32c(bytes, seed)), seed, `${length} bytes from ${seed}`);
    }
});
