import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { isBackupError } from '../../test/backup-error.ts';
import { MemoryBlobs } from '../../test/memory-blobs.ts';
import {
  initTestRepository,
  openTestRepository,
  sealTestPack,
  testSnapshot,
} from '../../test/memory-repository.ts';
import { openStore, registerStore } from './open-store.ts';

const world = realWorld();

test('a URL with a password is refused, and the password is not repeated', async () => {
  for (const url of [
    'sftp://ann:hunter2@host/srv',
    's3://key:hunter2@bucket',
    'https://a:hunter2@host/bucket',
    'sftp://ann:hunter2@',
    'cairn://:hunter2@host/r',
  ]) {
    await assert.rejects(openStore({ url, world }), (error) => {
      assert(isBackupError('invalid-url', /password/)(error));
      return !(error as Error).message.includes('hunter2');
    });
  }
  for (const url of ['', 'nothing://host', 's3://']) {
    await assert.rejects(openStore({ url, world }), isBackupError('invalid-url'));
  }
});

test('a folder that should hold a repository is not made', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const url of [`${directory}/mistyped`, `file:${directory}/mistyped`, `file://${directory}/mistyped`]) {
    const opening = openStore({ url, world, mustExist: true });
    await assert.rejects(opening, isBackupError('no-repository', /mistyped/));
  }
  assert.deepEqual(await world.disk.list(directory), []);
});

test('a repository in a folder is written and read, packs on shared memory too', async (t) => {
  const url = await temporaryDirectory(t);
  const blobs = await openStore({ url, world });
  await initTestRepository({ blobs, world });
  const repository = await openTestRepository({ blobs, world });
  const { pack, fingerprints } = sealTestPack(repository, [Buffer.alloc(100_000, 'text')]);
  const shared = new Uint8Array(new SharedArrayBuffer(pack.bytes.length));
  shared.set(pack.bytes);
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  await session.addPack({ ...pack, bytes: shared });
  assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed');
  await repository.close();
  const again = await openTestRepository({ blobs: await openStore({ url, world, mustExist: true }), world });
  const read = await Array.fromAsync(
    again.readChunks((await again.snapshots()).snapshots[0]!.root.fingerprints),
  );
  assert.equal(Buffer.concat(read).toString(), Buffer.alloc(100_000, 'text').toString());
  await again.close();
});

test('a store of another system is opened under its scheme', async () => {
  const blobs = new MemoryBlobs({ clock: world.clock });
  registerStore('test-store', async ({ url }) => {
    assert.equal(url, 'test-store://host/r');
    return blobs;
  });
  assert.equal(await openStore({ url: 'test-store://host/r', world }), blobs);
});
