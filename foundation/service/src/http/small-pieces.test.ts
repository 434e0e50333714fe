import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallChunkBytes, smallPieceBytesMax } from './limits.ts';
import { copiedInto, type SmallChunk, SmallPieces } from './small-pieces.ts';

/** As a request does. */
function hold(pieces: SmallPieces, bytes = 1): SmallChunk {
  const chunk = pieces.chunk(bytes);
  chunk.requests += 1;
  copiedInto(chunk, new Uint8Array(bytes));
  return chunk;
}

test('pieces of requests lie one behind the other, and memory is used again when all of them are over', () => {
  const pieces = new SmallPieces(() => true);
  const [first, second] = [hold(pieces), hold(pieces)];
  assert.equal(first, second);
  assert.equal(first.usedBytes, 2);
  pieces.give(first);
  assert.equal(hold(pieces).usedBytes, 3);
  pieces.give(first);
  pieces.give(first);
  assert.equal(hold(pieces).usedBytes, 1, 'nobody has anything in it');
});

test('what does not fit goes into another chunk, and a full one serves again only when it is free', () => {
  const pieces = new SmallPieces(() => true);
  const full: SmallChunk[] = [];
  for (let bytes = 0; bytes < smallChunkBytes; bytes += smallPieceBytesMax)
    full.push(hold(pieces, smallPieceBytesMax));
  const next = hold(pieces, smallPieceBytesMax);
  assert.notEqual(next, full[0]);
  for (const chunk of full) pieces.give(chunk);
  for (let bytes = smallPieceBytesMax; bytes < smallChunkBytes; bytes += smallPieceBytesMax)
    hold(pieces, smallPieceBytesMax);
  assert.equal(hold(pieces), full[0]);
});

test('memory that somebody still looks at is not used again', () => {
  const lookedAt = new Set<Uint8Array>();
  const pieces = new SmallPieces((memory) => !lookedAt.has(memory));
  const chunk = hold(pieces);
  lookedAt.add(chunk.bytes);
  pieces.give(chunk);
  assert.equal(hold(pieces).usedBytes, 2, 'what comes lies behind it');
});
