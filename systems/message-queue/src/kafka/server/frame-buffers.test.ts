import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBuffers } from './frame-buffers.ts';

test('regression: strangers leave half of the memory to who logged in, and are called when theirs has room', () => {
  const buffers = new FrameBuffers({ usedBytesMax: 1_000 });
  const called: string[] = [];
  const held = [buffers.take(300), buffers.take(300), buffers.take(400)];
  assert.equal(buffers.hasRoom({ isTrusted: true }), false);
  buffers.whenRoom(() => called.push('trusted'), { isTrusted: true });
  buffers.whenRoom(() => called.push('stranger'), { isTrusted: false });
  buffers.give(held.pop()!);
  assert.deepEqual(called, ['trusted']);
  assert.equal(buffers.hasRoom({ isTrusted: true }), true);
  assert.equal(buffers.hasRoom({ isTrusted: false }), false);
  buffers.give(held.pop()!);
  assert.equal(buffers.hasRoom({ isTrusted: false }), true);
  assert.deepEqual(called, ['trusted', 'stranger']);
});
