import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { isBackupError } from '../../test/backup-error.ts';
import { memoryRepository, storeChunks } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { changed } from '../../test/simulation/changed-blobs.ts';
import { listRepository } from './list-objects.ts';
import { examinePacks } from './pack-examiner.ts';

test('packs of any sizes are read into as many memories as there are workers, and one', async () => {
  const { repository } = await memoryRepository({ world: sameThreadWorld() });
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  for (let pack = 1; pack <= 12; pack += 1)
    await storeChunks(repository, session, [randomBytes(pack * 10_000)]);
  await session.flush();
  const packs = (await listRepository(repository.blobs)).byPrefix.packs.toSorted(
    (one, other) => one.sizeBytes - other.sizeBytes,
  );
  assert.equal(packs.length, 12);
  const memories = new Set<ArrayBufferLike>();
  const blobs = changed(repository.blobs, {
    get: (name, options) => {
      memories.add(options!.into!.buffer);
      return repository.blobs.get(name, options);
    },
  });
  const watched = Object.create(repository, { blobs: { value: blobs } }) as typeof repository;
  const examined = examinePacks(watched, packs, { workers: 2, indexed: async () => undefined });
  for await (const { examination } of examined) assert.deepEqual(examination!.problems, []);
  // One worker is enough for so little.
  assert.equal(memories.size, 2);
  await session.abandon();
});

test('a store that fails while somebody looks at a pack is told at the next, and ends no process', async () => {
  const { repository } = await memoryRepository({ world: sameThreadWorld() });
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  for (let pack = 0; pack < 6; pack += 1) await storeChunks(repository, session, [randomBytes(10_000)]);
  await session.flush();
  const packs = (await listRepository(repository.blobs)).byPrefix.packs;
  let heads = 0;
  const blobs = changed(repository.blobs, {
    head: async (name) => {
      heads += 1;
      if (heads > 2) throw new BlobsError('denied', { attempted: `look up ${name}` });
      return repository.blobs.head(name);
    },
  });
  const failing = Object.create(repository, { blobs: { value: blobs } }) as typeof repository;
  const look = async () => {
    for await (const _ of examinePacks(failing, packs, { workers: 1, indexed: async () => undefined })) {
      // Longer than the store takes to fail. The runner fails a test in which a rejection has no handler.
      for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await assert.rejects(look, isBackupError('denied'));
  await session.abandon();
});
