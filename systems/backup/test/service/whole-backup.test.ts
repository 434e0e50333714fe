// Backups through the service, from the first command to the restore: by a key that may only append, by clients at once, with
// the index lost in between.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Blobs, openBlobs } from '@cairn/engines';
import { fingerprintOf, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  createSnapshot,
  initRepository,
  openRepository,
  openStore,
  repairRepository,
  restoreSnapshot,
  verifyRepository,
} from '../../src/index.ts';
import { fingerprintServiceOpener } from '../../src/service/client/open-fingerprint-service.ts';
import { root, startTestService, type TestCredentials, type TestService } from './start-service.ts';

const world = realWorld();
const password = 'of the tests';
const owner = { host: 'elm', user: 'ann' };
const chunkBytes = { min: 4096, average: 16_384, max: 65_536 };

test('a key that may only append backs up, and what it stored is restored', async (t) => {
  const service = await startTestService(t);
  await init(service, 'optimistic');
  const laptop = await service.user('laptop', [
    'backup:GetObject',
    'backup:ListObjects',
    'backup:AppendObject',
  ]);
  const tree = await temporaryDirectory(t);
  await mkdir(join(tree, 'folder'));
  await writeFile(join(tree, 'folder', 'large'), randomBytes(3_000_000));
  for (let file = 0; file < 50; file++) await writeFile(join(tree, `${file}`), randomBytes(file * 100));

  const first = await backUp(t, service, { credentials: laptop, paths: [tree] });
  const counts = first.counts!;
  assert(
    counts.saved > counts.fingerprints * 0.95,
    `${counts.saved} of ${counts.fingerprints} questions were saved`,
  );
  await writeFile(join(tree, 'new'), randomBytes(500_000));
  const second = await backUp(t, service, { credentials: laptop, paths: [tree] });
  assert(second.summary.bytesAdded < 700_000, `${second.summary.bytesAdded} bytes were added for 500,000`);

  const repository = await openAs(t, service, laptop);
  const target = await temporaryDirectory(t);
  const path = Buffer.from(tree);
  await restoreSnapshot(repository, second.snapshot!, { target, path });
  assert.deepEqual(await fingerprintOf(target), await fingerprintOf(tree));
  const { body } = await service.call('GET /repositories/home');
  assert.equal(body.leases, 0);
});

test('an index that was lost fills again, and nothing is uploaded twice', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  await init(service, 'optimistic');
  const tree = await temporaryDirectory(t);
  const content = randomBytes(2_000_000);
  await writeFile(join(tree, 'file'), content);
  await backUp(t, service, { credentials: root, paths: [tree] });
  const before = (await service.call('GET /repositories/home')).body;
  await service.service.stop();
  await rm(`${data}/data/backup/index/home/index`, { recursive: true });

  service = await startTestService(t, { data });
  const copy = await temporaryDirectory(t);
  await writeFile(join(copy, 'file'), content);
  const again = await backUp(t, service, { credentials: root, paths: [copy] });
  assert(
    again.summary.bytesAdded < 100_000,
    `${again.summary.bytesAdded} bytes were added for what was there`,
  );
  const after = (await service.call('GET /repositories/home')).body;
  assert((after.fingerprints as number) >= (before.fingerprints as number));
});

test('beside the service a writer reads no index object and lists no packs, and asks no more of a larger repository', async (t) => {
  const service = await startTestService(t);
  await init(service, 'optimistic');
  const [mine, ...others] = await Promise.all(Array.from({ length: 9 }, () => temporaryDirectory(t)));
  await mkdir(join(mine!, 'folder'));
  for (let file = 0; file < 50; file++)
    await writeFile(join(mine!, 'folder', `${file}`), randomBytes(20_000));
  await backUp(t, service, { credentials: root, paths: [mine!] });
  const reads: string[] = [];
  const again = async () => {
    const { summary, counts } = await backUp(t, service, { credentials: root, paths: [mine!], reads });
    assert.equal(summary.filesUnmodified, 50);
    assert(summary.bytesAdded < 20_000, `${summary.bytesAdded} bytes were added for nothing`);
    const ofPacks = reads.splice(0).filter((name) => name.startsWith('packs/')).length;
    return { requests: counts!.requests, ofPacks };
  };
  await again();
  const small = await again();
  for (const other of others) {
    await writeFile(join(other, 'noise'), randomBytes(1_000_000));
    await backUp(t, service, { credentials: root, paths: [other] });
  }
  const { body } = await service.call('GET /repositories/home');
  assert((body.packs as number) > 16);
  reads.length = 0;
  const large = await again();
  // The folder that all temporary ones lie in may have changed: then it tells of a pack of its own.
  assert(
    large.requests <= small.requests + 2,
    `${small.requests} requests were enough, and not ${large.requests}`,
  );
  assert(large.ofPacks <= small.ofPacks + 2, `${small.ofPacks} packs were read, and ${large.ofPacks}`);
  await again();
  await backUp(t, service, { credentials: root, paths: [mine!], reads });
  assert.deepEqual(
    reads.filter((name) => /^(index\/|list (packs|index))/.test(name)),
    [],
  );
});

