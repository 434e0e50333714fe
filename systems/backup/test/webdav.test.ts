// Snapshots of a real tree, weird names included, through WebDAV clients of others: rclone, cadaver, curl, and mounted by davfs2.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { cleanUpAfter, findProgram, temporaryDirectory } from '@cairn/testing';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { serveWebdav } from '../src/webdav/serve-webdav.ts';
import type { WebdavOptions } from '../src/webdav/webdav-options.ts';
import { memoryRepository } from './memory-repository.ts';
import { seededRandom } from './seeded-random.ts';

const run = promisify(execFile);
const rclone = findProgram('rclone');
const cadaver = findProgram('cadaver');
const curl = findProgram('curl');
const davfs = findProgram('mount.davfs', ['/usr/sbin', '/sbin']);
/** Where it keeps what it read beyond the mount. */
const davfsCache = '/var/cache/davfs2';
const skipOf = (program: string | undefined, name: string) =>
  program === undefined && `${name} is not installed`;

/** One character per byte. */
const weirdNames = [
  'plain.txt',
  'gr\u00c3\u00bc\u00c3\u009fe.txt',
  'latin-1 \u00fc\u00ff.bin',
  '\u00e6\u0097\u00a5\u00e6\u009c\u00ac',
  'e\u00cc\u0081 decomposed',
  'two  spaces',
  ' lead',
  'trail ',
  'percent%41%',
  '%',
  'hash#query?x=1',
  'back\\slash',
  'colon:x',
  'plus+and&amp;',
  'quote\'"<x>',
  'new\nline',
  'tab\tx',
  'control\u0001x',
  'delete\u007f',
  "~!$()*,;=@[]{}|^`'",
  '.hidden',
  '...',
  'raw:x',
] as const;

const names = (path: string) => Buffer.from(path, 'latin1');

type Prepared = {
  readonly source: string;
  readonly url: string;
  readonly directory: string;
  readonly large: Buffer;
};

async function prepare(t: TestContext, options: Partial<WebdavOptions> = {}): Promise<Prepared> {
  const random = seededRandom(t);
  const directory = await temporaryDirectory(t);
  const source = join(directory, 'source');
  const large = Buffer.from(random.bytes(5_000_000));
  for (const folder of ['weird', 'empty', 'deep/er', 'weird/dir %3F#\u00ff'])
    mkdirSync(names(join(source, folder)), { recursive: true });
  for (const name of weirdNames) writeFileSync(names(`${source}/weird/${name}`), `content of ${name}`);
  writeFileSync(names(`${source}/weird/dir %3F#\u00ff/inside`), 'inside');
  writeFileSync(join(source, 'large.bin'), large);
  writeFileSync(join(source, 'deep/er/nothing'), '');
  symlinkSync('large.bin', join(source, 'link'));
  symlinkSync('deep', join(source, 'linked-directory'));
  symlinkSync(join(source, 'deep/er'), join(source, 'absolute'));
  for (const [name, target] of [
    ['itself', '.'],
    ['outside', '/etc/passwd'],
    ['dangling', 'none'],
  ] as const)
    symlinkSync(target, join(source, name));
  const { repository } = await memoryRepository({
    parameters: { chunkBytes: { min: 4096, average: 65_536, max: 262_144 }, packBytes: 8 << 20 },
  });
  cleanUpAfter(t, () => repository.close());
  await createSnapshot(repository, {
    paths: [source],
    host: 'elm',
    user: 'ann',
    tags: ['nightly'],
    archivers: 1,
  });
  const server = await serveWebdav(repository, { host: '127.0.0.1', port: 0, ...options });
  t.after(() => server.close(AbortSignal.abort()));
  return { source, url: `${server.url}hosts/elm/latest${source}`, directory, large };
}

/** Contents by path below `root`; symlinks are what they lead to, and those that lead nowhere or up are left out. */
function contentsOf(root: string): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  const visit = (path: string, shown: string): void => {
    for (const name of readdirSync(names(path), { encoding: 'latin1' })) {
      const [below, shownBelow] = [`${path}/${name}`, `${shown}/${name}`];
      const stat = lstatSync(names(below));
      if (stat.isDirectory()) visit(below, shownBelow);
      else if (stat.isFile()) contents.set(shownBelow, readFileSync(names(below), 'latin1'));
      else if (name === 'link')
        contents.set(shownBelow, readFileSync(`${path}/${readlinkSync(below)}`, 'latin1'));
      else if (name === 'linked-directory' || name === 'absolute') visit(`${path}/${name}/.`, shownBelow);
    }
  };
  visit(root, '');
  return contents;
}

test('rclone copies a snapshot, every name and byte as it was', {
  skip: skipOf(rclone, 'rclone'),
}, async (t) => {
  const { source, url, directory } = await prepare(t);
  const target = join(directory, 'copy');
  const options = ['--config', join(directory, 'none'), '--webdav-url', url];
  await run(rclone!, ['copy', ...options, ':webdav:', target]);
  assert.deepEqual(contentsOf(target), contentsOf(source));
  assert.equal(
    lstatSync(join(target, 'large.bin')).mtime.getTime(),
    Math.floor(lstatSync(join(source, 'large.bin')).mtimeMs / 1000) * 1000,
  );
  const { stdout } = await run(rclone!, ['lsf', ...options, ':webdav:']);
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    ...['absolute/', 'deep/', 'empty/', 'large.bin', 'link', 'linked-directory/', 'weird/'],
  ]);
  // Of what is on the disk it reads some names as others: those were compared above.
  const check = ['check', '--download', '--exclude', 'weird/**', ...options, ':webdav:', target];
  await run(rclone!, check);
  rmSync(join(target, 'large.bin'));
  await assert.rejects(run(rclone!, check), /large\.bin/);
});

