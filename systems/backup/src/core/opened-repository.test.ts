import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { isBackupError } from '../../test/backup-error.ts';
import { MemoryBlobs } from '../../test/memory-blobs.ts';
import {
  initTestRepository,
  memoryRepository,
  openTestRepository,
  storeChunks,
  testSnapshot,
} from '../../test/memory-repository.ts';

const owner = { host: 'h', user: 'u' };

test('what a session committed is there when the repository is opened again', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const session = await repository.openSession({ purpose: 'create', ...owner });
  const chunks = [randomBytes(100_000), Buffer.alloc(50_000, 'text'), Buffer.from('x')];
  const fingerprints = await storeChunks(repository, session, chunks);
  assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed');
  await repository.close();

  const again = await openTestRepository({ blobs, world });
  const { snapshots, damaged } = await again.snapshots();
  assert.deepEqual(damaged, []);
  assert.deepEqual(
    snapshots.map(({ id, kind }) => ({ id, kind })),
    [{ id: session.id, kind: 'snapshot' }],
  );
  const read = await Array.fromAsync(again.readChunks(snapshots[0]!.root.fingerprints));
  assert.deepEqual(
    read.map((bytes) => Buffer.from(bytes)),
    chunks,
  );
  assert.deepEqual(blobs.names('sessions/'), []);
  await again.close();
  await assert.rejects(async () => again.snapshots(), isBackupError('closed'));
});

test('a wrong password, an empty place and a second init are told apart', async () => {
  const { blobs, world } = await memoryRepository();
  await assert.rejects(openTestRepository({ blobs, world, password: 'x' }), isBackupError('wrong-password'));
  await assert.rejects(initTestRepository({ blobs, world }), isBackupError('repository-exists'));
  const empty = new MemoryBlobs({ clock: realWorld().clock });
  await assert.rejects(openTestRepository({ blobs: empty, world }), isBackupError('no-repository'));
});
