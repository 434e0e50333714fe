import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../../test/memory-disk.ts';
import { pieceBytes } from '../limits.ts';
import { PieceReader } from './piece-reader.ts';

async function readerOf(bytes: Buffer) {
  const disk = new MemoryDisk();
  disk.files.set('file', { bytes });
  let reads = 0;
  disk.before = (operation) => {
    reads += operation === 'read' ? 1 : 0;
  };
  const file = await disk.open('file', 'read');
  return { pieces: new PieceReader(file, bytes.length), reads: () => reads };
}

test('small ranges one after the other cost one disk read per piece', async () => {
  const bytes = Buffer.alloc(2 * pieceBytes, 'abcdefg');
  const { pieces, reads } = await readerOf(bytes);
  for (let position = 0; position < bytes.length; position += 4096) {
    assert.ok((await pieces.bytes(position, 4096)).equals(bytes.subarray(position, position + 4096)));
  }
  assert.equal(reads(), 2);
});

test('a range larger than a piece is read whole, and one past the end is cut there', async () => {
  const bytes = Buffer.alloc(pieceBytes + 1000, 'abcdefg');
  const { pieces } = await readerOf(bytes);
  assert.ok((await pieces.bytes(10, pieceBytes + 500)).equals(bytes.subarray(10, pieceBytes + 510)));
  assert.equal((await pieces.bytes(bytes.length - 3, 32)).toString(), bytes.subarray(-3).toString());
  assert.equal((await pieces.bytes(bytes.length + 10, 32)).length, 0);
});

test('a pattern is found across the border of two pieces, at the end, and not where it is not', async () => {
  const pattern = Buffer.from('WXYZ');
  for (const position of [
    0,
    pieceBytes - 4,
    pieceBytes - 3,
    pieceBytes - 1,
    pieceBytes,
    2 * pieceBytes - 4,
  ]) {
    const bytes = Buffer.alloc(2 * pieceBytes, 'a');
    pattern.copy(bytes, position);
    const { pieces } = await readerOf(bytes);
    assert.equal(await pieces.find(pattern, 0), position);
    assert.equal(await pieces.find(pattern, position), position);
    assert.equal(await pieces.find(pattern, position + 1), undefined);
  }
});