test('what a writer that died did not tell the service is told by the next, and is not uploaded again', async (t) => {
  const service = await startTestService(t);
  await init(service, 'optimistic');
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'file'), randomBytes(1_000_000));
  const dying = await openAs(t, service, root);
  // Without the service: it stores packs and index objects, and tells nobody.
  await createSnapshot(dying, { paths: [tree], ...owner, archivers: 1 });
  const copy = await temporaryDirectory(t);
  await cp(join(tree, 'file'), join(copy, 'file'));
  const { summary } = await backUp(t, service, { credentials: root, paths: [copy] });
  assert(summary.bytesAdded < 50_000, `${summary.bytesAdded} bytes were added for what was there`);
});

test('what repair dropped from the index is uploaded again, though the service had registered its pack', async (t) => {
  const data = await temporaryDirectory(t);
  const service = await startTestService(t, { data });
  await init(service, 'optimistic');
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'file'), randomBytes(1_000_000));
  await backUp(t, service, { credentials: root, paths: [tree] });
  const behind = await openBlobs({ url: `file:${data}/data/backup/repositories/home`, world });
  const { blobs: packs } = await behind.list({ prefix: 'packs/' });
  const { name } = packs.find(({ sizeBytes }) => sizeBytes > 1_000_000)!;
  const bytes = await buffer((await behind.get(name))!.body);
  bytes[1000] = bytes[1000]! ^ 1;
  await behind.put(name, bytes);
  await behind.close();
  const repairing = await openAs(t, service, root);
  const repair = { ...owner, dryRun: false, readData: true, workers: 1, forget: false };
  const { salvage } = await repairRepository(repairing, repair);
  assert.equal(salvage.chunksLost, 1);

  const again = await backUp(t, service, { credentials: root, paths: [tree] });
  assert(again.summary.bytesAdded > 0);
  const reading = await openAs(t, service, root);
  const { findings } = await verifyRepository(reading, { readData: { kind: 'all' } });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'damage'),
    [],
  );
  const target = await temporaryDirectory(t);
  await restoreSnapshot(reading, again.snapshot!, { target, path: Buffer.from(tree) });
  assert.deepEqual(await fingerprintOf(target), await fingerprintOf(tree));
});

test('pessimistic: clients at once upload what they share once', async (t) => {
  const service = await startTestService(t);
  await init(service, 'pessimistic');
  const shared = randomBytes(4_000_000);
  const trees = await Promise.all(
    [1, 2, 3, 4].map(async (client) => {
      const tree = await temporaryDirectory(t);
      await writeFile(join(tree, 'shared'), shared);
      await writeFile(join(tree, 'own'), randomBytes(100_000 * client));
      return tree;
    }),
  );
  const results = await Promise.all(
    trees.map((tree) => backUp(t, service, { credentials: root, paths: [tree], concurrency: 'pessimistic' })),
  );
  const added = results.reduce((sum, { summary }) => sum + summary.bytesAdded, 0);
  assert(added < 5_000_000 * 1.1, `${added} bytes were added for 5,000,000`);
  const repository = await openAs(t, service, root);
  for (const [client, { snapshot }] of results.entries()) {
    const target = await temporaryDirectory(t);
    await restoreSnapshot(repository, snapshot!, { target, path: Buffer.from(trees[client]!) });
    assert.deepEqual(await fingerprintOf(target), await fingerprintOf(trees[client]!));
  }
});

async function init(service: TestService, concurrency: 'optimistic' | 'pessimistic'): Promise<void> {
  const blobs = await openStore({ url: service.url('home'), world, credentials: root });
  await initRepository({ blobs, world, password, ...owner, parameters: { chunkBytes, concurrency } });
  await blobs.close();
}

async function openAs(
  t: TestContext,
  service: TestService,
  credentials: TestCredentials,
  reads: string[] = [],
) {
  const blobs = noting(await openStore({ url: service.url('home'), world, credentials }), reads);
  const repository = await openRepository({ blobs, world, password });
  t.after(() => repository.close());
  return repository;
}

async function backUp(
  t: TestContext,
  service: TestService,
  options: {
    readonly credentials: TestCredentials;
    readonly paths: readonly string[];
    readonly concurrency?: 'optimistic' | 'pessimistic';
    /** Gets the names of what is read and listed. */
    readonly reads?: string[];
  },
) {
  const { credentials, paths, concurrency = 'optimistic', reads } = options;
  const repository = await openAs(t, service, credentials, reads);
  const open = fingerprintServiceOpener({ url: service.url('home'), world, credentials, concurrency });
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  const result = await createSnapshot(repository, {
    paths,
    ...owner,
    archivers: 1,
    openService: async (session) => {
      const each = await open(session);
      opened.push(each);
      return each;
    },
  });
  assert.deepEqual(result.problems, []);
  return { ...result, counts: opened.at(-1)?.counts() };
}

function noting(blobs: Blobs, reads: string[]): Blobs {
  return {
    put: (name, body, options) => blobs.put(name, body, options),
    get(name, options) {
      reads.push(name);
      return blobs.get(name, options);
    },
    head: (name) => blobs.head(name),
    delete: (names) => blobs.delete(names),
    list(options) {
      reads.push(`list ${options.prefix}`);
      return blobs.list(options);
    },
    close: () => blobs.close(),
  };
}
