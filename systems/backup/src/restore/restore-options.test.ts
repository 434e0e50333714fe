// What the options of a restore do.

import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { bytesOf, directory, file, type SampleEntry, sampleTime } from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { pathText } from '../manifest/path-text.ts';
import type { RestoreOptions } from './restore-options.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

async function restore(
  t: TestContext,
  children: readonly SampleEntry[],
  options: Partial<RestoreOptions>,
  target?: string,
) {
  const { repository, add } = await sampleRepository();
  const folder = target ?? (await temporaryDirectory(t));
  try {
    const result = await restoreSnapshot(repository, await add(children), { target: folder, ...options });
    return {
      result,
      target: folder,
      found: readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort(),
    };
  } finally {
    await repository.close();
  }
}

const home = [
  directory('home', [
    directory('ann', [file('a.txt', 'a'), file('b.md', 'b'), directory('deep', [file('c.txt', 'c')])]),
    directory('bob', [file('d.txt', 'd')]),
  ]),
  file('top.txt', 'top'),
];

test('what is included comes with the directories that lead to it, and they keep their metadata', async (t) => {
  const { found, target } = await restore(t, home, { includes: ['/home/ann/deep'] });
  assert.deepEqual(found, ['home', 'home/ann', 'home/ann/deep', 'home/ann/deep/c.txt']);
  assert.equal(Math.floor(statSync(join(target, 'home/ann')).mtimeMs / 1000), sampleTime.seconds);
  assert.equal(statSync(join(target, 'home')).mode & 0o777, 0o755);
});

test('a name is included wherever it is', async (t) => {
  const { found } = await restore(t, home, { includes: ['*.txt'], excludes: ['bob'] });
  assert.deepEqual(found, [
    'home',
    'home/ann',
    'home/ann/a.txt',
    'home/ann/deep',
    'home/ann/deep/c.txt',
    'top.txt',
  ]);
});

test('what is excluded is left out with all below it', async (t) => {
  const { found } = await restore(t, home, { excludes: ['/home/ann', '*.txt'] });
  assert.deepEqual(found, ['home', 'home/bob']);
});

test('a directory of the snapshot is restored right into the target', async (t) => {
  const { found, result } = await restore(t, home, { path: bytesOf('/home/ann/') });
  assert.deepEqual(found, ['a.txt', 'b.md', 'deep', 'deep/c.txt']);
  assert.deepEqual([result.files, result.directories], [3, 1]);
});

test('a single file is restored under its name', async (t) => {
  const { found } = await restore(t, home, { path: bytesOf('/home/ann/a.txt') });
  assert.deepEqual(found, ['a.txt']);
});

test('a path that the snapshot does not have is an error', async (t) => {
  await assert.rejects(restore(t, home, { path: bytesOf('/home/cid') }), { code: 'no-path' });
});

test('a dry run writes nothing and says what would be done', async (t) => {
  const target = await temporaryDirectory(t);
  writeFileSync(join(target, 'top.txt'), 'before');
  writeFileSync(join(target, 'extra'), '');
  const options = { dryRun: true, overwrite: 'never', delete: true } as const;
  const { result, found } = await restore(t, home, options, target);
  assert.deepEqual(found, ['extra', 'top.txt']);
  assert.deepEqual([result.files, result.filesKept, result.filesDeleted], [4, 1, 1]);
  const missing = join(target, 'missing');
  const { repository, add } = await sampleRepository();
  const dry = await restoreSnapshot(repository, await add(home), { target: missing, dryRun: true });
  await repository.close();
  assert.deepEqual([dry.files, dry.directories, dry.bytes], [5, 4, 7]);
  assert.ok(!readdirSync(target).includes('missing'));
});

test('a target that cannot be made is an error at once, not a search without end', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const snapshot = await add(home);
  for (const target of ['/proc/back', '/proc/a/b'])
    await assert.rejects(restoreSnapshot(repository, snapshot, { target }), {
      code: 'target',
      message: /\/proc takes no folders/,
    });
});

function existing(target: string, seconds: number): void {
  writeFileSync(join(target, 'a'), 'before');
  utimesSync(join(target, 'a'), seconds, seconds);
}

const policies = [
  { overwrite: 'always', older: 'after!', newer: 'after!' },
  { overwrite: 'if-changed', older: 'after!', newer: 'after!' },
  { overwrite: 'if-newer', older: 'after!', newer: 'before' },
  { overwrite: 'never', older: 'before', newer: 'before' },
] as const;

