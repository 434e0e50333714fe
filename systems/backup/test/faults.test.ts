// Faults of real processes: kill -9 in the middle of create, gc and restore, a service that is killed under a backup, a store
// that runs full. A snapshot is there and whole, or not there; the next run goes on.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram, temporaryDirectory, userNamespace, withoutUserNamespaces } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { openStore } from '../src/stores/open-store.ts';
import { CairnCommand } from './cairn-command.ts';
import { CairnServer, serverCredentials } from './cairn-server.ts';
import { assertSameTree } from './compare-trees.ts';
import { until } from './until.ts';

const MiB = 1 << 20;
const smallPacks = ['--pack-size', '8M', '--chunk-size', '64K,256K,1M'];
/** Slow enough to be met in the middle of. */
const slowly = ['--limit-upload', '16M'];

type Place = {
  readonly cairn: CairnCommand;
  readonly source: string;
  readonly repository: string;
  readonly folder: string;
};

/** A repository, in a folder unless told otherwise, and an empty source. */
async function prepare(t: TestContext): Promise<Place> {
  const folder = await temporaryDirectory(t);
  const [source, repository] = [join(folder, 'source'), join(folder, 'repository')];
  mkdirSync(source);
  const cairn = await CairnCommand.on(t, `file:${repository}`);
  await cairn.succeed('init', ...smallPacks);
  return { cairn, source, repository, folder };
}

/** Names of objects; a folder is a store, with a `+` behind directories. */
function objects(repository: string, prefix: string): readonly string[] {
  const folder = join(repository, `${prefix}+`);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !name.endsWith('+'));
}

function writeFiles(folder: string, count: number, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < count; file += 1) writeFileSync(join(folder, `${file}`), randomBytes(bytes));
}

async function assertRestored(
  t: TestContext,
  cairn: CairnCommand,
  { snapshot, source }: { readonly snapshot: string; readonly source: string },
): Promise<void> {
  const target = await temporaryDirectory(t);
  await cairn.succeed('restore', snapshot, '--target', target, '--from', source);
  assertSameTree(source, target);
}

test('kill -9 in the middle of create leaves no snapshot, and the next one goes on', async (t) => {
  const { cairn, source, repository } = await prepare(t);
  writeFiles(source, 40, MiB);
  const { child, finished } = cairn.start('create', ...slowly, source);
  await until('two packs are stored', () => objects(repository, 'packs').length >= 2);
  child.kill('SIGKILL');
  assert.equal((await finished).code, undefined);
  assert.deepEqual(await cairn.snapshots(), []);
  assert.equal(objects(repository, 'sessions').length, 2, 'the session and its heartbeat are left');
  await cairn.succeed('verify', '--read-data');

  const snapshot = await cairn.create(source);
  await assertRestored(t, cairn, { snapshot, source });
  await cairn.succeed('verify', '--read-data');
});

test('kill -9 in the middle of gc loses nothing, and the next one goes on', async (t) => {
  const { cairn, source, repository } = await prepare(t);
  writeFiles(join(source, 'kept'), 6, MiB);
  const steps: readonly (readonly [string, (packs: number) => boolean])[] = [
    ['a pack is rewritten', (packs) => objects(repository, 'packs').length > packs],
    ['packs are condemned', () => objects(repository, 'condemned').length > 0],
  ];
  let snapshot = '';
  for (const [step, isReached] of steps) {
    writeFiles(join(source, 'gone'), 8, MiB);
    const forgotten = await cairn.create(source);
    rmSync(join(source, 'gone'), { recursive: true });
    snapshot = await cairn.create(source);
    await cairn.succeed('forget', forgotten);
    const packs = objects(repository, 'packs').length;
    const { child, finished } = cairn.start('gc', '--max-unused', '0');
    await until(step, () => isReached(packs) || child.exitCode !== null);
    child.kill('SIGKILL');
    await finished;
    await cairn.succeed('verify', '--read-data');
    await assertRestored(t, cairn, { snapshot, source });
  }
  await cairn.succeed('gc', '--max-unused', '0');
  await cairn.succeed('verify', '--read-data');
  await assertRestored(t, cairn, { snapshot, source });
});

