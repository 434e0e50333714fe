// Directories written, read, and copied entry by entry, over entries of every kind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedEntries } from '../../test/generated-entries.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { decodeDirectory } from './decode-directory.ts';
import { TreeCursor } from './tree-cursor.ts';
import type { TreeEntry } from './tree-entry.ts';
import { TreeWriter } from './tree-writer.ts';

const assertion = { name: 'AssertionError' };

function encode(entries: readonly TreeEntry[]): Buffer {
  const writer = new TreeWriter();
  for (const entry of entries) writer.append(entry);
  return writer.finish().bytes;
}

function file(name: string, more: Partial<TreeEntry> = {}): TreeEntry {
  return {
    type: 'file',
    name: Buffer.from(name),
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: { seconds: 100, nanoseconds: 0 },
    ctime: { seconds: 100, nanoseconds: 0 },
    inode: 1n,
    content: { kind: 'file', sizeBytes: 0, sparse: false, readable: true, fingerprints: Buffer.alloc(0) },
    ...more,
  };
}

/** With buffers as buffers, so that views compare equal. */
function plain(entries: Iterable<TreeEntry>): unknown {
  const asHex = (_: string, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  };
  const bare = [...entries].map((entry) => JSON.stringify({ ...entry }, bufferless(asHex)));
  return bare.map((text) => JSON.parse(text));
}

// JSON.stringify calls Buffer's toJSON before the replacer sees it: the holder still has the buffer.
function bufferless(replace: (name: string, value: unknown) => unknown) {
  return function (this: unknown, name: string, value: unknown): unknown {
    const held = (this as Record<string, unknown>)[name];
    return replace(name, held instanceof Uint8Array ? held : value);
  };
}

test('any directory is read as it was written', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 200; round += 1) {
    const entries = generatedEntries(random, random.integer(30));
    const bytes = encode(entries);
    assert.deepEqual(plain(decodeDirectory(bytes, 'a directory')), plain(entries));
  }
});

test('an empty directory is one byte', () => {
  assert.deepEqual(encode([]), Buffer.of(0));
  assert.deepEqual([...decodeDirectory(Buffer.of(0), 'a directory')], []);
});

test('entries copied from anywhere give the bytes that appending them gives', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 200; round += 1) {
    const entries = generatedEntries(random, 1 + random.integer(20));
    const cursor = new TreeCursor(encode(entries), 'a directory');
    const writer = new TreeWriter();
    const kept: TreeEntry[] = [];
    for (const entry of entries) {
      cursor.next();
      const fate = random.pick(['copy', 'copy', 'append', 'drop']);
      if (fate === 'copy') writer.appendFrom(cursor);
      if (fate === 'append') writer.append(entry);
      if (fate !== 'drop') kept.push(entry);
    }
    const appended = new TreeWriter();
    for (const entry of kept) appended.append(entry);
    assert.deepEqual(writer.finish(), appended.finish());
  }
});

test('a writer starts anew after each directory', () => {
  const writer = new TreeWriter();
  writer.append(file('a', { mode: 0o755, uid: 7, gid: 8 }));
  const first = writer.finish();
  writer.append(file('a', { mode: 0o755, uid: 7, gid: 8 }));
  assert.deepEqual(writer.finish(), first);
  assert.equal(writer.count, 0);
});

test('a summary counts all entries but directories as files, and what lies below', () => {
  const writer = new TreeWriter();
  const fingerprints = Buffer.alloc(32);
  writer.append(
    file('a', { content: { kind: 'file', sizeBytes: 7, sparse: false, readable: true, fingerprints } }),
  );
  writer.append(file('b', { type: 'fifo', content: { kind: 'none' } }));
  const summary = { files: 10, directories: 2, bytes: 1000 };
  const tree = { kind: 'inline', bytes: Buffer.of(0) } as const;
  writer.append(file('c', { type: 'directory', content: { kind: 'directory', summary, tree } }));
  const written = writer.finish();
  assert.deepEqual(written.summary, { files: 12, directories: 3, bytes: 1007 });

  const cursor = new TreeCursor(written.bytes, 'a directory');
  while (cursor.next()) writer.appendFrom(cursor);
  assert.deepEqual(writer.finish(), written);
});

