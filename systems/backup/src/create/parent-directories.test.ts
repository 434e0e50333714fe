import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TreeEntry, TreeReference } from '../format/tree-entry.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import { ParentDirectories, type StoredDirectory } from './parent-directories.ts';

const chunks = new Map<string, Uint8Array>();
const zero = { seconds: 0, nanoseconds: 0 };

function directoryEntry(name: string, tree: TreeReference): TreeEntry {
  const summary = { files: 0, directories: 0, bytes: 0 };
  const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: zero, ctime: zero, inode: 1n };
  const content = { kind: 'directory', summary, tree } as const;
  return { type: 'directory', name: Buffer.from(name), ...metadata, content };
}

function bytesWith(directories: Readonly<Record<string, TreeReference>>): Uint8Array {
  const writer = new TreeWriter();
  for (const [name, tree] of Object.entries(directories)) writer.append(directoryEntry(name, tree));
  return writer.finish().bytes;
}

/** Stored as chunks of `pieceBytes`. */
function stored(bytes: Uint8Array, pieceBytes = bytes.length): StoredDirectory {
  const fingerprints: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    const fingerprint = createHash('sha256').update(piece).digest();
    chunks.set(fingerprint.toString('hex'), piece);
    fingerprints.push(fingerprint);
  }
  return { kind: 'chunks', fingerprints: Buffer.concat(fingerprints), lengthBytes: bytes.length };
}

function leaf(text: string): StoredDirectory {
  return stored(Buffer.concat([bytesWith({ [text]: { kind: 'inline', bytes: Uint8Array.of(0) } })]));
}

function answer(parents: ParentDirectories, fingerprints: readonly Uint8Array[]): void {
  parents.accept(
    fingerprints.map((fingerprint) => ({
      fingerprint,
      bytes: chunks.get(Buffer.from(fingerprint).toString('hex')),
    })),
  );
}

test('directories are wanted ahead in the order in which the walk comes to them, those in inline ones too', () => {
  const [a, b, c, deep] = [leaf('a'), leaf('b'), leaf('c'), leaf('deep')];
  const first = stored(bytesWith({ deep, z: { kind: 'inline', bytes: bytesWith({ b }) } }));
  const root = stored(bytesWith({ a, first, zc: c }));
  const parents = new ParentDirectories(root);
  assert.equal(parents.take(root), 'waiting');
  answer(parents, parents.wanted());
  assert.deepEqual(
    parents.wanted(),
    [a, first, c].map(({ fingerprints }) => Uint8Array.from(fingerprints)),
  );
  answer(parents, [first.fingerprints]);
  assert.deepEqual(
    parents.wanted(),
    [deep, b].map(({ fingerprints }) => Uint8Array.from(fingerprints)),
  );
  answer(
    parents,
    [deep, b, c, a].map(({ fingerprints }) => fingerprints),
  );
  for (const directory of [root, a, first, deep, b, c]) {
    assert.deepEqual(
      Buffer.from(parents.take(directory) as Uint8Array),
      Buffer.from(chunks.get(hexOf(directory))!),
    );
  }
});

test('no more than sixteen are held or under way, and those that the walk passes by make room', () => {
  const many = Array.from({ length: 40 }, (_, i) => leaf(`${i}`));
  const root = stored(bytesWith(Object.fromEntries(many.map((tree, i) => [`d${10 + i}`, tree]))));
  const parents = new ParentDirectories(root);
  answer(parents, parents.wanted());
  assert.ok(parents.take(root) instanceof Uint8Array);
  assert.equal(parents.wanted().length, 16);
  assert.equal(parents.wanted().length, 0);
  answer(
    parents,
    many.slice(0, 16).map(({ fingerprints }) => fingerprints),
  );
  assert.equal(parents.take(many[30]!), 'waiting');
  assert.deepEqual(parents.wanted().length, 10);
  answer(parents, [many[30]!.fingerprints]);
  assert.ok(parents.take(many[30]!) instanceof Uint8Array);
});

test('a directory of several chunks is there when all are, and lost when one is', () => {
  const bytes = bytesWith({ x: { kind: 'inline', bytes: Uint8Array.of(0) } });
  const root = stored(bytes, 10);
  const parents = new ParentDirectories(root);
  const wanted = parents.wanted();
  answer(parents, wanted.slice(1));
  assert.equal(parents.take(root), 'waiting');
  answer(parents, wanted.slice(0, 1));
  assert.deepEqual(parents.take(root), Buffer.from(bytes));
  const lossy = new ParentDirectories(root);
  lossy.accept(lossy.wanted().map((fingerprint) => ({ fingerprint, bytes: undefined })));
  assert.equal(lossy.take(root), 'lost');
});

test('one that a newer version wrote is lost, and counted', () => {
  const root = stored(Uint8Array.of(1, 99, 0, 1, 120, 0, 0, 0, 0, 0, 0, 0));
  const parents = new ParentDirectories(root);
  answer(parents, parents.wanted());
  assert.equal(parents.take(root), 'lost');
  assert.equal(parents.notUnderstood, 1);
});

function hexOf({ fingerprints }: StoredDirectory): string {
  return Buffer.from(fingerprints).toString('hex');
}
