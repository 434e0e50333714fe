// Frames of many sizes, cut at random, received into the buffer that everybody shares or where they belong, as a kernel
// does it: each arrives as it was sent, in its order, and all memory is given back.

import assert from 'node:assert/strict';
import { SeededRandom } from '@cairn/world/simulated';
import { sharedReceiveBytes } from '../../limits.ts';
import { FrameBuffers } from './frame-buffers.ts';
import { type Frame, FrameReceiver } from './frame-receiver.ts';

const sizes = [1, 2, 50, 300, 5_000, 65_535, 65_536, 200_000, 2_097_152, 2_097_153, 5_000_000];

export type FuzzReport = { readonly frames: number; readonly reused: number };

export function fuzzFrames({ rounds, seed }: { rounds: number; seed: number }): FuzzReport {
  const random = new SeededRandom(seed);
  const buffers = new FrameBuffers();
  const shared = Buffer.alloc(sharedReceiveBytes);
  const memories = new Set<ArrayBufferLike>();
  const report = { frames: 0, reused: 0 };
  for (let round = 0; round < rounds; round++) {
    const sent = Array.from({ length: 1 + random.integer(8) }, () => newContent(random));
    const hasRoom = (): boolean => random.integer(3) > 0;
    const isLoggedIn = (): boolean => random.integer(4) > 0;
    const receiver = new FrameReceiver({
      ...{ buffers, shared, frameBytesMax: () => 10_000_000, hasRoom, isLoggedIn },
    });
    const arrived = receive(Buffer.concat(sent.flatMap(framed)), { receiver, shared, random });
    assert.equal(arrived.length, sent.length, `seed ${seed}, round ${round}: frames`);
    for (const [index, { bytes, memory }] of arrived.entries()) {
      assert.ok(bytes.equals(sent[index]!), `seed ${seed}, round ${round}: frame ${index}`);
      if (bytes.length >= 65_536 && memories.has(memory.buffer)) report.reused++;
      memories.add(memory.buffer);
      report.frames++;
    }
    // Only now: what is given back may be filled by the next frame.
    for (const { memory } of arrived) buffers.give(memory);
    assert.equal(buffers.usedBytes, 0, `seed ${seed}, round ${round}: memory`);
  }
  return report;
}

function newContent(random: SeededRandom): Buffer {
  const near = sizes[random.integer(sizes.length)]!;
  // Large ones are slow to make: few bytes of them differ.
  const content = Buffer.alloc(near, random.integer(256));
  for (let count = 0; count < 20; count++) content[random.integer(near)] = random.integer(256);
  return content;
}

function framed(content: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return [length, content];
}

/** A kernel that has any number of the bytes at a time. */
function receive(
  bytes: Buffer,
  { receiver, shared, random }: { receiver: FrameReceiver; shared: Buffer; random: SeededRandom },
): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const into = receiver.nextBuffer();
    const few = random.integer(3) === 0 ? 1 + random.integer(10) : 1 + random.integer(into.length);
    const length = bytes.copy(into, 0, at, at + Math.min(few, into.length));
    at += length;
    const received = receiver.received(into, length);
    if (Buffer.isBuffer(received)) takeAll(received, receiver, frames);
    else if (received !== undefined) frames.push(received);
    // Another connection receives meanwhile.
    shared.fill(0xee);
  }
  return frames;
}

function takeAll(bytes: Buffer, receiver: FrameReceiver, frames: Frame[]): void {
  for (let rest = bytes; rest.length > 0; ) {
    const taken = receiver.take(rest);
    rest = taken.rest;
    if (taken.frame !== undefined) frames.push(taken.frame);
  }
}