test('sizes that claim more than 2^53 bytes together stay there', () => {
  const writer = new TreeWriter();
  const fingerprints = Buffer.alloc(32);
  const sizeBytes = Number.MAX_SAFE_INTEGER;
  const content = { kind: 'file', sizeBytes, sparse: true, readable: true, fingerprints } as const;
  writer.append(file('a', { content }));
  writer.append(file('b', { content }));
  assert.equal(writer.finish().summary.bytes, Number.MAX_SAFE_INTEGER);
});

test('a cursor compares names by their bytes', () => {
  const names = ['a', 'a\u00e4', 'ab', 'b', '\u{1f600}', '\uffff']
    .map((name) => Buffer.from(name))
    .sort(Buffer.compare);
  for (const name of names) {
    const cursor = new TreeCursor(encode([file(name.toString())]), 'a directory');
    assert(cursor.next());
    for (const other of names) {
      assert.equal(Math.sign(cursor.compareName(other)), Buffer.compare(name, other));
    }
  }
});

test('what has no chunks has none at the cursor, whatever stood before it', () => {
  const fingerprints = Buffer.alloc(32, 1);
  const content = { kind: 'file', sizeBytes: 5, sparse: false, readable: true, fingerprints } as const;
  const link = { kind: 'symlink', target: Buffer.from('a') } as const;
  const bytes = encode([
    file('a', { content }),
    file('b', { type: 'symlink', content: link }),
    file('c', { type: 'fifo', content: { kind: 'none' } }),
    file('d'),
  ]);
  const cursor = new TreeCursor(bytes, 'a directory');
  const lengths: number[] = [];
  while (cursor.next()) lengths.push(cursor.fingerprints().length);
  assert.deepEqual(lengths, [32, 0, 0, 0]);
});

test('an entry that nobody could read is a bug of the writer', () => {
  const bad: Partial<TreeEntry>[] = [
    { name: Buffer.from('') },
    { name: Buffer.from('.') },
    { name: Buffer.from('..') },
    { name: Buffer.from('a/b') },
    { name: Buffer.from('a\0') },
    { name: Buffer.alloc(4096, 0x61) },
    { mode: 0o10000 },
    { uid: -1 },
    { gid: 2 ** 32 },
    { mtime: { seconds: 0.5, nanoseconds: 0 } },
    { ctime: { seconds: 0, nanoseconds: 1_000_000_000 } },
    { inode: -1n },
    { type: 'fifo' },
    { hardLink: { device: 1n, links: 1 } },
    { content: { kind: 'file', sizeBytes: 5, sparse: false, readable: true, fingerprints: Buffer.alloc(0) } },
    {
      content: { kind: 'file', sizeBytes: 0, sparse: false, readable: true, fingerprints: Buffer.alloc(32) },
    },
    {
      content: { kind: 'file', sizeBytes: 9, sparse: false, readable: false, fingerprints: Buffer.alloc(32) },
    },
    {
      content: { kind: 'file', sizeBytes: 9, sparse: false, readable: true, fingerprints: Buffer.alloc(33) },
    },
    { type: 'symlink', content: { kind: 'symlink', target: Buffer.alloc(0) } },
    { type: 'symlink', content: { kind: 'symlink', target: Buffer.from('a\0b') } },
    { extendedAttributes: ['b', 'a'].map((name) => ({ name: Buffer.from(name), value: Buffer.alloc(0) })) },
    { extendedAttributes: ['a', 'a'].map((name) => ({ name: Buffer.from(name), value: Buffer.alloc(0) })) },
    { extendedAttributes: [{ name: Buffer.alloc(0), value: Buffer.alloc(0) }] },
  ];
  for (const more of bad)
    assert.throws(() => encode([file('a', more)]), assertion, JSON.stringify(Object.keys(more)));
});

test('entries out of order, or two of one name, are a bug of the writer', () => {
  assert.throws(() => encode([file('b'), file('a')]), assertion);
  assert.throws(() => encode([file('a'), file('a')]), assertion);
  assert.throws(() => encode([file('ab'), file('a')]), assertion);
});
