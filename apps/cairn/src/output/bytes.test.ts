import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText } from './bytes.ts';

test('a size has the largest unit that it fills', () => {
  const texts = [0, 1, 1_023, 1_024, 1_536, 2 ** 30, 2 ** 50].map(bytesText);
  assert.deepEqual(texts, [
    '0 bytes',
    '1 bytes',
    '1023 bytes',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 GiB',
    '1024.0 TiB',
  ]);
});
