import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { assertSameTree } from '../../../test/compare-trees.ts';
import {
  bytesOf,
  directory,
  file,
  type SampleEntry,
  special,
  symlink,
} from '../../../test/sample-manifest.ts';
import { sampleRepository } from '../../../test/sample-repository.ts';
import { restoreSnapshot } from '../restore-snapshot.ts';
import { dumpFile } from './dump-file.ts';
import { dumpTree } from './dump-tree.ts';

const tar = findProgram('tar');
const skip = tar ? false : 'tar is needed';
const isRoot = process.getuid?.() === 0;
const owner = isRoot ? {} : { uid: process.getuid!(), gid: process.getgid!() };
const linked = { inode: 9n, hardLink: { device: 1n, links: 2 } };

const sample: readonly SampleEntry[] = [
  directory(
    'tree',
    [
      file('file', 'contents', { mode: 0o640, ...owner }),
      file('empty', '', owner),
      file('large', [new Uint8Array(3_000_000).fill(7), new Uint8Array(2_000_001).fill(8)], owner),
      file('n'.repeat(200), 'a long name', owner),
      file(Uint8Array.of(0xff, 0xfe, 0x61), 'not UTF-8', owner),
      file('Käse', 'k', { ...owner, mtime: { seconds: -5, nanoseconds: 250_000_000 } }),
      file('a-linked', 'linked', { ...owner, ...linked }),
      file('b-linked', 'linked', { ...owner, ...linked }),
      symlink('symlink', `${'t'.repeat(150)}/target`, owner),
      special('fifo', 'fifo', owner),
      directory('d', [file('below', 'x', owner), directory('deeper', [], owner)], { mode: 0o700, ...owner }),
      file('noted', 'x', {
        ...owner,
        extendedAttributes: [{ name: bytesOf('user.note'), value: Uint8Array.of(0, 10, 61, 255) }],
      }),
      ...(isRoot
        ? [
            special('device', 'character-device'),
            file('owned', '', { uid: 3_000_000, gid: 4_000_000_000, mode: 0o4755 }),
          ]
        : []),
    ],
    owner,
  ),
];

async function archive(children: readonly SampleEntry[], path: string): Promise<Buffer> {
  const { repository, add } = await sampleRepository();
  try {
    return Buffer.concat(await Array.fromAsync(dumpTree(repository, await add(children), bytesOf(path))));
  } finally {
    await repository.close();
  }
}

async function unpacked(t: TestContext, bytes: Buffer): Promise<string> {
  const folder = join(await temporaryDirectory(t), 'unpacked');
  mkdirSync(folder);
  execFileSync(tar!, ['-xp', '--xattrs', '--xattrs-include=*', '--numeric-owner', '-C', folder], {
    input: bytes,
  });
  return folder;
}

test('GNU tar unpacks what a restore writes', { skip }, async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const restored = join(await temporaryDirectory(t), 'restored');
  const { named } = await restoreSnapshot(repository, await add(sample), { target: restored });
  assert.deepEqual(named, []);
  assertSameTree(restored, await unpacked(t, await archive(sample, '/')));
});

test('GNU tar finds nothing to say about an archive', { skip }, async () => {
  const listed = spawnSync(tar!, ['-tv'], { input: await archive(sample, '/tree'), encoding: 'utf8' });
  assert.equal(listed.stderr, '');
  assert.match(listed.stdout, /tree\/d\/below\n/);
});

test('a directory below is archived under its path', { skip }, async (t) => {
  const folder = await unpacked(t, await archive(sample, '/tree/d'));
  assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), [
    'tree',
    'tree/d',
    'tree/d/below',
    'tree/d/deeper',
  ]);
});

test('sockets are left out', { skip }, async (t) => {
  const folder = await unpacked(
    t,
    await archive([special('socket', 'socket', owner), file('a', 'a', owner)], '/'),
  );
  assert.deepEqual(readdirSync(folder), ['a']);
});

test('an archive of many small files is as bsdtar and GNU tar want it: whole blocks', async () => {
  const many = Array.from({ length: 2500 }, (_, at) => file(`f${at}`, `${at}`.repeat(at % 300)));
  const bytes = await archive(many, '/');
  assert.equal(bytes.length % 512, 0);
  assert.ok(bytes.subarray(-1024).every((byte) => byte === 0));
});

test('a file is dumped as its bytes', async () => {
  const { repository, add } = await sampleRepository();
  const snapshot = await add(sample);
  const dumped = await Array.fromAsync(dumpFile(repository, snapshot, bytesOf('/tree/large')));
  assert.equal(Buffer.concat(dumped).length, 5_000_001);
  await assert.rejects(Array.fromAsync(dumpFile(repository, snapshot, bytesOf('/tree/none'))), {
    code: 'no-path',
  });
  await assert.rejects(Array.fromAsync(dumpFile(repository, snapshot, bytesOf('/tree/d'))), {
    code: 'invalid-argument',
  });
  await assert.rejects(Array.fromAsync(dumpTree(repository, snapshot, bytesOf('/tree/file'))), {
    code: 'invalid-argument',
  });
  await repository.close();
});

test('a file that is hurt is named', async () => {
  const { repository, add } = await sampleRepository();
  const lost = new Uint8Array(1000).fill(3);
  const snapshot = await add([file('a', 'a'), file('hurt', [lost])], { without: (chunk) => chunk === lost });
  await assert.rejects(Array.fromAsync(dumpTree(repository, snapshot, bytesOf('/'))), /dump \/hurt/);
  await repository.close();
});

test('a file that has other bytes than its entry says ends the archive before they are taken for headers', async () => {
  const hidden = Buffer.alloc(512, 'header');
  const children = [directory('d', [file('liar', [Buffer.alloc(512), hidden], { sizeBytes: 512 })])];
  const { repository, add } = await sampleRepository();
  const archived: Uint8Array[] = [];
  try {
    await assert.rejects(
      async () => {
        for await (const bytes of dumpTree(repository, await add(children), bytesOf('/d')))
          archived.push(bytes);
      },
      { code: 'damaged', message: /more bytes than the 512/ },
    );
    assert.equal(Buffer.concat(archived).includes('header'), false);
    const dump = async () => Array.fromAsync(dumpFile(repository, await add(children), bytesOf('/d/liar')));
    await assert.rejects(dump, { code: 'damaged', message: /1024 bytes, its entry says 512/ });
  } finally {
    await repository.close();
  }
});
