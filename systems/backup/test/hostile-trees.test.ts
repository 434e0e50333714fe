// What a writer with the repository's keys may store to hold up the others: whatever looks at all snapshots takes each directory once,
// however many paths lead to it; whatever goes by path gives out what it finds, in flat memory, and ends when it is told to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { collectGarbage } from '../src/collect/collect-garbage.ts';
import { BackupError } from '../src/errors.ts';
import { repositoryStats } from '../src/inspect/repository-stats.ts';
import { hurtFilesNamedMax } from '../src/limits.ts';
import { diffTrees } from '../src/manifest/diff-trees.ts';
import { findEntries } from '../src/manifest/find-entries.ts';
import { compilePathPattern, type PathPattern } from '../src/manifest/path-pattern.ts';
import { pathText } from '../src/manifest/path-text.ts';
import { openTree } from '../src/manifest/read-tree.ts';
import { repairRepository } from '../src/repair/repair-repository.ts';
import { dumpTree } from '../src/restore/dump/dump-tree.ts';
import { restoreSnapshot } from '../src/restore/restore-snapshot.ts';
import { copySnapshots } from '../src/transform/copy-snapshots.ts';
import { rewriteSnapshots } from '../src/transform/rewrite-snapshots.ts';
import { DirectoryReader } from '../src/webdav/tree/directory-reader.ts';
import { findResource } from '../src/webdav/tree/find-resource.ts';
import { snapshotCollection } from '../src/webdav/tree/snapshot-tree.ts';
import { memoryRepository } from './memory-repository.ts';
import { sameThreadWorld } from './same-thread-world.ts';
import { placeOf } from './stored-trees.ts';
import { storeUnfoldingTree, type UnfoldingTree } from './unfolding-tree.ts';

const who = { host: 'h', user: 'u' };
const verifying = { readData: { kind: 'all' }, workers: 1 } as const;
const repairing = { ...who, workers: 1, dryRun: false, readData: true, forget: false };
const depth = 40;
const objects = depth + 1;
const wide: UnfoldingTree = { depth, names: ['a', 'b'], contents: 'at the bottom' };
/** Deeper than any path that Linux takes. */
const deep: UnfoldingTree = { depth: 12_000, names: ['d'], inline: true, contents: 'at the bottom' };

async function hostile(tree: UnfoldingTree = wide) {
  const { repository, blobs, world } = await memoryRepository({ world: sameThreadWorld() });
  return { repository, blobs, world, snapshot: await storeUnfoldingTree(repository, tree) };
}

/** Names the first few, and leaves. */
async function some<T>(items: AsyncIterable<T>, count = 2_000): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) if (taken.push(item) === count) break;
  return taken;
}

test('its summary says what a tree unfolds to', async () => {
  const { snapshot } = await hostile();
  assert.equal(snapshot.summary.files, 2 ** depth);
  const { snapshot: more } = await hostile({ ...wide, depth: 60 });
  assert.deepEqual([more.summary.files, more.summary.bytes], [2 ** 53 - 1, 2 ** 53 - 1]);
});

test('verify, gc and stats take each directory once', async () => {
  const { repository, snapshot } = await hostile();
  const { damaged, directories, files } = await verifyRepository(repository, verifying);
  assert.deepEqual({ damaged, directories, files }, { damaged: false, directories: objects, files: 1 });
  const report = await collectGarbage(repository, { ...who, minPackBytes: 0 });
  assert.deepEqual([report.damaged, report.chunksReachable], [[], objects + 1]);
  const raw = await repositoryStats(repository, { mode: 'raw-data', snapshots: [snapshot] });
  assert(raw.mode === 'raw-data' && raw.chunks === objects + 1);
  const contents = await repositoryStats(repository, { mode: 'files-by-contents', snapshots: [snapshot] });
  assert(contents.mode === 'files-by-contents' && contents.files === 1);
});

test('of its hurt files so many are named as can be read, by verify and by repair, and one repaired copy is made', async () => {
  const { repository, blobs, snapshot } = await hostile();
  const { pack, offset } = await placeOf(repository, wide.contents);
  blobs.alter(pack, (bytes) => bytes.fill(bytes[offset]! ^ 1, offset, offset + 1));
  const { findings } = await verifyRepository(repository, verifying);
  const named = findings.flatMap(({ hurt = [] }) => hurt);
  assert.equal(named.length, hurtFilesNamedMax);
  assert.equal(named[0]!.path, `/${'a/'.repeat(depth)}leaf`);
  assert(findings.some(({ problem }) => /more than 20000 of its files are hurt/.test(problem)));
  const { snapshots } = await repairRepository(repository, repairing);
  assert.deepEqual(
    snapshots.map(({ snapshot: id, files }) => [id, files.length]),
    [[snapshot.id, hurtFilesNamedMax]],
  );
  const all = (await repository.snapshots()).snapshots;
  const repaired = all.find(({ id }) => id === snapshots[0]!.repaired)!;
  assert.deepEqual([repaired.summary.files, repaired.summary.bytes], [0, 0]);
});

