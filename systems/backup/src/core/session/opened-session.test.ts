// W1 and W3 to W5: what is durable when, and every outcome of a commit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { isBackupError } from '../../../test/backup-error.ts';
import { type BlobCall, failing, type MemoryBlobs } from '../../../test/memory-blobs.ts';
import { sealTestPack, storeChunks, testSnapshot } from '../../../test/memory-repository.ts';
import { type SimulatedParts, simulatedRepository } from '../../../test/simulated-repository.ts';
import { heartbeatName, objectName } from '../../format/object-names.ts';
import { encodeSnapshotRecord } from '../../format/records/snapshot.ts';
import { indexObjectMs, packsPerIndexObject } from '../../limits.ts';
import type { PackSummary } from '../../packing/sealed-pack.ts';
import type { Repository, WriterSession } from '../repository.ts';

const create = { purpose: 'create', host: 'h', user: 'u' } as const;
const anyRoot = testSnapshot(new Uint8Array(32).fill(7));

const isPutOf =
  (prefix: string) =>
  ({ operation, name }: BlobCall) =>
    operation === 'put' && name.startsWith(prefix);

async function withSession(
  work: (parts: SimulatedParts & { session: WriterSession }) => Promise<void>,
): Promise<void> {
  await simulatedRepository(async (parts) => {
    await work({ ...parts, session: await parts.repository.openSession(create) });
  });
}

async function putFence({ objects }: Repository, id: string): Promise<'stored' | 'exists'> {
  const address = { kind: 'snapshot', name: objectName('snapshots', id) } as const;
  return objects.putIfAbsent(address, encodeSnapshotRecord({ kind: 'fence' }));
}

test('a session shows that it lives four times a lease, and no more when it has ended', async () => {
  await withSession(async ({ blobs, world, session, repository }) => {
    const { leaseMs } = repository.config;
    const beats = () => blobs.calls.filter(isPutOf(heartbeatName(session.id))).length;
    assert.equal(beats(), 1);
    await world.clock.sleep(leaseMs + 1);
    assert.equal(beats(), 5);
    await session.abandon();
    assert.deepEqual(blobs.names('sessions/'), []);
    await world.clock.sleep(leaseMs * 3);
    assert.equal(beats(), 5);
    assert.deepEqual(blobs.names('sessions/'), []);
  });
});

test('a pack or an index object that the store tore is not counted on', async () => {
  for (const prefix of ['packs/', 'index/']) {
    await withSession(async ({ blobs, session, repository }) => {
      let isTorn = false;
      blobs.disturb = async ({ operation, name, bytes }) => {
        if (operation !== 'put' || !name.startsWith(prefix) || isTorn) return undefined;
        isTorn = true;
        await blobs.put(name, bytes!.subarray(0, 50));
        throw new BlobsError('unavailable', { attempted: name });
      };
      await assert.rejects(async () => {
        await storeChunks(repository, session, [Buffer.from('content')]);
        await session.commit(anyRoot);
      }, isBackupError('damaged'));
      assert(isTorn);
      await session.abandon();
      assert.deepEqual(blobs.names('snapshots/'), []);
    });
  }
});

test('a pack or an index object that a collector removed while its put was answered says that the session was fenced', async () => {
  for (const prefix of ['packs/', 'index/']) {
    await withSession(async ({ blobs, session, repository }) => {
      let isFirst = true;
      blobs.disturb = async ({ operation, name }) => {
        if (!name.startsWith(prefix)) return undefined;
        // The first put took effect without an answer; the second finds it, and then it is gone.
        if (operation !== 'put' || !isFirst) return undefined;
        isFirst = false;
        await blobs.put(name, Buffer.from('taken'));
        removedAfter(blobs, name);
        return undefined;
      };
      await assert.rejects(async () => {
        await storeChunks(repository, session, [Buffer.from('content')]);
        await session.commit(anyRoot);
      }, isBackupError('fenced'));
      assert(!isFirst);
      blobs.disturb = () => undefined;
      await session.abandon();
    });
  }
});

test('so it does where a put that was repeated late has brought it back', async () => {
  for (const prefix of ['packs/', 'index/']) {
    await withSession(async ({ blobs, session, repository }) => {
      let own: Uint8Array | undefined;
      let looks = 0;
      blobs.disturb = async ({ operation, name, bytes }) => {
        if (!name.startsWith(prefix)) return undefined;
        if (operation === 'put' && own === undefined) {
          own = bytes!;
          await blobs.put(name, Buffer.from('taken'));
        }
        if (operation !== 'get') return undefined;
        looks += 1;
        if (looks === 1) await blobs.delete([name]);
        else await blobs.put(name, own!);
        return undefined;
      };
      await assert.rejects(async () => {
        await storeChunks(repository, session, [Buffer.from('content')]);
        await session.commit(anyRoot);
      }, isBackupError('fenced'));
      assert.equal(looks, 2);
      blobs.disturb = () => undefined;
      await session.abandon();
    });
  }
});

