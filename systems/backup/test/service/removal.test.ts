// Removing a repository: only with its name and the right to, whole behind a crash, and nothing comes back.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { type Disk, realWorld, type World } from '@cairn/world';
import { createSnapshot, fingerprintServiceFor, initRepository, openRepository } from '../../src/index.ts';
import { Repositories } from '../../src/service/repositories/repositories.ts';
import { storeChunks, testSnapshot } from '../memory-repository.ts';
import { root, startTestService } from './start-service.ts';

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test('a repository is removed with its objects, index and agents, and its name can be used again', async (t) => {
  const data = await temporaryDirectory(t);
  const service = await startTestService(t, { data });
  const blobs = await service.open('home');
  await service.call('PUT /repositories/home', {});
  for (let object = 0; object < 30; object++) await blobs.put(`packs/${object}`, Buffer.alloc(1000));
  const other = await service.open('other');
  await other.put('config', Buffer.from('x'));
  for (const confirm of ['', 'other', 'Home']) {
    assert.equal((await service.call(`DELETE /repositories/home?confirm=${confirm}`)).status, 400, confirm);
  }
  assert.equal((await service.call('DELETE /repositories/home')).status, 400);
  const removed = await service.call('DELETE /repositories/home?confirm=home');
  assert.deepEqual([removed.status, removed.body], [200, { removedObjects: 30 }]);
  assert.deepEqual(await filesBelow(`${data}/data/backup/repositories/home`), []);
  assert.deepEqual(await filesBelow(`${data}/data/backup/index/home`), []);
  assert.equal((await service.call('GET /repositories/home')).status, 404);
  assert.equal((await service.call('DELETE /repositories/home?confirm=home')).status, 404);
  assert.equal(await blobs.put('config', Buffer.from('y')), 'stored');
  assert.equal((await service.call('GET /repositories/home')).body.usedBytes, 1);
  assert.equal((await other.head('config'))?.sizeBytes, 1);
});

test('a writer at work does not make the repository anew that was removed', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  await blobs.put('config', Buffer.from('x'));
  await service.call('DELETE /repositories/home?confirm=home');
  const id = 'a'.repeat(32);
  for (const prefix of ['packs', 'index', 'sessions', 'snapshots', 'tombstones', 'condemned', 'verdicts'])
    await assert.rejects(blobs.put(`${prefix}/${id}`, Buffer.from('x')), { code: 'no-bucket' }, prefix);
  await assert.rejects(blobs.put(`sessions/${id}.alive`, Buffer.from('x')), { code: 'no-bucket' });
  assert.equal((await service.call('GET /repositories/home')).status, 404);
});

test('nor does it write with the old keys into one that was made anew under its name', async (t) => {
  const service = await startTestService(t);
  const made = { world: realWorld(), password: 'of the tests', host: 'elm', user: 'ann' };
  const url = service.url('home');
  const opened = async () => {
    const blobs = await service.open('home');
    await initRepository({ ...made, blobs });
    const repository = await openRepository({ ...made, blobs });
    t.after(() => repository.close());
    return repository;
  };
  const repository = await opened();
  const session = await repository.openSession({ ...made, purpose: 'create' });
  const fingerprints = await storeChunks(repository, session, [Buffer.from('content')]);
  await service.call('DELETE /repositories/home?confirm=home');
  const anew = await opened();
  const refused = { code: 'repository-replaced' };
  await assert.rejects(session.commit(testSnapshot(fingerprints)), refused);
  await session.abandon();
  const openService = fingerprintServiceFor({ ...made, url, credentials: root, concurrency: 'optimistic' })!;
  const paths = [await temporaryDirectory(t)];
  await assert.rejects(createSnapshot(repository, { ...made, paths, openService }), refused);
  for (const prefix of ['sessions/', 'index/', 'snapshots/'])
    assert.deepEqual((await anew.blobs.list({ prefix })).blobs, [], prefix);
});

