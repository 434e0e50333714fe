// A directory's grammar written out by hand, byte for byte, from DESIGN.md: what is right is read, and each trick that a
// hostile manifest could try is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDirectory } from './decode-directory.ts';
import { TreeCursor } from './tree-cursor.ts';
import type { TreeEntry } from './tree-entry.ts';
import { TreeWriter } from './tree-writer.ts';

const damaged = { code: 'damaged' };
const unknown = { code: 'unknown-format' };
const hex = (text: string) => Buffer.from(text.replaceAll(/\s+/g, ''), 'hex');
const read = (text: string): TreeEntry[] => [...decodeDirectory(hex(text), 'a directory')];
const fingerprint = 'ab'.repeat(32);

// type, flags, name, mtime +0, 0 ns, inode 1, ctime +0, 0 ns
const head = (type: string, flags: string, name: string) => {
  const bytes = Buffer.from(name, 'latin1');
  return `${type} ${flags} ${Buffer.of(bytes.length).toString('hex')} ${bytes.toString('hex')} 00 00 01 00 00`;
};
const fifo = (name: string) => head('04', '00', name);

const byHand: readonly (readonly [string, string])[] = [
  ['02', 'two entries'],
  ['01 1b 03 612e63', 'a file with attributes, hard link, another mode and owner: "a.c"'],
  ['a403 e807 01', 'mode 0644, uid 1000, gid 1'],
  ['80c49fd50c 07', 'mtime 1700000000 s, 7 ns'],
  ['8108 03 09', 'inode 1025, ctime 2 s before, 9 ns'],
  ['05 02', 'device 5, two links'],
  ['01 06 757365722e78 01 51', 'one attribute: user.x is "Q"'],
  [`ac02 01 ${fingerprint}`, '300 bytes in one chunk'],
  ['03 00 03 612e64', 'a symlink of the same mode and owner: "a.d"'],
  ['01 00 02 00 00', 'mtime 1 s before, inode 2, ctime the same'],
  ['02 2e2e', 'to ".."'],
];

test('a directory written by hand is read as DESIGN.md says', () => {
  const bytes = hex(byHand.map(([part]) => part).join(''));
  const [first, second, ...others] = decodeDirectory(bytes, 'a directory');
  assert.deepEqual(first, {
    type: 'file',
    name: Buffer.from('a.c'),
    mode: 0o644,
    uid: 1000,
    gid: 1,
    mtime: { seconds: 1_700_000_000, nanoseconds: 7 },
    ctime: { seconds: 1_699_999_998, nanoseconds: 9 },
    inode: 1025n,
    hardLink: { device: 5n, links: 2 },
    extendedAttributes: [{ name: Buffer.from('user.x'), value: Buffer.from('Q') }],
    content: { kind: 'file', sizeBytes: 300, sparse: false, readable: true, fingerprints: hex(fingerprint) },
  });
  assert.deepEqual(second, {
    type: 'symlink',
    name: Buffer.from('a.d'),
    mode: 0o644,
    uid: 1000,
    gid: 1,
    mtime: { seconds: 1_699_999_999, nanoseconds: 0 },
    ctime: { seconds: 1_699_999_999, nanoseconds: 0 },
    inode: 2n,
    content: { kind: 'symlink', target: Buffer.from('..') },
  });
  assert.deepEqual(others, []);
});

test('a directory written by hand is what the writer writes', () => {
  const bytes = hex(byHand.map(([part]) => part).join(''));
  const writer = new TreeWriter();
  for (const entry of decodeDirectory(bytes, 'a directory')) writer.append(entry);
  assert.deepEqual(writer.finish().bytes, bytes);
});

for (const [trick, name] of [
  ['an absolute path', '/etc/passwd'],
  ['a path that climbs', '../x'],
  ['a path through a link', 'link/x'],
  ['the directory itself', '.'],
  ['the directory above', '..'],
  ['a NUL that cuts the name', 'a\0b'],
  ['no name', ''],
] as const) {
  test(`a name cannot be ${trick}`, () => assert.throws(() => read(`01 ${fifo(name)}`), damaged));
}

test('names that only look like tricks are names', () => {
  for (const name of ['...', '..a', '.a', ' ', '\\', '..\\x', '\xff', 'a\n']) {
    assert.deepEqual(read(`01 ${fifo(name)}`)[0]?.name, Buffer.from(name, 'latin1'));
  }
});

