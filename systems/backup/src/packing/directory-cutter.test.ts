import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/seeded-random.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import { DirectoryCutter } from './directory-cutter.ts';

const KiB = 1024;
const chunkBytes = { min: 128 * KiB, average: 512 * KiB, max: 2048 * KiB };
const keyring = { chunkerSecret: new Uint8Array(32).fill(5) };

const entry = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1, nanoseconds: 0 },
  ctime: { seconds: 1, nanoseconds: 0 },
  inode: 1n,
} as const;

/** The bytes of a directory with files of so many chunks each. */
function directoryOf(files: readonly Uint8Array[]): Uint8Array {
  const writer = new TreeWriter();
  for (const [index, fingerprints] of files.entries())
    writer.append({
      ...entry,
      name: Buffer.from(`file ${String(index).padStart(6, '0')}`),
      type: 'file',
      content: { kind: 'file', sizeBytes: 1e9, sparse: false, readable: true, fingerprints },
    });
  return writer.finish().bytes;
}

function cut(bytes: Uint8Array, sizes = chunkBytes): readonly Buffer[] {
  return Array.from(new DirectoryCutter(keyring, { chunkBytes: sizes }).cut(bytes), (chunk) =>
    Buffer.from(chunk),
  );
}

/** One that holds nothing but this one, inline. */
function above(bytes: Uint8Array): Uint8Array {
  const writer = new TreeWriter();
  const summary = { files: 1, directories: 0, bytes: 1e9 };
  const content = { kind: 'directory', summary, tree: { kind: 'inline', bytes } } as const;
  writer.append({ ...entry, name: Buffer.from('directory'), type: 'directory', content });
  return writer.finish().bytes;
}

for (const [where, placed] of [
  ['in it', (bytes: Uint8Array) => bytes],
  ['in directories that lie inline', (bytes: Uint8Array) => above(above(bytes))],
] as const)
  test(`of the fingerprints of a large file ${where} those stay stored that stay the same`, (t) => {
    const fingerprints = seededRandom(t).bytes(32 * 2_000);
    const changed = Buffer.from(fingerprints);
    changed[0]! ^= 1;
    const [before, after] = [fingerprints, changed].map((each) => placed(directoryOf([each])));
    const stays = new Set(cut(before!).map((chunk) => chunk.toString('latin1')));
    assert(stays.size >= 2);
    const chunks = cut(after!);
    assert.equal(chunks.filter((chunk) => !stays.has(chunk.toString('latin1'))).length, 1);
    assert(Buffer.concat(chunks).equals(after!));
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
