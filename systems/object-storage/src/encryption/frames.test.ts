// Frames from plaintext to blob and back: layout, sealing, opening, and what must not open.

import assert from 'node:assert/strict';
import { createDecipheriv, randomBytes } from 'node:crypto';
import test from 'node:test';
import { readTailBytesMax } from '../limits.ts';
import { FrameDamagedError } from './frame-cipher.ts';
import { frameBytesMax, framePlainBytesMax, framesOf, sealedBytes, tagBytes } from './frame-layout.ts';
import { FrameSealer } from './frame-sealer.ts';
import { openedFrames, openedNow } from './open-frames.ts';

const key = randomBytes(32);
const sizes = [
  0,
  1,
  framePlainBytesMax - 1,
  framePlainBytesMax,
  framePlainBytesMax + 1,
  frameBytesMax,
  3 * framePlainBytesMax,
  3 * framePlainBytesMax + 17,
];

function* pieces(bytes: Uint8Array, pieceBytes: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function* later(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* chunks;
}

async function gathered(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  // A chunk is valid until the next one is asked for.
  for await (const chunk of chunks) all.push(Uint8Array.from(chunk));
  return Buffer.concat(all);
}

function sealed(plain: Uint8Array, under: Uint8Array = key): Promise<Buffer> {
  return gathered(new FrameSealer(under).sealed([plain]));
}

function opened(blob: Uint8Array, plainBytes: number, under: Uint8Array = key): Uint8Array {
  const range = { start: 0, length: plainBytes };
  return openedNow(blob, { key: under, range, frames: framesOf(range, plainBytes) });
}

test('what is sealed has the size that the layout says, and opens to what it was, however it is cut', async () => {
  for (const size of sizes) {
    const plain = randomBytes(size);
    for (const pieceBytes of [977, 65_536, 262_144]) {
      const sealer = new FrameSealer(key);
      const blob = await gathered(sealer.sealed(later(pieces(plain, pieceBytes))));
      assert.equal(blob.byteLength, sealedBytes(size));
      assert.equal(sealer.plainBytes, size);
      assert(plain.equals(opened(blob, size)));
      const range = { start: 0, length: size };
      const frames = framesOf(range, size);
      const chunks = openedFrames(later(pieces(blob, pieceBytes)), { key, range, frames });
      assert(plain.equals(await gathered(chunks)));
    }
  }
});

test('what is opened comes in pieces of four frames, a small last frame with those before it', async () => {
  for (const [size, pieceCount] of [
    [4 * framePlainBytesMax, 1],
    [4 * framePlainBytesMax + readTailBytesMax, 1],
    [4 * framePlainBytesMax + readTailBytesMax + 1, 2],
    [16 * 65_536, 4],
  ] as const) {
    const blob = await sealed(Buffer.alloc(size, 'x'));
    for (const start of [0, 1]) {
      const range = { start, length: size - start };
      const chunks: number[] = [];
      const frames = framesOf(range, size);
      for await (const chunk of openedFrames(later([blob]), { key, range, frames }))
        chunks.push(chunk.byteLength);
      assert.equal(chunks.length, pieceCount, `${size} from ${start}: ${chunks}`);
      assert.equal(
        chunks.reduce((sum, bytes) => sum + bytes),
        range.length,
      );
    }
  }
});

test('a frame is AES-256-GCM as anybody else computes it', async () => {
  const plain = randomBytes(framePlainBytesMax + 5);
  const blob = await sealed(plain);
  const frame = blob.subarray(frameBytesMax);
  const nonce = Buffer.from('000000010000000000000001', 'hex');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(frame.subarray(5));
  assert(Buffer.concat([decipher.update(frame.subarray(0, 5)), decipher.final()]).equals(plain.subarray(-5)));
});

test('frames that were let go are the memory of others, and no frames that were not', async () => {
  const plain = Buffer.alloc(10 * framePlainBytesMax);
  const memoryOf = (frames: Iterable<Uint8Array>) => [...frames].map(({ buffer }) => buffer);
  const sealer = new FrameSealer(key);
  const first = memoryOf(sealer.sealed([plain]) as Iterable<Uint8Array>);
  sealer.letGo(4 * frameBytesMax - 1);
  sealer.letGo(4 * frameBytesMax);
  const next = memoryOf(new FrameSealer(key).sealed([plain]) as Iterable<Uint8Array>);
  assert.deepEqual(
    first.map((memory) => next.includes(memory)),
    first.map((_, frame) => frame < 4),
  );
  assert.equal(new Set(next).size, 10);
});

test('a range opens the frames that hold it and no other', async () => {
  const size = 3 * framePlainBytesMax + 100;
  const plain = randomBytes(size);
  const blob = await sealed(plain);
  const edges = [0, 1, framePlainBytesMax - 1, framePlainBytesMax, 2 * framePlainBytesMax, size - 1];
  for (const start of edges) {
    for (const length of [0, 1, 2, framePlainBytesMax, size - start]) {
      if (start + length > size) continue;
      const range = { start, length };
      const frames = framesOf(range, size);
      const part = blob.subarray(frames.sealed.start, frames.sealed.start + frames.sealed.length);
      const needed = Math.floor((start + Math.max(1, length) - 1) / framePlainBytesMax);
      assert.deepEqual([frames.first, frames.last], [Math.floor(start / framePlainBytesMax), needed]);
      assert(plain.subarray(start, start + length).equals(openedNow(part, { key, range, frames })));
    }
  }
});

test('frames that are changed, moved, cut off or of another object do not open', async () => {
  const size = 3 * framePlainBytesMax;
  const blob = await sealed(randomBytes(size));
  const other = await sealed(randomBytes(size), randomBytes(32));
  const frame = (from: Buffer, index: number) =>
    from.subarray(index * frameBytesMax, (index + 1) * frameBytesMax);
  const flipped = Buffer.from(blob);
  flipped[frameBytesMax + 7]! ^= 1;
  const flippedTag = Buffer.from(blob);
  flippedTag[frameBytesMax - 1]! ^= 1;
  const moved = Buffer.concat([frame(blob, 1), frame(blob, 0), frame(blob, 2)]);
  const swapped = Buffer.concat([frame(blob, 0), frame(other, 1), frame(blob, 2)]);
  for (const damaged of [flipped, flippedTag, moved, swapped]) {
    assert.throws(() => opened(damaged, size), FrameDamagedError);
  }
  const cutOff = blob.subarray(0, 2 * frameBytesMax);
  assert.throws(() => opened(cutOff, 2 * framePlainBytesMax), FrameDamagedError);
  assert.throws(() => opened(blob, size, randomBytes(32)), FrameDamagedError);
  const range = { start: 0, length: size };
  const opening = { key, range, frames: framesOf(range, size) };
  await assert.rejects(gathered(openedFrames(later([cutOff]), opening)));
});