/** Removes it before it is looked at next. */
function removedAfter(blobs: MemoryBlobs, removed: string): void {
  const before = blobs.disturb;
  blobs.disturb = async (call) => {
    if (call.name !== removed || call.operation === 'put') return before?.(call);
    blobs.disturb = before;
    await blobs.delete([removed]);
    return undefined;
  };
}

test('heartbeats that fail do not end a session, and come back soon', async () => {
  await withSession(async ({ blobs, world, session, repository }) => {
    const { leaseMs } = repository.config;
    blobs.disturb = failing(() => true, 'before');
    await world.clock.sleep(leaseMs);
    blobs.disturb = () => undefined;
    const healedMs = world.clock.nowMs();
    await world.clock.sleep(leaseMs / 16);
    const beat = await blobs.head(heartbeatName(session.id));
    assert(beat!.modifiedMs >= healedMs, 'it beats again before the next quarter');
    assert.equal(await session.commit(anyRoot), 'committed');
  });
});

test('a session that cannot be made leaves nothing behind', async () => {
  await simulatedRepository(async ({ blobs, repository }) => {
    for (const prefix of ['list condemned/', 'list packs/', 'put sessions/']) {
      blobs.disturb = failing(({ operation, name }) => `${operation} ${name}`.startsWith(prefix), 'before');
      await assert.rejects(repository.openSession(create), isBackupError('store'));
      blobs.disturb = () => undefined;
      assert.deepEqual(blobs.names('sessions/'), [], prefix);
    }
  });
});

test('an index object is due after so many packs, after a minute, and at the end; never before its packs', async () => {
  await withSession(async ({ blobs, world, session, repository }) => {
    const store = (text: string) => storeChunks(repository, session, [Buffer.from(text)]);
    for (let i = 1; i < packsPerIndexObject; i++) await store(`${i}`);
    assert.equal(blobs.names('index/').length, 0);
    await store('due');
    assert.equal(blobs.names('index/').length, 1);
    await store('first of the next');
    await world.clock.sleep(indexObjectMs + 1);
    assert.equal(blobs.names('index/').length, 2);
    await store('second of the next');
    await session.flush();
    await session.flush();
    assert.equal(blobs.names('index/').length, 3);
    const packs = packsPerIndexObject + 2;
    assert.equal(session.counts.packs, packs);
    const bytes = (prefix: string) =>
      blobs.names(prefix).reduce((sum, name) => sum + blobs.bytesOf(name).length, 0);
    assert.equal(session.counts.packBytes, bytes('packs/'));
    assert.equal(session.counts.indexBytes, bytes('index/'));
    const index = await repository.index({ refresh: true });
    assert.deepEqual([index.packs.length, index.orphans.length, index.missing.length], [packs, 0, 0]);
  });
});

test('a pack that could not be stored is in no index object', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    blobs.disturb = failing(isPutOf('packs/'), 'before');
    await assert.rejects(
      storeChunks(repository, session, [Buffer.from('x')]),
      isBackupError('store', /put packs/),
    );
    blobs.disturb = () => undefined;
    const fingerprints = await storeChunks(repository, session, [Buffer.from('y')]);
    await session.commit(testSnapshot(fingerprints));
    const index = await repository.index({ refresh: true });
    assert.deepEqual([index.packs.length, index.missing.length], [1, 0]);
  });
});

test('packs whose index object could not be put are in the next, and no commit goes past them', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    const fingerprints = await storeChunks(repository, session, [Buffer.from('x')]);
    blobs.disturb = failing(isPutOf('index/'), 'before');
    await assert.rejects(session.flush(), isBackupError('store'));
    await assert.rejects(session.commit(testSnapshot(fingerprints)), isBackupError('store'));
    assert.deepEqual(blobs.names('snapshots/'), []);
    blobs.disturb = () => undefined;
    assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed');
    assert((await repository.index({ refresh: true })).isKnown(fingerprints));
  });
});

test('packs are announced when an index object names them, and again until that succeeds', async () => {
  await simulatedRepository(async ({ blobs, repository }) => {
    const announced: string[] = [];
    let fails = 1;
    const onIndexed = async ({
      id,
      packs,
    }: {
      readonly id: string;
      readonly packs: readonly PackSummary[];
    }) => {
      assert(blobs.names('index/').includes(`index/${id}`));
      if (fails-- > 0) throw new Error('the service is away');
      announced.push(...packs.map(({ id }) => id));
    };
    const session = await repository.openSession({ ...create, onIndexed });
    await storeChunks(repository, session, [Buffer.from('x')]);
    assert.equal(announced.length, 0);
    await assert.rejects(session.flush(), /the service is away/);
    await session.flush();
    await session.flush();
    assert.equal(announced.length, 1);
    await storeChunks(repository, session, [Buffer.from('y')]);
    assert.equal(await session.commit(anyRoot), 'committed');
    assert.equal(announced.length, 2);
    assert.equal(blobs.names('index/').length, 2);
  });
});

