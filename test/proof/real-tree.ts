// `npm run proof`: the promise of the platform at full size, by hand and in minutes. A real tree of at least 20,000 files
// goes in with rclone and comes back; one file of 1 GB goes both ways with aws; the process is killed with -9 while a
// client writes, and afterwards everything acknowledged is there. Prints a report; exits with 1 when a step fails.
//
// Needs aws and rclone, 5 GB of disk for its temporary folder, and takes files of this machine as the tree.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findProgram, fingerprintOf } from '@cairn/testing';
import { type CairnProcess, runCairn, startCairn } from '../cairn-process.ts';
import { awsClient, type ClientProgram, rcloneClient } from '../s3-clients.ts';

const filesMin = 20_000;
const largeFileBytes = 1024 ** 3;
const killAfterObjects = 2_000;
/** Folders that a machine with Debian and this repository has; taken in turn until there are enough files. */
const treeSources = [
  '/usr/share',
  '/usr/lib/python3',
  '/usr/include',
  resolve(import.meta.dirname, '../../node_modules'),
];

const cleanUps: (() => Promise<void>)[] = [];
const test = { after: (cleanUp: () => Promise<void>) => void cleanUps.push(cleanUp) };

try {
  await prove();
} catch (error) {
  process.exitCode = 1;
  console.error(`\nfailed: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}

async function prove(): Promise<void> {
  const aws = findProgram('aws');
  const rclone = findProgram('rclone');
  assert(
    aws !== undefined && rclone !== undefined,
    'the proof needs aws and rclone: .ci/setup installs them',
  );
  const root = await mkdtemp(join(process.env.CAIRN_PROOF_FOLDER ?? tmpdir(), 'cairn-proof-'));
  test.after(() => rm(root, { recursive: true, force: true }));
  const data = join(root, 'data');
  const tree = join(root, 'tree');
  const files = await step('make a tree of files', () => makeTree(tree));
  console.log(`  ${files.count} files, ${megabytes(files.bytes)} MB`);

  let cairn = await step('start', () => startCairn(test, { data }));
  await treeThereAndBack(cairn, { rclone, tree, copy: join(root, 'copy') });
  await largeFileThereAndBack(cairn, { aws, folder: root });
  const acknowledged = await killWhileCopying(cairn, { rclone, tree });
  cairn = await step('start again after kill -9', () => startCairn(test, { data }));
  await verifyAfterKill(cairn, { rclone, tree, acknowledged });
  await step('stop', () => cairn.end('SIGTERM'));
  await step('check every byte at rest', async () => {
    const check = await runCairn(['object-storage', 'check', '--deep', '--data', data]);
    assert.equal(check.code, 0, check.output + check.errors);
  });
  console.log('\nproved');
}

async function treeThereAndBack(
  cairn: CairnProcess,
  { rclone, tree, copy }: { rclone: string; tree: string; copy: string },
): Promise<void> {
  const client = rcloneClient(rclone, cairn);
  await step('rclone sync in', () => client.run('sync', '--transfers', '16', tree, 'cairn:tree'));
  await step('rclone check', () => client.run('check', tree, 'cairn:tree'));
  await step('rclone sync back', () => client.run('sync', '--transfers', '16', 'cairn:tree', copy));
  await step('compare every file', async () => assertSameFiles(copy, tree));
}

async function largeFileThereAndBack(
  cairn: CairnProcess,
  { aws, folder }: { aws: string; folder: string },
): Promise<void> {
  const client = awsClient(aws, cairn);
  const [sent, received] = [join(folder, 'large.bin'), join(folder, 'large.back')];
  await step('make a file of 1 GB', () => makeLargeFile(sent));
  await client.run('s3', 'mb', 's3://large');
  await step('aws s3 cp in', () => client.run('s3', 'cp', '--quiet', sent, 's3://large/large.bin'));
  await step('aws s3 cp back', () => client.run('s3', 'cp', '--quiet', 's3://large/large.bin', received));
  assert.equal(await sha256(received), await sha256(sent), 'the file of 1 GB came back different');
}

/** Returns the paths that rclone reported as copied, which it does once they were acknowledged. */
async function killWhileCopying(
  cairn: CairnProcess,
  { rclone, tree }: { rclone: string; tree: string },
): Promise<ReadonlySet<string>> {
  const acknowledged = new Set<string>();
  await step('kill -9 while rclone copies', async () => {
    const client: ClientProgram = rcloneClient(rclone, cairn);
    const copying = client.spawn(
      'copy',
      '-v',
      '--transfers',
      '16',
      '--low-level-retries',
      '1',
      tree,
      'cairn:killed',
    );
    let killed: Promise<unknown> | undefined;
    for await (const line of copying.errorLines) {
      const path = /INFO\s+: (.+): (?:Multi-thread )?Copied \(new\)/.exec(line)?.[1];
      if (path !== undefined) acknowledged.add(path);
      if (acknowledged.size >= killAfterObjects && killed === undefined) {
        killed = cairn.end('SIGKILL');
        copying.child.kill('SIGKILL');
      }
    }
    await killed;
  });
  assert(acknowledged.size >= killAfterObjects, `rclone copied ${acknowledged.size} objects only`);
  console.log(`  ${acknowledged.size} objects acknowledged`);
  return acknowledged;
}

async function verifyAfterKill(
  cairn: CairnProcess,
  { rclone, tree, acknowledged }: { rclone: string; tree: string; acknowledged: ReadonlySet<string> },
): Promise<void> {
  const client = rcloneClient(rclone, cairn);
  await step('every acknowledged object is there', async () => {
    const listed = await client.run('lsf', '-R', '--files-only', 'cairn:killed');
    const there = new Set(listed.split('\n'));
    const lost = [...acknowledged].filter((path) => !there.has(path));
    assert.deepEqual(lost, [], 'acknowledged, but gone');
  });
  await step('every object that is there is identical', () =>
    client.run('check', '--one-way', '--download', 'cairn:killed', tree),
  );
  await step('rclone goes on where it was killed', () =>
    client.run('copy', '--transfers', '16', tree, 'cairn:killed'),
  );
  await step('everything is there now', () => client.run('check', tree, 'cairn:killed'));
  await step('the first tree is untouched', () => client.run('check', tree, 'cairn:tree'));
}

async function makeTree(tree: string): Promise<{ count: number; bytes: number }> {
  await mkdir(tree);
  for (const [index, source] of treeSources.entries()) {
    // Regular files and folders: links and devices are no objects.
    const filter = async (path: string): Promise<boolean> => {
      const { mode } = await stat(path).catch(() => ({ mode: 0 }));
      return (mode & 0o170000) === 0o100000 || (mode & 0o170000) === 0o040000;
    };
    await cp(source, join(tree, String(index)), { recursive: true, dereference: true, filter });
    const size = await sizeOf(tree);
    if (size.count >= filesMin) return size;
  }
  throw new Error(`found fewer than ${filesMin} files in ${treeSources.join(', ')}`);
}

async function sizeOf(folder: string): Promise<{ count: number; bytes: number }> {
  const size = { count: 0, bytes: 0 };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    size.count += 1;
    size.bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return size;
}

/** Not random, but no block of it is like another. */
async function makeLargeFile(path: string): Promise<void> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(1024 ** 2);
  for (let written = 0; written < largeFileBytes; written += block.length) {
    for (let position = 0; position < block.length; position += 4)
      block.writeUInt32LE((written + position) >>> 0, position);
    await file.write(block);
  }
  await file.close();
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Files only: an object store has no empty folders. */
function assertSameFiles(actual: string, expected: string): void {
  const [got, wanted] = [fingerprintOf(actual), fingerprintOf(expected)];
  const paths = new Set([...Object.keys(got), ...Object.keys(wanted)]);
  assert.deepEqual(
    [...paths].filter((path) => got[path] !== wanted[path]),
    [],
    'these files differ',
  );
}

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const startMs = performance.now();
  const result = await work();
  console.log(`${name.padEnd(44)} ${((performance.now() - startMs) / 1000).toFixed(1).padStart(7)} s`);
  return result;
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString('en');
}
