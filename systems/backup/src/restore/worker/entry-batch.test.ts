import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeededRandom } from '@cairn/world/simulated';
import { seededRandom } from '../../../test/seeded-random.ts';
import { type EntryType, entryTypes, type TreeEntry } from '../../format/tree-entry.ts';
import { type BatchEntry, type EntryAction, packEntries, unpackEntries } from './entry-batch.ts';

const types = Object.keys(entryTypes) as EntryType[];
const actions: readonly EntryAction[] = ['create', 'replace', 'describe'];

test('entries come out of a batch as they went in', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 100; round += 1) {
    const entries = Array.from({ length: random.integer(50) }, () => randomEntry(random));
    const batch = structuredClone(packEntries(entries));
    const unpacked = Array.from(unpackEntries(batch), (entry) => ({
      ...entry,
      directory: batch.directories[entry.directory],
      chunks: Array.from(entry.chunks),
    }));
    assert.deepEqual(unpacked, entries.map(expected));
  }
});

test('neighbours of one directory name it once', (t) => {
  const random = seededRandom(t);
  const directory = Uint8Array.of(97);
  const entries = Array.from({ length: 9 }, () => ({ ...randomEntry(random), directory }));
  assert.equal(packEntries(entries).directories.length, 1);
});

test('a batch does not carry the memory that its entries look into', (t) => {
  const memory = new Uint8Array(1_000_000);
  const entry = { ...randomEntry(seededRandom(t)).entry, name: memory.subarray(5, 9) };
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

function randomEntry(random: SeededRandom): BatchEntry {
  const type = types[random.integer(types.length)]!;
  const entry: TreeEntry = {
    type,
    name: randomBytes(random, 1 + random.integer(9)),
    mode: random.integer(0o10000),
    uid: random.integer(2 ** 32),
    gid: random.integer(2 ** 32),
    mtime: { seconds: random.integer(2 ** 33) - 2 ** 32, nanoseconds: random.integer(1e9) },
    ctime: { seconds: 0, nanoseconds: 0 },
    inode: 1n,
    ...(type !== 'directory' && random.integer(4) === 0 && { hardLink: { device: 1n, links: 2 } }),
    ...(random.integer(4) === 0 && {
      extendedAttributes: [{ name: randomBytes(random, 3), value: randomBytes(random, random.integer(5)) }],
    }),
    content: randomContent(random, type),
  };
  return {
    entry,
    directory: randomBytes(random, random.integer(4)),
    action: actions[random.integer(3)]!,
    chunks: Array.from({ length: random.integer(4) }, () => random.integer(2 ** 32)),
  };
}

function randomContent(random: SeededRandom, type: EntryType): TreeEntry['content'] {
  switch (type) {
    case 'file':
      return {
        kind: 'file',
        sizeBytes: random.integer(2 ** 48),
        sparse: random.integer(2) === 0,
        readable: true,
        fingerprints: new Uint8Array(),
      };
    case 'symlink':
      return { kind: 'symlink', target: randomBytes(random, 1 + random.integer(9)) };
    case 'directory':
      return {
        kind: 'directory',
        summary: { files: 0, directories: 0, bytes: 0 },
        tree: { kind: 'inline', bytes: new Uint8Array() },
      };
    case 'character-device':
    case 'block-device':
      return { kind: 'device', major: random.integer(2 ** 32), minor: random.integer(2 ** 32) };
    default:
      return { kind: 'none' };
  }
}

function randomBytes(random: SeededRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => 1 + random.integer(255));
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
