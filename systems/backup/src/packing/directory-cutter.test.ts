import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/seeded-random.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import { DirectoryCutter } from './directory-cutter.ts';

const KiB = 1024;
const chunkBytes = { min: 128 * KiB, average: 512 * KiB, max: 2048 * KiB };
const keyring = { chunkerSecret: new Uint8Array(32).fill(5) };

/** The bytes of a directory with files of so many chunks each. */
function directoryOf(files: readonly Uint8Array[]): Uint8Array {
  const writer = new TreeWriter();
  for (const [index, fingerprints] of files.entries())
    writer.append({
      name: Buffer.from(`file ${String(index).padStart(6, '0')}`),
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: { seconds: 1, nanoseconds: 0 },
      ctime: { seconds: 1, nanoseconds: 0 },
      inode: 1n,
      content: { kind: 'file', sizeBytes: 1e9, sparse: false, readable: true, fingerprints },
    });
  return writer.finish().bytes;
}

function cut(bytes: Uint8Array, sizes = chunkBytes): readonly Buffer[] {
  return Array.from(new DirectoryCutter(keyring, { chunkBytes: sizes }).cut(bytes), (chunk) =>
    Buffer.from(chunk),
  );
}

test('of the fingerprints of a large file those stay stored that stay the same', (t) => {
  const fingerprints = seededRandom(t).bytes(32 * 2_000);
  const changed = Buffer.from(fingerprints);
  changed[0]! ^= 1;
  const [before, after] = [directoryOf([fingerprints]), directoryOf([changed])].map((bytes) => cut(bytes));
  assert(before!.length >= 2);
  const stays = new Set(before!.map((chunk) => chunk.toString('latin1')));
  const stored = after!.filter((chunk) => !stays.has(chunk.toString('latin1')));
  assert.equal(stored.length, 1);
  assert.equal(Buffer.concat(after!).length, directoryOf([changed]).length);
});

test('a directory of many files is cut as contents are', (t) => {
  const random = seededRandom(t);
  const bytes = directoryOf(Array.from({ length: 1_500 }, () => random.bytes(32)));
  assert.equal(cut(bytes).length, 1);
});

test('no chunk is larger than those of contents may be', (t) => {
  const bytes = directoryOf([seededRandom(t).bytes(32 * 2_000)]);
  const max = 8 * KiB;
  for (const chunk of cut(bytes, { min: 4 * KiB, average: 4 * KiB, max })) assert(chunk.length <= max);
});

test('an empty directory has a chunk', () => {
  assert.deepEqual(Buffer.concat(cut(directoryOf([]))), Buffer.of(0));
});
