// The values behind `testdata/known-objects.json`: one object of each kind, with secrets that everybody may know.

import type { RepositoryConfig } from '../src/format/repository-config.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import type { TreeEntry } from '../src/format/tree-entry.ts';
import type { PackSummary } from '../src/packing/sealed-pack.ts';

const filled = (byte: number, length = 32) => Buffer.alloc(length, byte);

export const id = '00112233445566778899aabbccddeeff';
export const packId = 'c0'.repeat(32);
export const rootKey = filled(0x11);
export const salt = Uint8Array.from(filled(0x22));
export const keyring = {
  epochs: new Map([
    [1, filled(0x33)],
    [2, filled(0x44)],
  ]),
  current: 2,
  fingerprintKey: filled(0x55),
  chunkerSecret: filled(0x66),
};

export const config: RepositoryConfig = {
  version: 1,
  id,
  created: '2026-03-01T12:00:00Z',
  fingerprint: 'blake3',
  cipher: 'chacha20-poly1305',
  compressionLevel: 3,
  chunkBytes: { min: 131_072, average: 524_288, max: 2_097_152 },
  packBytes: 33_554_432,
  concurrency: 'optimistic',
  leaseMs: 1_800_000,
};

export const session = { purpose: 'create', host: 'elm', user: 'ann', started: '2026-03-01T12:00:00.5Z' };

export const snapshot: Snapshot = {
  kind: 'snapshot',
  id,
  time: '2026-03-01T12:00:00.123456789Z',
  host: 'elm',
  user: 'ann',
  paths: ['/home/ann', 'raw:/caf%e9'],
  tags: ['weekly'],
  excludes: ['*.o'],
  parent: 'ffeeddccbbaa99887766554433221100',
  root: { kind: 'chunks', fingerprints: filled(0xab, 64), lengthBytes: 70_000 },
  users: { '1000': 'ann' },
  groups: { '100': 'users' },
  summary: {
    files: 10,
    directories: 2,
    bytes: 2 ** 40,
    filesNew: 3,
    filesChanged: 1,
    filesUnmodified: 6,
    errors: 0,
    chunksNew: 4,
    bytesAdded: 5_000,
    durationMs: 1_500,
  },
  program: 'cairn 0.1.0',
};

export const packs: readonly PackSummary[] = [
  {
    id: packId,
    type: 'data',
    sizeBytes: 1_000,
    epoch: 2,
    salt: Uint8Array.from(salt),
    entryCount: 2,
    entries: Buffer.concat([
      filled(0xab),
      Buffer.from('ac02c901', 'hex'),
      filled(0xef),
      Buffer.from('050a', 'hex'),
    ]),
  },
  {
    id: packId,
    type: 'manifest',
    sizeBytes: 80,
    epoch: 1,
    salt: Uint8Array.from(salt),
    entryCount: 0,
    entries: Buffer.alloc(0),
  },
];

export const directory: readonly TreeEntry[] = [
  entry('.profile', 'file', {
    content: { kind: 'file', sizeBytes: 300, sparse: false, readable: true, fingerprints: filled(0xab) },
    extendedAttributes: [{ name: Buffer.from('user.x'), value: Buffer.from('Q') }],
  }),
  entry('caf\xe9', 'symlink', { content: { kind: 'symlink', target: Buffer.from('\xff/..', 'latin1') } }),
  entry('dev', 'block-device', { content: { kind: 'device', major: 8, minor: 300 }, uid: 0, gid: 6 }),
  entry('dir', 'directory', {
    mode: 0o1777,
    content: {
      kind: 'directory',
      summary: { files: 1, directories: 0, bytes: 7 },
      tree: { kind: 'inline', bytes: Buffer.of(0) },
    },
  }),
  entry('fifo', 'fifo', { mtime: { seconds: -1, nanoseconds: 999_999_999 } }),
  entry('huge', 'directory', {
    content: {
      kind: 'directory',
      summary: { files: 100_000, directories: 5, bytes: Number.MAX_SAFE_INTEGER },
      tree: { kind: 'chunks', fingerprints: filled(0xcd, 64), lengthBytes: 8_000_000 },
    },
  }),
  entry('linked', 'file', {
    inode: 2n ** 64n - 1n,
    hardLink: { device: 2n ** 60n, links: 2 },
    content: {
      kind: 'file',
      sizeBytes: 2 ** 40,
      sparse: true,
      readable: true,
      fingerprints: filled(0xef, 96),
    },
  }),
  entry('locked', 'file', {
    mode: 0,
    content: { kind: 'file', sizeBytes: 9, sparse: false, readable: false, fingerprints: Buffer.alloc(0) },
  }),
  entry('null', 'character-device', { content: { kind: 'device', major: 1, minor: 3 } }),
  entry('socket', 'socket', {}),
];

function entry(name: string, type: TreeEntry['type'], more: Partial<TreeEntry>): TreeEntry {
  return {
    type,
    name: Buffer.from(name, 'latin1'),
    mode: 0o640,
    uid: 1000,
    gid: 100,
    mtime: { seconds: 1_700_000_000, nanoseconds: 123_456_789 },
    ctime: { seconds: 1_700_000_002, nanoseconds: 0 },
    inode: 4_711n,
    content: { kind: 'none' },
    ...more,
  };
}