test('kill -9 in the middle of restore leaves whole files only, and the next one goes on', async (t) => {
  const { cairn, source, folder } = await prepare(t);
  for (let directory = 0; directory < 20; directory += 1)
    writeFiles(join(source, `${directory}`), 10, 400_000);
  const snapshot = await cairn.create(source);
  const target = join(folder, 'target');
  const restore = ['restore', snapshot, '--target', target, '--from', source];
  const { child, finished } = cairn.start(...restore);
  await until('a file is restored', () => filesBelow(target).length > 0 || child.exitCode !== null);
  child.kill('SIGKILL');
  assert.equal((await finished).code, undefined);
  const restored = filesBelow(target);
  t.diagnostic(`${restored.length} of 200 files were restored`);
  assert(restored.length < 200);
  for (const name of restored)
    assert(readFileSync(join(target, name)).equals(readFileSync(join(source, name))), name);
  await cairn.succeed(...restore, '--overwrite', 'if-changed');
  assertSameTree(source, target);
});

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

for (const store of ['service', 'bucket'] as const) {
  test(`a backup outlives a server of its ${store} that is killed and started again under it`, async (t) => {
    const { server, url, cairn, source } = await prepareServer(t, store);
    // A machine with much else to do takes minutes to start a server.
    const { child, finished } = cairn.start('create', '--json', '--retry-for', '900', ...slowly, source);
    await untilPacksAreStored(url);
    assert.equal(child.exitCode, null, 'it goes on for some seconds');
    await server.kill();
    await server.start();
    const { code, output, errors } = await finished;
    assert.equal(code, 0, errors);
    const { snapshot } = JSON.parse(output);
    assert.deepEqual(await cairn.snapshots(), [snapshot]);
    await assertRestored(t, cairn, { snapshot, source });
    await cairn.succeed('verify', '--read-data');
  });
}

test('a backup whose service stays away fails and says so; the next one goes on', async (t) => {
  const { server, url, cairn, source } = await prepareServer(t, 'service');
  const { child, finished } = cairn.start('create', '--retry-for', '3', ...slowly, source);
  await untilPacksAreStored(url);
  assert.equal(child.exitCode, null, 'it goes on for some seconds');
  await server.kill();
  const { code, errors } = await finished;
  assert.equal(code, 8, errors);
  assert.match(errors, /the store cannot be reached/);
  await server.start();
  assert.deepEqual(await cairn.snapshots(), []);
  const snapshot = await cairn.create(source);
  await assertRestored(t, cairn, { snapshot, source });
});

/** A repository at a server, and a source of 40 MiB. */
async function prepareServer(t: TestContext, store: 'service' | 'bucket') {
  const server = await CairnServer.start(t);
  if (store === 'bucket') await server.createBucket('backups');
  const url = store === 'bucket' ? server.bucketUrl('backups') : server.repositoryUrl('home');
  const { accessKeyId, secretAccessKey } = serverCredentials;
  const cairn = await CairnCommand.on(t, url, {
    ...{ CAIRN_ACCESS_KEY: accessKeyId, CAIRN_SECRET_KEY: secretAccessKey },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1' },
  });
  await cairn.succeed('init', ...smallPacks);
  const source = await temporaryDirectory(t);
  writeFiles(source, 40, MiB);
  return { server, url, cairn, source };
}

async function untilPacksAreStored(url: string): Promise<void> {
  const blobs = await openStore({ url, world: realWorld(), credentials: serverCredentials });
  await until('two packs are stored', async () => {
    const { blobs: found } = await blobs.list({ prefix: 'packs/' });
    return found.length >= 2;
  });
  await blobs.close();
}

const run = promisify(execFile);
const unshare = findProgram('unshare');
const withoutNamespaces = await withoutUserNamespaces();

test('a store that runs full takes no half snapshot, keeps what it has, and takes backups again', {
  skip: withoutNamespaces,
}, async (t) => {
  const [repository, other] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const script = fileURLToPath(new URL('./fill-store.ts', import.meta.url));
  const line = 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$1" "$2" "$0" "$3"';
  const command = ['sh', '-c', line, repository, process.execPath, script, other];
  const { stdout } = await run(unshare!, [...userNamespace, ...command]);
  assert.match(stdout, /^all as it should be\n$/m);
});