test('a put that is under way when its repository is removed leaves nothing behind', async (t) => {
  const data = await temporaryDirectory(t);
  const service = await startTestService(t, { data });
  const blobs = await service.open('home');
  await blobs.put('config', Buffer.from('x'));
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  async function* slowly() {
    yield Buffer.alloc(1000);
    begun.resolve();
    await going.promise;
    yield Buffer.alloc(1000);
  }
  const putting = blobs.put('packs/slow', slowly());
  await begun.promise;
  const removing = service.call('DELETE /repositories/home?confirm=home');
  const late = blobs.put('late', Buffer.from('x')).catch((error: unknown) => error);
  going.resolve();
  await Promise.allSettled([putting]);
  assert.equal((await removing).status, 200);
  const outcome = await late;
  // It came before the removal, or was refused, or made a repository of its own behind it.
  if (outcome !== 'stored') assert(outcome instanceof BlobsError, String(outcome));
  const { status } = await service.call('GET /repositories/home');
  const files = await filesBelow(`${data}/data/backup/repositories/home`);
  assert.deepEqual(files, status === 404 ? [] : ['late']);
});

test('a put that stands still keeps nobody from removing its repository', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  await blobs.put('config', Buffer.from('x'));
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  async function* standing() {
    yield Buffer.alloc(1000);
    begun.resolve();
    await ended.promise;
  }
  const putting = blobs.put('packs/slow', standing());
  const refused = assert.rejects(putting, { code: 'no-bucket' });
  await begun.promise;
  for (let arrived = false; !arrived; ) {
    const { body } = await service.call('GET /repositories/home');
    arrived = body.usedBytes === 1001;
  }
  const { status } = await service.call('DELETE /repositories/home?confirm=home');
  assert.equal(status, 200);
  ended.resolve();
  await refused;
});

test('cut off at any step, a removal is finished by the next start, and nobody gets the repository meanwhile', async (t) => {
  for (let steps = 0, finished = false; !finished; steps++) {
    const directory = await temporaryDirectory(t);
    const blobsUrl = `file:${directory}/repositories`;
    const removedElsewhere: string[] = [];
    const onRemoval = async (name: string) => void removedElsewhere.push(name);
    const before = new Repositories({ world: realWorld(), directory, blobsUrl, onRemoval });
    const stored = await before.create('home');
    for (const name of ['config', 'packs/a', 'packs/b'])
      await stored.put(name, { body: once(name), ifAbsent: false, caller: 'me' });
    await before.close();

    const world = dyingWorld(steps);
    const dying = new Repositories({ world, directory, blobsUrl, onRemoval });
    finished = await dying.remove('home').then(
      () => true,
      (error) => {
        assert.match(String(error), /died/);
        return false;
      },
    );
    await dying.close().catch(() => {});

    const after = new Repositories({ world: realWorld(), directory, blobsUrl, onRemoval });
    const marked = (await after.list()).some(({ removing }) => removing);
    if (marked) {
      assert.equal(await after.find('home'), undefined);
      await assert.rejects(after.create('home'), { code: 'repository-exists' });
    }
    const isThere = (await after.find('home')) !== undefined;
    await after.resumeRemovals();
    const left = (await filesBelow(`${directory}/repositories`)).length;
    assert.equal(left, isThere ? 3 : 0, `cut off at step ${steps}`);
    if (isThere) assert(!finished);
    else {
      assert(removedElsewhere.includes('home'));
      assert.deepEqual(await after.list(), []);
      await after.create('home');
    }
    await after.close();
    assert(steps < 100);
  }
});

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A world whose disk does so many changes, and no more. */
function dyingWorld(steps: number): World {
  const real = realWorld();
  let left = steps;
  const step = <Parameters extends readonly unknown[], Result>(
    work: (...parameters: Parameters) => Promise<Result>,
  ) => {
    return async (...parameters: Parameters): Promise<Result> => {
      if (left === 0) throw new Error('died');
      left -= 1;
      return work(...parameters);
    };
  };
  const disk: Disk = {
    ...real.disk,
    remove: step((path) => real.disk.remove(path)),
    rename: step((from, to) => real.disk.rename(from, to)),
    syncDirectory: step((path) => real.disk.syncDirectory(path)),
  };
  return { ...real, disk };
}
