import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, type TestRandom } from '../../../test/seeded-random.ts';
import { type EntryType, entryTypes, type TreeEntry } from '../../format/tree-entry.ts';
import { type BatchEntry, type EntryAction, packEntries, unpackEntries } from './entry-batch.ts';

const types = Object.keys(entryTypes) as EntryType[];
const actions: readonly EntryAction[] = ['create', 'replace', 'describe'];

test('entries come out of a batch as they went in', (t) => {
  const random = seededRandom();
  t.diagnostic(`seed ${random.seed}`);
  for (let round = 0; round < 100; round += 1) {
    const entries = Array.from({ length: random.below(50) }, () => randomEntry(random));
    const batch = structuredClone(packEntries(entries));
    const unpacked = Array.from(unpackEntries(batch), (entry) => ({
      ...entry,
      directory: batch.directories[entry.directory],
      chunks: Array.from(entry.chunks),
    }));
    assert.deepEqual(unpacked, entries.map(expected));
  }
});

test('neighbours of one directory name it once', () => {
  const random = seededRandom();
  const directory = Uint8Array.of(97);
  const entries = Array.from({ length: 9 }, () => ({ ...randomEntry(random), directory }));
  assert.equal(packEntries(entries).directories.length, 1);
});

test('a batch does not carry the memory that its entries look into', () => {
  const memory = new Uint8Array(1_000_000);
  const entry = { ...randomEntry(seededRandom()).entry, name: memory.subarray(5, 9) };
  const attributes = [{ name: memory.subarray(0, 4), value: memory.subarray(9, 12) }];
  const item = {
    entry: { ...entry, extendedAttributes: attributes },
    directory: new Uint8Array(),
    action: 'create',
    chunks: [],
  } as const;
  const batch = packEntries([item]);
  const buffers = [
    batch.bytes,
    ...batch.attributes.flatMap(({ list }) => list.flatMap(({ name, value }) => [name, value])),
  ];
  assert.ok(buffers.every(({ buffer, byteLength }) => buffer.byteLength === byteLength));
});

function randomEntry(random: TestRandom): BatchEntry {
  const type = types[random.below(types.length)]!;
  const entry: TreeEntry = {
    type,
    name: randomBytes(random, 1 + random.below(9)),
    mode: random.below(0o10000),
    uid: random.below(2 ** 32),
    gid: random.below(2 ** 32),
    mtime: { seconds: random.below(2 ** 33) - 2 ** 32, nanoseconds: random.below(1e9) },
    ctime: { seconds: 0, nanoseconds: 0 },
    inode: 1n,
    ...(type !== 'directory' && random.below(4) === 0 && { hardLink: { device: 1n, links: 2 } }),
    ...(random.below(4) === 0 && {
      extendedAttributes: [{ name: randomBytes(random, 3), value: randomBytes(random, random.below(5)) }],
    }),
    content: randomContent(random, type),
  };
  return {
    entry,
    directory: randomBytes(random, random.below(4)),
    action: actions[random.below(3)]!,
    chunks: Array.from({ length: random.below(4) }, () => random.below(2 ** 32)),
  };
}

function randomContent(random: TestRandom, type: EntryType): TreeEntry['content'] {
  switch (type) {
    case 'file':
      return {
        kind: 'file',
        sizeBytes: random.below(2 ** 48),
        sparse: random.below(2) === 0,
        readable: true,
        fingerprints: new Uint8Array(),
      };
    case 'symlink':
      return { kind: 'symlink', target: randomBytes(random, 1 + random.below(9)) };
    case 'directory':
      return {
        kind: 'directory',
        summary: { files: 0, directories: 0, bytes: 0 },
        tree: { kind: 'inline', bytes: new Uint8Array() },
      };
    case 'character-device':
    case 'block-device':
      return { kind: 'device', major: random.below(2 ** 32), minor: random.below(2 ** 32) };
    default:
      return { kind: 'none' };
  }
}

function randomBytes(random: TestRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => 1 + random.below(255));
}

function expected({ entry, directory, action, chunks }: BatchEntry, at: number) {
  const { content } = entry;
  return {
    type: entry.type,
    at,
    directory,
    name: Uint8Array.of(...entry.name, 0),
    target: Uint8Array.of(...(content.kind === 'symlink' ? content.target : []), 0),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: entry.mtime,
    sizeBytes: content.kind === 'file' ? content.sizeBytes : 0,
    sparse: content.kind === 'file' && content.sparse,
    hardLink: entry.hardLink !== undefined,
    action,
    major: content.kind === 'device' ? content.major : 0,
    minor: content.kind === 'device' ? content.minor : 0,
    attributes: entry.extendedAttributes ?? [],
    chunks: [...chunks],
  };
}
