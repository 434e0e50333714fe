// Entries of every kind with every odd value, from a seed, for property tests of manifests.

import type { SeededRandom } from '@cairn/world/simulated';
import { secondsHighest } from '../src/format/timestamp.ts';
import {
  type EntryContent,
  type EntryType,
  type ExtendedAttribute,
  entryTypes,
  type Timestamp,
  type TreeEntry,
} from '../src/format/tree-entry.ts';

/** In the order of their names, each once. */
export function generatedEntries(random: SeededRandom, count: number): TreeEntry[] {
  const names = new Map<string, Buffer>();
  while (names.size < count) {
    const name = generatedName(random);
    names.set(name.toString('latin1'), name);
  }
  return [...names.values()].sort(Buffer.compare).map((name) => generatedEntry(random, name));
}

export function generatedEntry(random: SeededRandom, name: Buffer): TreeEntry {
  const type = random.pick(Object.keys(entryTypes) as EntryType[]);
  return {
    type,
    name,
    mode: random.pick([0, 0o644, 0o644, 0o755, 0o4755, 0o7777]),
    uid: random.pick([0, 0, 1000, 0xffff_ffff]),
    gid: random.pick([0, 1000, 1000]),
    mtime: generatedTime(random),
    ctime: generatedTime(random),
    inode: random.pick([0n, 127n, 128n, 1_234_567n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n]),
    ...(type !== 'directory' && random.chance(0.2)
      ? { hardLink: { device: random.pick([1n, 2n ** 60n]), links: random.between({ min: 2, max: 300 }) } }
      : {}),
    ...(random.chance(0.2) ? { extendedAttributes: generatedAttributes(random) } : {}),
    content: generatedContent(random, type),
  };
}

function generatedName(random: SeededRandom): Buffer {
  const length = random.pick([1, 2, 3, 8, 8, 20, 20, 255, 300]);
  const name = Buffer.from(random.bytes(length).map((byte) => (byte === 0 || byte === 0x2f ? 0x2e : byte)));
  if (random.chance(0.7)) for (const [i, byte] of name.entries()) name[i] = 0x61 + (byte % 26);
  const text = name.toString('latin1');
  return text === '.' || text === '..' ? Buffer.from('...') : name;
}

function generatedTime(random: SeededRandom): Timestamp {
  const near = 1_700_000_000 + random.integer(1_000);
  return {
    seconds: random.pick([0, -1, near, near, near, secondsHighest, -secondsHighest]),
    nanoseconds: random.pick([0, 1, 999_999_999, random.integer(1_000_000_000)]),
  };
}

function generatedAttributes(random: SeededRandom): ExtendedAttribute[] {
  const names = ['security.selinux', 'system.posix_acl_access', 'user.empty', 'user.\xff'].slice(
    random.integer(4),
  );
  return names.map((name) => ({
    name: Buffer.from(name, 'latin1'),
    value: random.bytes(random.pick([0, 1, 200])),
  }));
}

function generatedContent(random: SeededRandom, type: EntryType): EntryContent {
  switch (type) {
    case 'file':
      return generatedFile(random);
    case 'directory':
      return generatedDirectory(random);
    case 'symlink':
      return {
        kind: 'symlink',
        target: Buffer.from(random.pick(['a', '../../etc/passwd', '/', '\xff\xfe']), 'latin1'),
      };
    case 'character-device':
    case 'block-device':
      return { kind: 'device', major: random.pick([0, 8, 0xffff_ffff]), minor: random.integer(300) };
    default:
      return { kind: 'none' };
  }
}

function generatedFile(random: SeededRandom): EntryContent {
  const readable = random.chance(0.9);
  const sizeBytes = random.pick([0, 1, 127, 128, 1_000_000, Number.MAX_SAFE_INTEGER]);
  const chunks = !readable || sizeBytes === 0 ? 0 : Math.min(sizeBytes, random.pick([1, 2, 9]));
  return {
    kind: 'file',
    sizeBytes,
    sparse: random.chance(0.1),
    readable,
    fingerprints: random.bytes(chunks * 32),
  };
}

function generatedDirectory(random: SeededRandom): EntryContent {
  const summary = {
    files: random.integer(200),
    directories: random.integer(3),
    bytes: random.integer(2 ** 40),
  };
  if (random.chance(0.5)) {
    return {
      kind: 'directory',
      summary,
      tree: { kind: 'inline', bytes: random.bytes(1 + random.integer(200)) },
    };
  }
  const fingerprints = random.bytes(32 * (1 + random.integer(3)));
  return { kind: 'directory', summary, tree: { kind: 'chunks', fingerprints, lengthBytes: 70_000 } };
}
