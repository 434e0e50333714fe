import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PackBuffers } from './pack-buffers.ts';

const packBytes = 8 * 1024;

test('the lowest free slot is taken, whichever thread asks', () => {
  const buffers = PackBuffers.create(packBytes, 3);
  const others = PackBuffers.attach(structuredClone(buffers.handle));
  const first = buffers.take();
  const second = others.take();
  assert.equal(second.byteOffset, first.byteOffset + packBytes);
  const ended = structuredClone(first.subarray(0, 100));
  others.giveBack(ended);
  assert.equal(others.take().byteOffset, first.byteOffset);
  assert.equal(buffers.take().byteOffset, second.byteOffset + packBytes);
});

test('slots do not overlap, nor touch what says which are free', () => {
  const buffers = PackBuffers.create(packBytes, 3);
  const slots = [buffers.take(), buffers.take(), buffers.take()];
  for (const [index, slot] of slots.entries()) slot.fill(index + 7);
  for (const [index, slot] of slots.entries()) assert(slot.every((byte) => byte === index + 7));
  buffers.giveBack(slots[1]!);
  assert.equal(buffers.take().byteOffset, slots[1]!.byteOffset);
});

test('where none is free, a pack has memory of its own', () => {
  const buffers = PackBuffers.create(packBytes, 1);
  const slot = buffers.take();
  const own = buffers.take();
  assert.equal(own.length, packBytes);
  assert.notEqual(own.buffer, slot.buffer);
  buffers.giveBack(own);
  assert.notEqual(buffers.take().buffer, slot.buffer);
});

test('slots as small as a page do not lie on the words that say which are taken', () => {
  const buffers = PackBuffers.create(4096, 3);
  const slots = Array.from({ length: 3 }, () => buffers.take());
  assert(slots.every((slot) => slot.every((byte) => byte === 0)));
  for (const slot of slots) slot.fill(0xff);
  buffers.giveBack(slots[1]!);
  assert.equal(buffers.take().byteOffset, slots[1]!.byteOffset);
  assert(slots.every((slot) => slot.every((byte) => byte === 0xff)));
});
