import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TreeReference } from '../format/tree-entry.ts';
import { DirectoryLoader } from './directory-loader.ts';

const chunkBytes = 1024 * 1024;

/** A source of chunks of zeros, which counts what it gave. */
function zeros() {
  const counts = { chunks: 0 };
  const source = {
    async *readChunks(fingerprints: Uint8Array) {
      for (let at = 0; at < fingerprints.length; at += 32) {
        counts.chunks += 1;
        yield new Uint8Array(chunkBytes);
      }
    },
  };
  return { loader: new DirectoryLoader(source), counts };
}

function reference(chunks: number, lengthBytes = chunks * chunkBytes): TreeReference {
  return { kind: 'chunks', fingerprints: new Uint8Array(chunks * 32), lengthBytes };
}

test('a directory whose chunks have more bytes than it is damaged before they are read', async () => {
  const { loader, counts } = zeros();
  await assert.rejects(loader.load(reference(100_000, 3 * chunkBytes)), { code: 'damaged' });
  assert(counts.chunks <= 8, `${counts.chunks}`);
});

test('large directories are not read ahead: memory is flat', async () => {
  const { loader, counts } = zeros();
  await loader.load(reference(1), [reference(20), reference(40), reference(1)]);
  assert.equal(counts.chunks, 21);
});
