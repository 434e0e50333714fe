// Moved blobs: every span of every size is given back as it was, and nothing that is not.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  openedPlaced,
  type Placed,
  PlacedDamagedError,
  placedBlockBytes,
  placedBytes,
  placedSpan,
  sealedPlaced,
} from './placed-format.ts';

const id = '00112233445566778899aabbccddeeff';
const block = placedBlockBytes;
const sizes = [0, 1, block - 1, block, block + 1, 3 * block, 3 * block + 7];

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

function content(sizeBytes: number): Buffer {
  return Buffer.from(Array.from({ length: sizeBytes }, (_, at) => (at * 31 + (at >> 8)) & 255));
}

const sealed = (sizeBytes: number, pieceBytes = 10_000) =>
  gathered(sealedPlaced(inPieces(content(sizeBytes), pieceBytes), { id, sizeBytes }));

function opened(bytes: Buffer, placed: Placed, span: { start: number; length: number }): Promise<Buffer> {
  const { start, length } = placedSpan(span, placed);
  return gathered(openedPlaced(inPieces(bytes.subarray(start, start + length), 7_777), placed, span));
}

for (const sizeBytes of sizes) {
  test(`of ${sizeBytes} bytes every span is given back`, async () => {
    const bytes = await sealed(sizeBytes);
    assert.equal(bytes.length, placedBytes(sizeBytes));
    const edges = [0, 1, block - 1, block, block + 1, 2 * block, sizeBytes - 1, sizeBytes];
    for (const start of edges) {
      for (const end of edges) {
        if (start < 0 || end > sizeBytes || start >= end) continue;
        const span = { start, length: end - start };
        const found = await opened(bytes, { id, sizeBytes }, span);
        assert(found.equals(content(sizeBytes).subarray(start, end)), JSON.stringify(span));
      }
    }
  });
}

test('how the bytes came does not matter', async () => {
  const sizeBytes = 2 * block + 5;
  const bytes = await sealed(sizeBytes);
  for (const pieceBytes of [1_000, block, 10 * block])
    assert((await sealed(sizeBytes, pieceBytes)).equals(bytes), `${pieceBytes}`);
});

test('a bit that turned, a block of another blob or of another place, and a blob that ends early are damage', async () => {
  const sizeBytes = 2 * block + 100;
  const whole = { start: 0, length: sizeBytes };
  const bytes = await sealed(sizeBytes);
  const placed = { id, sizeBytes };
  for (const at of [36, 36 + block, 36 + block + 3, bytes.length - 1]) {
    const turned = Buffer.from(bytes);
    turned[at]! ^= 1;
    await assert.rejects(opened(turned, placed, whole), PlacedDamagedError, `${at}`);
  }
  const another = { id: `f${id.slice(1)}`, sizeBytes };
  await assert.rejects(opened(bytes, another, whole), PlacedDamagedError);
  const swapped = Buffer.from(bytes);
  bytes.copy(swapped, 36, 36 + block + 4, 36 + 2 * (block + 4));
  await assert.rejects(opened(swapped, placed, { start: 0, length: 1 }), PlacedDamagedError);
  for (const length of [0, 36, 36 + block, bytes.length - 1])
    await assert.rejects(opened(bytes.subarray(0, length), placed, whole), PlacedDamagedError, `${length}`);
});

test('fewer or more bytes than were said are not stored', async () => {
  for (const sizeBytes of [99, 101])
    await assert.rejects(
      gathered(sealedPlaced(inPieces(content(100), 10), { id, sizeBytes })),
      PlacedDamagedError,
    );
});