test('a commit that lost to a fence says so, and leaves no session', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    assert.equal(await putFence(repository, session.id), 'stored');
    assert.equal(await session.commit(anyRoot), 'fenced');
    assert.deepEqual(blobs.names('sessions/'), []);
    assert.deepEqual((await repository.snapshots()).snapshots, []);
    await assert.rejects(session.commit(anyRoot), isBackupError('closed'));
  });
});

test('a session whose object is gone was fenced, also when the fence is gone too', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    await blobs.delete([objectName('sessions', session.id)]);
    assert.equal(await session.commit(anyRoot), 'fenced');
    assert.deepEqual(blobs.names('snapshots/'), []);
    assert.deepEqual((await repository.snapshots()).snapshots, []);
  });
});

test('a session that goes while it commits leaves a tombstone on its snapshot', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    blobs.disturb = async (call) => {
      if (isPutOf('snapshots/')(call)) await blobs.delete([objectName('sessions', session.id)]);
      return undefined;
    };
    assert.equal(await session.commit(anyRoot), 'fenced');
    assert.deepEqual(blobs.names('tombstones/'), [objectName('tombstones', session.id)]);
    assert.deepEqual((await repository.snapshots()).snapshots, []);
  });
});

test('a commit whose answers are all lost is known to be committed when it is tried again', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    blobs.disturb = failing(isPutOf('snapshots/'), 'after');
    await assert.rejects(session.commit(anyRoot), isBackupError('store'));
    blobs.disturb = () => undefined;
    assert.equal(await session.commit(anyRoot), 'committed');
    assert.equal((await repository.snapshots()).snapshots.length, 1);
  });
});

test('every call of a commit may fail, before it takes effect or after: absent or whole, and known at last', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let failAt = 0; ; failAt++) {
      let reached = false;
      await withSession(async ({ blobs, session, repository }) => {
        const fingerprints = await storeChunks(repository, session, [Buffer.from('x')]);
        let calls = 0;
        const failOnce = failing(() => true, when, 3); // all tries of one call
        blobs.disturb = (call) => (calls++ >= failAt ? failOnce(call) : undefined);
        const outcome = await session.commit(testSnapshot(fingerprints)).catch(isBackupError('store'));
        reached = calls > failAt;
        blobs.disturb = () => undefined;
        const { snapshots } = await repository.snapshots();
        if (outcome === 'committed') assert.equal(snapshots.length, 1);
        else assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed', `${when} ${failAt}`);
        const [snapshot] = (await repository.snapshots()).snapshots;
        const read = await Array.fromAsync(repository.readChunks(snapshot!.root.fingerprints));
        assert.equal(Buffer.concat(read).toString(), 'x');
      });
      if (!reached) {
        assert(failAt > 4, `a commit takes ${failAt} calls`);
        break;
      }
    }
  }
});

test('what cannot be deleted at the end changes nothing about the outcome', async () => {
  await withSession(async ({ blobs, session }) => {
    blobs.disturb = failing(({ operation }) => operation === 'delete', 'before');
    assert.equal(await session.commit(anyRoot), 'committed');
    assert.equal(blobs.names('sessions/').length, 2);
  });
});

test('closing the repository abandons its sessions', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    await storeChunks(repository, session, [Buffer.from('x')]);
    await repository.close();
    assert.deepEqual(blobs.names('sessions/'), []);
    const { pack } = sealTestPack(repository, [Buffer.from('y')]);
    await assert.rejects(session.addPack(pack), isBackupError('closed'));
    await session.abandon();
  });
});

test('packs may be added at once', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    const texts = Array.from({ length: 40 }, (_, i) => `${i}`);
    const stored = await Promise.all(
      texts.map((text) => storeChunks(repository, session, [Buffer.from(text)])),
    );
    assert.equal(await session.commit(testSnapshot(stored[0]!)), 'committed');
    const index = await repository.index({ refresh: true });
    assert(stored.every((fingerprint) => index.isKnown(fingerprint)));
    assert(indexObjects(blobs) <= 6, `${indexObjects(blobs)} index objects`);
  });
});

function indexObjects(blobs: MemoryBlobs): number {
  return blobs.names('index/').length;
}

test('a commit of a session that was fenced long ago does not stand, though its writer hears nothing before it gives up', async () => {
  await withSession(async ({ blobs, session, repository }) => {
    let isCommitted = false;
    blobs.disturb = async ({ operation, name }) => {
      if (isCommitted && operation === 'head') throw new BlobsError('failed', { attempted: name });
      if (operation !== 'put' || name !== objectName('snapshots', session.id)) return undefined;
      isCommitted = true;
      await blobs.delete([objectName('sessions', session.id)]);
      return undefined;
    };
    await assert.rejects(session.commit(anyRoot), isBackupError('store'));
    assert.deepEqual(blobs.names('snapshots/'), [objectName('snapshots', session.id)]);
    blobs.disturb = () => undefined;
    await session.abandon();
    assert.deepEqual((await repository.snapshots()).snapshots, []);
  });
});
