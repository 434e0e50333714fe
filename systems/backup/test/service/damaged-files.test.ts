// What the service keeps beside the objects of a repository may rot, a file at a time: everything can still be read, and what can be told again
// is told again by the next writer.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  createSnapshot,
  fingerprintServiceFor,
  forgetSnapshots,
  initRepository,
  openRepository,
  openStore,
  restoreSnapshot,
  verifyRepository,
} from '../../src/index.ts';
import { root, startTestService } from './start-service.ts';

const world = realWorld();
const password = 'of the tests';
const owner = { host: 'elm', user: 'ann' };

async function client(service: Awaited<ReturnType<typeof startTestService>>) {
  const url = service.url('home');
  const store = () => openStore({ url, world, credentials: root });
  const openService = fingerprintServiceFor({ url, world, credentials: root, concurrency: 'optimistic' })!;
  return {
    init: async () => initRepository({ blobs: await store(), world, password, ...owner }),
    open: async () => openRepository({ blobs: await store(), world, password }),
    openService,
  };
}

/** The data of a service with two snapshots of `tree` and a writer that died, and a copy of it to be damaged. */
async function prepare(t: TestContext) {
  const [data, tree, damaged] = await Promise.all([1, 2, 3].map(() => temporaryDirectory(t)));
  const service = await startTestService(t, { data: data! });
  const { init, open, openService } = await client(service);
  await init();
  const repository = await open();
  for (const name of ['one', 'two']) {
    await writeFile(join(tree!, name), randomBytes(200_000));
    await createSnapshot(repository, { paths: [tree!], ...owner, openService });
  }
  await repository.openSession({ purpose: 'create', ...owner });
  await repository.blobs.close();
  await service.service.stop();
  return { data: data!, tree: tree!, damaged: damaged! };
}

test('whichever file of an index rots, all can be read, and nothing is stored twice', async (t) => {
  const { data, tree, damaged } = await prepare(t);
  const index = 'data/backup/index/home';
  const found = await readdir(join(data, index), { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile() && entry.name !== 'repository.json')
    .map((entry) => join(entry.parentPath, entry.name).slice(data.length + 1));
  assert(files.length >= 5, `shards, a segment, two names and an owner: ${files}`);
  for (const file of files) {
    await rm(damaged, { recursive: true });
    await cp(data, damaged, { recursive: true });
    const bytes = await readFile(join(damaged, file));
    await writeFile(
      join(damaged, file),
      bytes.fill(bytes[bytes.length >> 1]! ^ 16, bytes.length >> 1, (bytes.length >> 1) + 1),
    );
    const service = await startTestService(t, { data: damaged });
    const { open, openService } = await client(service);
    const repository = await open();
    const { summary } = await createSnapshot(repository, { paths: [tree], ...owner, openService });
    assert(summary.bytesAdded < 50_000, `${file}: ${summary.bytesAdded} bytes were stored again`);
    assert.equal((await verifyRepository(repository, { readData: { kind: 'all' } })).damaged, false, file);
    await repository.close();
    await service.service.stop();
  }
});

test('a repository whose settings are damaged is read, takes no more packs, and is mended by its quota', async (t) => {
  const { data, tree } = await prepare(t);
  await writeFile(join(data, 'data/backup/index/home/repository.json'), '{');
  const service = await startTestService(t, { data });
  const { open, openService } = await client(service);
  const repository = await open();
  t.after(() => repository.close());
  const { snapshots } = await repository.snapshots();
  const target = await temporaryDirectory(t);
  assert.deepEqual((await restoreSnapshot(repository, snapshots[1]!, { target })).named, []);
  await forgetSnapshots(repository, [snapshots[0]!.id]);
  await writeFile(join(tree, 'three'), randomBytes(200_000));
  const backUp = () => createSnapshot(repository, { paths: [tree], ...owner, openService });
  await assert.rejects(backUp, { code: 'quota-exceeded' });
  const listed = await service.call('GET /repositories');
  assert.deepEqual(
    (listed.body.items as { name: string }[]).map(({ name }) => name),
    ['home'],
  );
  assert.equal((await service.call('PUT /repositories/home/quota', {})).status, 200);
  await backUp();
});

test('reports of agents that are damaged keep the service from nothing', async (t) => {
  const { data } = await prepare(t);
  const file = join(data, 'data/backup/agents.sqlite');
  const database = new DatabaseSync(file);
  database.exec("insert into agent values ('', 'home', 'ann', 'laptop', 0, null, '{')");
  database.close();
  const rotten = await startTestService(t, { data });
  assert.deepEqual(await rotten.call('GET /repositories/home/agents'), { status: 200, body: { items: [] } });
  await rotten.service.stop();
  await writeFile(file, randomBytes(8_192));
  const service = await startTestService(t, { data });
  assert.equal((await service.call('GET /repositories/home')).status, 200);
  assert.equal((await service.call('GET /repositories/home/agents')).status, 200);
  assert((await readdir(join(data, 'data/backup'))).includes('agents.sqlite.damaged'));
});
