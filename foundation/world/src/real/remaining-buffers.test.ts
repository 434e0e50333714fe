import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remainingBuffers } from './remaining-buffers.ts';

test('after any number of written bytes, exactly the others remain, and none is copied', () => {
  const buffers = ['abc', 'd', 'efgh'].map((text) => Buffer.from(text));
  for (let count = 0; count <= 8; count += 1) {
    const left = remainingBuffers(buffers, count);
    assert.equal(Buffer.concat(left).toString(), 'abcdefgh'.slice(count));
    assert(left.every((buffer) => buffer.byteLength > 0));
    assert(left.every((buffer) => buffers.some((whole) => whole.buffer === buffer.buffer)));
  }
});
