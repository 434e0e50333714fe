import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChunkIndex } from '../../core/repository.ts';
import type { FileContent } from '../tree/resource.ts';
import { ChunkOffsetReader, chunkAt } from './chunk-offsets.ts';

/** Chunk n has n bytes, and 32 times n as its fingerprint. */
function contentOf(chunks: readonly number[]): FileContent {
  const fingerprints = new Uint8Array(Buffer.concat(chunks.map((chunk) => Buffer.alloc(32, chunk))));
  const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk, 0);
  return { kind: 'file', sizeBytes, sparse: false, readable: true, fingerprints };
}

function prepare(known: (fingerprint: Uint8Array, refreshes: number) => boolean) {
  const counts = { refreshes: 0, located: 0 };
  const locate = (fingerprint: Uint8Array) => {
    counts.located += 1;
    return known(fingerprint, counts.refreshes) ? { rawBytes: fingerprint[0]! } : undefined;
  };
  const index = async ({ refresh = false } = {}) => {
    if (refresh) counts.refreshes += 1;
    return { locate } as unknown as ChunkIndex;
  };
  return { reader: new ChunkOffsetReader({ index }), counts };
}

test('offsets are the sums of the lengths before', async () => {
  const { reader } = prepare(() => true);
  assert.deepEqual([...(await reader.offsetsOf(contentOf([3, 1, 5]), '"a"'))], [0, 3, 4, 9]);
  assert.deepEqual([...(await reader.offsetsOf(contentOf([]), '"b"'))], [0]);
});

test('those of large files are summed up once', async () => {
  const { reader, counts } = prepare(() => true);
  const large = contentOf(Array.from({ length: 100 }, () => 2));
  await reader.offsetsOf(large, '"large"');
  await reader.offsetsOf(large, '"large"');
  assert.equal(counts.located, 100);
});

test('a chunk that the index does not know is looked for in a fresh one, once', async () => {
  const late = prepare((_, refreshes) => refreshes > 0);
  assert.deepEqual([...(await late.reader.offsetsOf(contentOf([3]), '"a"'))], [0, 3]);
  const never = prepare(() => false);
  await assert.rejects(never.reader.offsetsOf(contentOf([3]), '"a"'), { code: 'damaged' });
  assert.equal(never.counts.refreshes, 1);
});

test('lengths that do not make up the file are damage', async () => {
  const { reader } = prepare(() => true);
  await assert.rejects(reader.offsetsOf({ ...contentOf([3]), sizeBytes: 4 }, '"a"'), { code: 'damaged' });
});

test('every byte is in the chunk that has it', () => {
  for (const chunks of [[4], [1, 1, 1], [3, 1, 5, 2]]) {
    const offsets = Float64Array.from([
      0,
      ...chunks.map((_, end) => chunks.slice(0, end + 1).reduce((a, b) => a + b)),
    ]);
    const owners = chunks.flatMap((length, chunk) => Array.from({ length }, () => chunk));
    for (const [offset, owner] of owners.entries()) assert.equal(chunkAt(offsets, offset), owner);
  }
});
