import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TreeCursor } from '../format/tree-cursor.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import { deviceNumbers, type EntryStat, entryOf, isRacy, isSparse, isUnchanged } from './entry-stat.ts';

const stat: EntryStat = lstatSync(fileURLToPath(import.meta.url), { bigint: true });

/** What the next backup compares with. */
function cursorOf(stat: EntryStat): TreeCursor {
  const writer = new TreeWriter();
  const sizeBytes = Number(stat.size);
  const fingerprints = new Uint8Array(32);
  const content = { kind: 'file', sizeBytes, sparse: false, readable: true, fingerprints } as const;
  writer.append(entryOf({ name: Buffer.from('x'), type: 'file', stat, attributes: [], content }));
  const cursor = new TreeCursor(writer.finish().bytes, 'a test');
  cursor.next();
  return cursor;
}

function changed(part: Partial<EntryStat>): EntryStat {
  const { mode, uid, gid, dev, ino, nlink, size, blocks, mtimeNs, ctimeNs, rdev } = stat;
  return { mode, uid, gid, dev, ino, nlink, size, blocks, mtimeNs, ctimeNs, rdev, ...part };
}

test('a file is unchanged when nothing that shows a change differs', () => {
  assert.equal(isUnchanged(cursorOf(stat), 'file', stat), true);
  assert.equal(isUnchanged(cursorOf(stat), 'fifo', stat), false);
});

const differences: Readonly<Record<string, Partial<EntryStat>>> = {
  size: { size: stat.size + 1n },
  inode: { ino: stat.ino + 1n },
  'nanosecond of its mtime': { mtimeNs: stat.mtimeNs + 1n },
  'nanosecond of its ctime': { ctimeNs: stat.ctimeNs - 1n },
  'ctime before 1970': { ctimeNs: -stat.ctimeNs },
  mode: { mode: stat.mode ^ 0o100n },
};
for (const [what, part] of Object.entries(differences)) {
  test(`another ${what} is a change`, () => {
    assert.equal(isUnchanged(cursorOf(stat), 'file', changed(part)), false);
    assert.equal(isUnchanged(cursorOf(changed(part)), 'file', changed(part)), true);
  });
}

test('an inode of 64 bits is compared to its last bit', () => {
  const large = changed({ ino: 2n ** 64n - 1n });
  assert.equal(isUnchanged(cursorOf(large), 'file', large), true);
  assert.equal(isUnchanged(cursorOf(large), 'file', changed({ ino: 2n ** 64n - 2n })), false);
});

test('a ctime is racy within the tick of the clock, two seconds where a filesystem keeps seconds', () => {
  const at = (ctimeNs: bigint, mtimeNs = ctimeNs) => changed({ ctimeNs, mtimeNs });
  assert.equal(isRacy(at(1_000_000_001n), 1_010), true);
  assert.equal(isRacy(at(1_000_000_001n), 1_030), false);
  assert.equal(isRacy(at(1_000_000_000n), 2_500), true);
  assert.equal(isRacy(at(1_000_000_000n, 5n), 2_500), false);
  assert.equal(isRacy(at(9_000_000_001n), 1_000), true, 'a ctime in the future');
});

test('holes are seen by the blocks, and device numbers are split as Linux joins them', () => {
  assert.equal(isSparse({ size: 4096n, blocks: 8n }), false);
  assert.equal(isSparse({ size: 4097n, blocks: 8n }), true);
  // gnu_dev_makedev
  const join = (major: bigint, minor: bigint) =>
    ((major & 0xffff_f000n) << 32n) |
    ((major & 0xfffn) << 8n) |
    ((minor & 0xffff_ff00n) << 12n) |
    (minor & 0xffn);
  for (const [major, minor] of [
    [1, 3],
    [259, 1_048_575],
    [0xabcde, 0x12_3456],
    [4095, 255],
  ] as const) {
    assert.deepEqual(deviceNumbers(join(BigInt(major), BigInt(minor))), { major, minor });
  }
});