test('copy and rewrite make each directory once', async () => {
  const { repository, snapshot } = await hostile();
  const { repository: target } = await memoryRepository({ world: sameThreadWorld() });
  await copySnapshots(repository, target, [snapshot], who);
  const [copy] = (await target.snapshots()).snapshots;
  assert.equal(copy!.summary.files, 2 ** depth);
  const { directories, damaged } = await verifyRepository(target, verifying);
  assert.equal(damaged, false);
  assert(directories <= objects);
  const options = { ...who, forget: false };
  const [same] = await rewriteSnapshots(repository, [snapshot], { ...options, excludes: ['*.iso'] });
  assert.equal(same?.skipped, 'unchanged');
  const [less] = await rewriteSnapshots(repository, [snapshot], { ...options, excludes: ['leaf'] });
  const made = (await repository.snapshots()).snapshots.find(({ id }) => id === less!.made)!;
  assert.equal(made.summary.files, 0);
});

test('find by name takes each directory once, and tells what it finds as it goes', async () => {
  const { repository, snapshot } = await hostile();
  const find = (pattern: PathPattern, signal?: AbortSignal) =>
    findEntries(repository, [snapshot], { patterns: [pattern], ...(signal && { signal }) });
  assert.deepEqual(await Array.fromAsync(find(compilePathPattern('*.key'))), []);
  const found = await some(find(compilePathPattern('leaf')), 150_000);
  assert.equal(new Set(found.map(({ path }) => pathText(path))).size, 150_000);
  // Of paths every one has to be looked at.
  const stop = new AbortController();
  const enough = new Error('enough');
  let looks = 0;
  const matches = () => {
    looks += 1;
    if (looks === 5_000) stop.abort(enough);
    return false;
  };
  const finding = Array.fromAsync(find({ text: '/a/x/*.key', ofNames: false, matches }, stop.signal));
  await assert.rejects(finding, (error) => error === enough);
});

test('a diff takes pairs that do not differ once, and tells what differs as it goes', async () => {
  const { repository, snapshot } = await hostile();
  const { root } = openTree(repository, snapshot);
  const other = async (changes: Partial<UnfoldingTree>) =>
    openTree(repository, await storeUnfoldingTree(repository, { ...wide, ...changes })).root;
  // Inodes are not told, but make all directories other ones.
  assert.deepEqual(await Array.fromAsync(diffTrees(repository, root, await other({ inode: 2n }))), []);
  const changes = await some(diffTrees(repository, root, await other({ contents: 'something else' })));
  assert.deepEqual([changes.length, changes[0]!.kind], [2_000, 'content']);
});

test('files, dump and restore give out path after path until they are stopped', async (t) => {
  const { repository, snapshot } = await hostile();
  const paths = await some(openTree(repository, snapshot).walk());
  assert.equal(paths.length, 2_000);
  const archived = await some(dumpTree(repository, snapshot, Buffer.from('/a')));
  assert.equal(archived.length, 2_000);
  const stop = new AbortController();
  const enough = new Error('enough');
  const onProgress = ({ directories }: { readonly directories: number }) => {
    if (directories > 0) stop.abort(enough);
  };
  const target = await temporaryDirectory(t);
  const restoring = restoreSnapshot(repository, snapshot, {
    target,
    workers: 1,
    signal: stop.signal,
    onProgress,
  });
  await assert.rejects(restoring, (error) => error === enough);
});

test('a request to serve costs what its own path costs', async () => {
  const { repository, snapshot } = await hostile();
  const reader = new DirectoryReader(repository);
  const root = snapshotCollection(openTree(repository, snapshot).root, {
    reader,
    onLostLink: () => undefined,
  });
  const found = await findResource(
    root,
    Array.from({ length: depth }, (_, at) => Buffer.from(at % 2 ? 'a' : 'b')),
  );
  assert(found?.kind === 'collection');
});

test('directories that lie in each other deeper than any path goes are looked at, and stop nothing but walks by path', async () => {
  const { repository, snapshot } = await hostile(deep);
  const { damaged, files } = await verifyRepository(repository, verifying);
  assert.deepEqual({ damaged, files }, { damaged: false, files: 1 });
  assert.deepEqual((await collectGarbage(repository, { ...who, minPackBytes: 0 })).damaged, []);
  const { repository: target } = await memoryRepository({ world: sameThreadWorld() });
  await copySnapshots(repository, target, [snapshot], who);
  assert.equal((await target.snapshots()).snapshots.length, 1);
  await assert.rejects(
    Array.fromAsync(openTree(repository, snapshot).walk()),
    (error) => error instanceof BackupError && error.code === 'damaged' && /deep/.test(error.message),
  );
});
