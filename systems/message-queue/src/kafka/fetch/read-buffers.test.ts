import assert from 'node:assert/strict';
import test from 'node:test';
import { freeReadBytesMax } from '../../limits.ts';
import { ReadBuffers } from './read-buffers.ts';

const mebibyte = 1024 * 1024;

test('a buffer is used again only when its fetch gave it back', () => {
  const buffers = new ReadBuffers();
  const [first, second] = [buffers.lease(), buffers.lease()];
  const taken = first.take(mebibyte);
  assert.notEqual(second.take(mebibyte), taken);
  first.giveBack();
  assert.equal(second.take(mebibyte - 1), taken);
});

test('what is given back twice is there once', () => {
  const buffers = new ReadBuffers();
  const lease = buffers.lease();
  lease.take(mebibyte);
  lease.take(100);
  lease.take(3 * mebibyte);
  assert.equal(lease.bytes, 4 * mebibyte + 100);
  lease.giveBack();
  lease.giveBack();
  assert.equal(lease.bytes, 0);
  assert.equal(buffers.freeBytes, mebibyte, 'neither what is small nor what is large is kept');
});

test('free buffers are bounded', () => {
  const buffers = new ReadBuffers();
  const lease = buffers.lease();
  for (let each = 0; each < 100; each++) lease.take(mebibyte);
  lease.giveBack();
  assert.equal(buffers.freeBytes, freeReadBytesMax);
});