test('rclone cannot write', { skip: skipOf(rclone, 'rclone') }, async (t) => {
  const { source, url, directory } = await prepare(t);
  const options = ['--config', join(directory, 'none'), '--webdav-url', url, '--retries', '1'];
  await assert.rejects(run(rclone!, ['copyto', ...options, join(source, 'large.bin'), ':webdav:new']), /405/);
  await assert.rejects(run(rclone!, ['deletefile', ...options, ':webdav:large.bin']), /405/);
});

test('rclone shows user and password', { skip: skipOf(rclone, 'rclone') }, async (t) => {
  const { url, directory } = await prepare(t, { credentials: { user: 'ann', password: 'secret' } });
  const options = ['--config', join(directory, 'none'), '--webdav-url', url, '--retries', '1'];
  await assert.rejects(run(rclone!, ['lsf', ...options, ':webdav:']), /401/);
  const { stdout: pass } = await run(rclone!, ['obscure', 'secret']);
  const { stdout } = await run(rclone!, [
    'lsf',
    ...options,
    '--webdav-user',
    'ann',
    '--webdav-pass',
    pass.trim(),
    ':webdav:deep',
  ]);
  assert.equal(stdout, 'er/\n');
});

test('cadaver lists, enters and gets, and is refused what writes', {
  skip: skipOf(cadaver, 'cadaver'),
}, async (t) => {
  const { url, directory } = await prepare(t);
  const client = spawn(cadaver!, [`${url}/`], { env: { ...process.env, HOME: directory }, cwd: directory });
  client.stdin.end(
    'ls\ncd weird\nls\nget plain.txt got.txt\nput got.txt\nmkcol folder\nlock plain.txt\nquit\n',
  );
  const output = Buffer.concat(await Array.fromAsync(client.stdout as AsyncIterable<Buffer>)).toString(
    'latin1',
  );
  if (client.exitCode === null) await once(client, 'close');
  assert.match(output, /Coll: {3}weird/);
  assert.match(output, /large\.bin +5000000/);
  for (const name of weirdNames.filter((one) => /^[ -~]+$/.test(one) && one !== 'trail '))
    assert.ok(output.includes(` ${name} `), name);
  assert.equal(readFileSync(join(directory, 'got.txt'), 'latin1'), 'content of plain.txt');
  assert.match(output, /Uploading got\.txt .*failed:\s+405/s);
  assert.match(output, /Creating .*failed:\s+405/s);
});

test('davfs2 mounts a snapshot, in which every name and byte is as it was', {
  skip: withoutMounts(),
}, async (t) => {
  const { source, url, directory } = await prepare(t);
  const [mount, configuration] = [join(directory, 'mount'), join(directory, 'davfs2.conf')];
  mkdirSync(mount);
  // Since Linux 6.16 directories are read in pieces of more than the 16 KiB that davfs2 before 1.7.2 has room for.
  writeFileSync(configuration, 'ask_auth 0\nuse_locks 0\nbuf_size 64\n', { mode: 0o600 });
  await run(davfs!, ['-o', `conf=${configuration}`, `${url}/`, mount]);
  try {
    assert.deepEqual(readdirSync(mount).toSorted(), [
      ...['absolute', 'deep', 'empty', 'large.bin', 'link', 'linked-directory', 'lost+found', 'weird'],
    ]);
    await run('cp', ['-r', mount, join(directory, 'copy')]);
    assert.deepEqual(contentsOf(join(directory, 'copy')), contentsOf(source));
  } finally {
    await run('umount', [mount]);
    for (const name of readdirSync(davfsCache).filter((one) => one.includes(basename(directory))))
      rmSync(join(davfsCache, name), { recursive: true });
  }
});

test('curl resumes and reads ranges', { skip: skipOf(curl, 'curl') }, async (t) => {
  const { url, directory, large } = await prepare(t);
  const target = join(directory, 'part');
  const get = (...parameters: readonly string[]) =>
    run(curl!, ['-sS', '--fail', '-o', target, ...parameters, `${url}/large.bin`]);
  writeFileSync(target, large.subarray(0, 1_234_567));
  await get('-C', '-');
  assert.ok(readFileSync(target).equals(large));
  for (const [range, start, end] of [
    ['0-0', 0, 1],
    ['4999990-', 4_999_990, undefined],
    ['-17', -17, undefined],
    ['65535-3000001', 65_535, 3_000_002],
  ] as const) {
    await get('-r', range);
    assert.ok(readFileSync(target).equals(large.subarray(start, end)), range);
  }
  await assert.rejects(get('-r', '5000000-'), /416/);
  const { stdout } = await run(curl!, ['-sS', '-I', `${url}/large.bin`]);
  const etag = /^etag: (.*)\r$/im.exec(stdout)![1]!;
  const { stdout: status } = await run(curl!, [
    '-sS',
    '-o',
    target,
    '-w',
    '%{http_code}',
    '-H',
    `If-None-Match: ${etag}`,
    `${url}/large.bin`,
  ]);
  assert.equal(status, '304');
});

function withoutMounts(): string | false {
  if (davfs === undefined) return 'davfs2 is not installed';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  return existsSync('/dev/fuse') ? false : 'this machine has no FUSE';
}
