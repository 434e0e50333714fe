import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBuffers } from './frame-buffers.ts';

const known = { isLoggedIn: true };
const stranger = { isLoggedIn: false };

test('regression: strangers leave half of the memory to who logged in, and are called when theirs has room', () => {
  const buffers = new FrameBuffers({ usedBytesMax: 1_000 });
  const called: string[] = [];
  const held = [buffers.take(500, stranger), buffers.take(300, known), buffers.take(300, known)];
  assert.deepEqual([buffers.hasRoom(known), buffers.hasRoom(stranger)], [false, false]);
  buffers.whenRoom(() => called.push('known'), known);
  buffers.whenRoom(() => called.push('stranger'), stranger);
  buffers.give(held.pop()!);
  assert.deepEqual(called, ['known']);
  assert.equal(buffers.hasRoom(stranger), false);
  buffers.give(held.shift()!);
  assert.deepEqual(called, ['known', 'stranger']);
});

test('regression: what strangers hold never keeps who logged in from half of the memory', () => {
  const buffers = new FrameBuffers({ usedBytesMax: 1_000 });
  const held = buffers.take(5_000, stranger);
  assert.deepEqual([buffers.hasRoom(known), buffers.hasRoom(stranger)], [true, false]);
  const own = buffers.take(500, known);
  assert.equal(buffers.hasRoom(known), false);
  buffers.give(own);
  buffers.give(held);
  assert.deepEqual([buffers.usedBytes, buffers.hasRoom(stranger)], [0, true]);
});

test('regression: strangers whose half is full wait for strangers, not for who logged in', () => {
  const buffers = new FrameBuffers({ usedBytesMax: 1_000 });
  const ofStrangers = buffers.take(500, stranger);
  buffers.take(100, known);
  buffers.whenRoom(() => {}, stranger);
  assert.deepEqual([buffers.isWaitedFor(known), buffers.isWaitedFor(stranger)], [false, true]);
  buffers.give(ofStrangers);
  buffers.take(900, known);
  buffers.whenRoom(() => {}, stranger);
  assert.deepEqual([buffers.isWaitedFor(known), buffers.isWaitedFor(stranger)], [true, true]);
});