for (const { overwrite, older, newer } of policies)
  test(`overwrite ${overwrite}: an older file becomes '${older}', a newer one '${newer}'`, async (t) => {
    for (const [seconds, expected] of [
      [sampleTime.seconds - 9, older],
      [sampleTime.seconds + 9, newer],
    ] as const) {
      const target = await temporaryDirectory(t);
      existing(target, seconds);
      await restore(t, [file('a', 'after!')], { overwrite }, target);
      assert.equal(readFileSync(join(target, 'a'), 'utf8'), expected);
    }
  });

test('a file of the same size and time is not written again, but gets its mode', async (t) => {
  const target = await temporaryDirectory(t);
  const mtime = { seconds: 1_500_000_000, nanoseconds: 0 };
  existing(target, mtime.seconds);
  const { inode } = { inode: lstatSync(join(target, 'a')).ino };
  await restore(t, [file('a', 'after!', { mtime, mode: 0o640 })], { overwrite: 'if-changed' }, target);
  const stat = lstatSync(join(target, 'a'));
  assert.deepEqual(
    [stat.ino, stat.mode & 0o777, readFileSync(join(target, 'a'), 'utf8')],
    [inode, 0o640, 'before'],
  );
});

test('a directory that is not empty is in the way of a file, unless deleting was asked for', async (t) => {
  const target = await temporaryDirectory(t);
  mkdirSync(join(target, 'a/b'), { recursive: true });
  mkdirSync(join(target, 'empty'));
  const children = [file('a', 'restored'), file('empty', 'restored')];
  const { result } = await restore(t, children, {}, target);
  assert.deepEqual(
    result.named.map(({ path }) => pathText(path)),
    ['/a'],
  );
  assert.equal(readFileSync(join(target, 'empty'), 'utf8'), 'restored');
  await restore(t, children, { delete: true }, target);
  assert.equal(readFileSync(join(target, 'a'), 'utf8'), 'restored');
});

test('deleting spares what the patterns leave out', async (t) => {
  const target = await temporaryDirectory(t);
  for (const name of ['home/ann/extra.txt', 'home/bob/extra.txt', 'extra.txt']) {
    mkdirSync(join(target, name, '..'), { recursive: true });
    writeFileSync(join(target, name), '');
  }
  const { found } = await restore(t, home, { delete: true, includes: ['/home/ann'] }, target);
  assert.ok(!found.includes('home/ann/extra.txt'));
  assert.ok(found.includes('home/bob/extra.txt') && found.includes('extra.txt'));
});

test('progress ends with what the result says', async (t) => {
  const seen: number[] = [];
  const { result } = await restore(t, home, { onProgress: ({ files }) => seen.push(files) });
  assert.equal(seen.at(-1), result.files);
});

test('a restore that is aborted rejects with the reason, and leaves no temporary file', async (t) => {
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const target = await temporaryDirectory(t);
  const large = Array.from({ length: 60 }, (_, at) => new Uint8Array(500_000).fill(at));
  const snapshot = await add([file('large', large), file('z', 'z')], { chunksPerPack: 1 });
  const stop = new AbortController();
  blobs.disturb = ({ name }) => {
    if (readdirSync(target).length === 0 && blobs.calls.filter((call) => call.name === name).length > 0)
      if (blobs.calls.length > 90) stop.abort(new Error('enough'));
    return undefined;
  };
  await assert.rejects(restoreSnapshot(repository, snapshot, { target, signal: stop.signal }), /enough/);
  assert.deepEqual(readdirSync(target), []);
});

test('directories are described when all below them is written, however many there are', async (t) => {
  const contents = new Uint8Array(8_000);
  const many = Array.from({ length: 1500 }, (_, at) =>
    directory(`d${at}`, [file('x', [contents.fill(at % 250).slice()])], { mode: 0o711 }),
  );
  const { result, target } = await restore(t, many, {});
  assert.deepEqual(result.named, []);
  for (const { name } of many) {
    const { mtimeNs, mode } = lstatSync(join(target, Buffer.from(name).toString()), { bigint: true });
    assert.equal(mtimeNs, BigInt(sampleTime.seconds) * 1_000_000_000n + BigInt(sampleTime.nanoseconds));
    assert.equal(mode & 0o777n, 0o711n);
  }
});