test('a name that occurs twice, or out of order, cannot replace what was restored before', () => {
  assert.equal(read(`02 ${fifo('a')} ${fifo('b')}`).length, 2);
  assert.throws(() => read(`02 ${fifo('a')} ${fifo('a')}`), damaged);
  assert.throws(() => read(`02 ${fifo('b')} ${fifo('a')}`), damaged);
  assert.throws(() => read(`02 ${fifo('ab')} ${fifo('a')}`), damaged);
  assert.throws(() => read(`03 ${fifo('a')} ${fifo('c')} ${fifo('b')}`), damaged);
});

test('a count of entries, chunks, attributes or bytes that do not follow is refused', () => {
  assert.throws(() => new TreeCursor(hex('ffffffffffffff0f'), 'a directory'), damaged);
  assert.throws(() => read(`03 ${fifo('a')} ${fifo('b')}`), damaged);
  assert.throws(() => read(`01 ${head('01', '00', 'a')} ffffffffffffff0f ffffffffffffff0f`), damaged);
  assert.throws(() => read(`01 ${head('04', '01', 'a')} ffffffffffffff0f`), damaged);
  assert.throws(() => read(`01 ${head('03', '00', 'a')} ffffffffffffff0f`), damaged);
  assert.throws(() => read(`01 ${head('02', '00', 'a')} 00 00 00 00 ffffffffffffff0f`), damaged);
});

test('bytes behind the last entry are refused', () => {
  assert.throws(() => read(`01 ${fifo('a')} 00`), damaged);
});

test('types and flags of a newer version are named as such', () => {
  assert.throws(() => read(`01 ${head('00', '00', 'a')}`), unknown);
  assert.throws(() => read(`01 ${head('08', '00', 'a')}`), unknown);
  assert.throws(() => read(`01 ${head('04', '40', 'a')}`), unknown);
  assert.throws(() => read(`01 ${head('04', '8001', 'a')}`), unknown);
});

test('what one entry says twice, or says of the wrong type, is refused', () => {
  assert.throws(() => read(`01 04 08 0161 00 00 00 01 00 00`), damaged, 'mode 0 after mode 0');
  assert.throws(() => read(`01 04 10 0161 00 00 00 00 01 00 00`), damaged, 'owner 0:0 after 0:0');
  assert.throws(() => read(`01 ${head('04', '04', 'a')}`), damaged, 'a sparse FIFO');
  assert.throws(() => read(`01 ${head('04', '20', 'a')}`), damaged, 'an unreadable FIFO');
  assert.throws(
    () => read(`01 ${head('02', '02', 'a')} 01 02 00 00 00 00 01 00`),
    damaged,
    'a directory of two names',
  );
  assert.throws(() => read(`01 ${head('04', '02', 'a')} 01 01`), damaged, 'a hard link that is alone');
  assert.throws(() => read(`01 ${head('04', '01', 'a')} 00`), damaged, 'no attributes');
  assert.throws(
    () => read(`01 ${head('04', '01', 'a')} 02 0162 00 0161 00`),
    damaged,
    'attributes out of order',
  );
  assert.throws(() => read(`01 ${head('04', '01', 'a')} 01 020061 00`), damaged, 'an attribute with NUL');
});

test('values out of range are refused', () => {
  assert.throws(() => read(`01 04 08 0161 8020 00 00 01 00 00`), damaged, 'mode 010000');
  assert.throws(() => read(`01 04 10 0161 8080808010 00 00 00 01 00 00`), damaged, 'uid 2^32');
  assert.throws(() => read(`01 04 00 0161 00 8094ebdc03 01 00 00`), damaged, '10^9 ns');
  assert.throws(() => read(`01 04 00 0161 feffffffffffff0f 00 01 00 00`), damaged, '2^52 - 1 s');
  assert.throws(() => read(`01 ${head('05', '00', 'a')} 8080808010 00`), damaged, 'major 2^32');
});

test('a file has chunks when it has bytes, and none when it is empty or was not readable', () => {
  assert.throws(() => read(`01 ${head('01', '00', 'a')} 05 00`), damaged);
  assert.throws(() => read(`01 ${head('01', '00', 'a')} 00 01 ${fingerprint}`), damaged);
  assert.throws(() => read(`01 ${head('01', '00', 'a')} 01 02 ${fingerprint.repeat(2)}`), damaged);
  assert.throws(() => read(`01 ${head('01', '20', 'a')} 05 01 ${fingerprint}`), damaged);
  assert.equal(read(`01 ${head('01', '20', 'a')} 05 00`).length, 1);
});

test('a symlink leads somewhere', () => {
  assert.throws(() => read(`01 ${head('03', '00', 'a')} 00`), damaged);
  assert.throws(() => read(`01 ${head('03', '00', 'a')} 02 6100`), damaged);
});
