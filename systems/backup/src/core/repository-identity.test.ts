// A repository that is removed and made anew under the same name while somebody is at work gets nothing that is sealed under the old keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBackupError } from '../../test/backup-error.ts';
import {
  initTestRepository,
  openTestRepository,
  storeChunks,
  testCost,
  testPassword,
  testSnapshot,
} from '../../test/memory-repository.ts';
import type { SimulatedParts } from '../../test/simulated-repository.ts';
import { simulatedRepository } from '../../test/simulated-repository.ts';
import { Condemnations } from '../collect/condemnations.ts';
import { stretchPasswordInPlace } from '../keys/stretch-password.ts';
import { forgetSnapshots } from './forget-snapshots.ts';
import { addKey, removeKey } from './keys/manage-keys.ts';
import { rotateKeys } from './keys/rotate-keys.ts';

const create = { purpose: 'create', host: 'h', user: 'u' } as const;
const mine = { host: 'h', user: 'u', cost: testCost, stretch: stretchPasswordInPlace };
const content = [Buffer.from('content')];

/** As somebody does who deletes all that there is, and begins again. */
async function makeAnew({ blobs, world }: SimulatedParts): Promise<void> {
  await blobs.delete(blobs.names());
  await initTestRepository({ blobs, world });
}

test('a writer at work neither commits nor leaves an index object there', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs } = parts;
    const session = await repository.openSession(create);
    const fingerprints = await storeChunks(repository, session, content);
    await makeAnew(parts);
    await assert.rejects(
      session.commit(testSnapshot(fingerprints)),
      isBackupError('repository-replaced', /config/),
    );
    await session.abandon();
    assert.deepEqual(blobs.names('snapshots/'), []);
    assert.deepEqual(blobs.names('index/'), []);
  });
});

test('nor does one whose packs were all indexed before, and whose session came back by a late put', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs } = parts;
    const session = await repository.openSession(create);
    const fingerprints = await storeChunks(repository, session, content);
    await session.flush();
    const [name] = blobs.names('sessions/').filter((each) => !each.endsWith('.alive'));
    const bytes = blobs.bytesOf(name!);
    await makeAnew(parts);
    await blobs.put(name!, bytes);
    await assert.rejects(session.commit(testSnapshot(fingerprints)), isBackupError('repository-replaced'));
    await session.abandon();
    assert.deepEqual(blobs.names('snapshots/'), []);
  });
});

test('a session is not opened there, and leaves nothing behind', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs } = parts;
    await makeAnew(parts);
    await assert.rejects(repository.openSession(create), isBackupError('repository-replaced'));
    assert.deepEqual(blobs.names('sessions/'), []);
    await blobs.delete(blobs.names());
    await assert.rejects(repository.openSession(create), isBackupError('repository-replaced', /gone/));
    assert.deepEqual(blobs.names('sessions/'), []);
  });
});

test('what would stop writers and gc of the new one is not put: condemnations, verdicts, tombstones', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    const session = await repository.openSession(create);
    await session.commit(testSnapshot(await storeChunks(repository, session, content)));
    const snapshot = blobs.bytesOf(`snapshots/${session.id}`);
    const condemnations = new Condemnations(repository);
    await makeAnew(parts);
    await blobs.put(`snapshots/${session.id}`, snapshot);
    const id = 'a'.repeat(32);
    const refused = isBackupError('repository-replaced');
    await assert.rejects(condemnations.put(id, { session: session.id, packs: [] }), refused);
    await assert.rejects(condemnations.putWaits(id, []), refused);
    await assert.rejects(condemnations.decide(id, []), refused);
    await assert.rejects(forgetSnapshots(repository, [session.id]), refused);
    await blobs.delete([`snapshots/${session.id}`]);
    const anew = await openTestRepository({ blobs, world });
    const other = await anew.openSession(create);
    assert.equal(await other.commit(testSnapshot(await storeChunks(anew, other, content))), 'committed');
  });
});

test('a password is not added to it under the old keys, nor is one of its own removed', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    const refused = isBackupError('repository-replaced');
    await makeAnew(parts);
    const before = blobs.names();
    const adding = addKey(repository, { ...mine, password: 'another' });
    await assert.rejects(adding, refused);
    assert.deepEqual(blobs.names(), before);
    const anew = await openTestRepository({ blobs, world });
    await addKey(anew, { ...mine, password: 'another' });
    await assert.rejects(removeKey(repository, blobs.names('keys/')[0]!.slice('keys/'.length)), refused);
    await openTestRepository({ blobs, world });
  });
});

test('nor does a rotation at work leave anything there, or take its keys away', async () => {
  for (const moment of ['get keys/', 'put keys/', 'put keyring.2', 'list keys/']) {
    await simulatedRepository(async (parts) => {
      const { repository, blobs, world } = parts;
      let anew: readonly string[] | undefined;
      blobs.disturb = async ({ operation, name }) => {
        if (!`${operation} ${name}`.startsWith(moment)) return undefined;
        blobs.disturb = () => undefined;
        await makeAnew(parts);
        anew = blobs.names();
        return undefined;
      };
      const rotating = rotateKeys(repository, { ...mine, password: testPassword });
      await assert.rejects(
        rotating,
        isBackupError(moment === 'get keys/' ? 'store' : 'repository-replaced'),
        moment,
      );
      assert.deepEqual(blobs.names(), anew, moment);
      await openTestRepository({ blobs, world });
    });
  }
});

test('nor does it take back the keyring of one that was rotated by then', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    let anew: readonly string[] | undefined;
    blobs.disturb = async ({ operation, name }) => {
      if (operation !== 'list' || name !== 'keys/' || !blobs.names().includes('keyring.2.copy'))
        return undefined;
      blobs.disturb = () => undefined;
      await makeAnew(parts);
      await rotateKeys(await openTestRepository({ blobs, world }), { ...mine, password: testPassword });
      anew = blobs.names();
      return undefined;
    };
    const rotating = rotateKeys(repository, { ...mine, password: testPassword });
    await assert.rejects(rotating, isBackupError('repository-replaced'));
    assert.deepEqual(blobs.names(), anew);
    assert.equal((await openTestRepository({ blobs, world })).keyring.current, 2);
  });
});

test('the heartbeats of a session that goes on to read are not put there', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    const session = await repository.openSession(create);
    await makeAnew(parts);
    await world.clock.sleep(repository.config.leaseMs);
    assert.deepEqual(blobs.names('sessions/'), []);
    await session.abandon();
  });
});
