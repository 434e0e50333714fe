import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condemnPacks } from '../../test/condemn-packs.ts';
import {
  memoryRepository,
  openTestRepository,
  storeChunks,
  testSnapshot,
} from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file, symlink } from '../../test/sample-manifest.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { placeOf, storeTree } from '../../test/stored-trees.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import { decodeIndexObject, encodeIndexObject } from '../format/index-object.ts';
import { objectName } from '../format/object-names.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import type { Finding } from './finding.ts';
import { verifyRepository } from './verify-repository.ts';

const all = { readData: { kind: 'all' }, workers: 1 } as const;
const none = { readData: { kind: 'none' }, workers: 1 } as const;

/** Two snapshots that share a directory; several packs; every directory on its own. */
async function sample({ chunksPerPack = 2 } = {}) {
  const { repository, blobs, world } = await memoryRepository({ world: sameThreadWorld() });
  const layout = { inlineBytes: 1, chunksPerPack };
  const shared = directory('shared', [file('a', ['first ', 'second'].map(Buffer.from)), file('b', 'bee')]);
  const home = (own: string, content: string) => [
    directory('home', [shared, file(own, content), symlink('link', own)]),
  ];
  const first = await storeTree(repository, home('c', 'sea'), layout);
  const second = await storeTree(repository, home('e', 'he'.repeat(500)), layout);
  return { repository, blobs, world, first, second };
}

test('a sound repository has no findings, whatever is read of it', async () => {
  const { repository } = await sample();
  for (const options of [all, none, { ...all, readData: { kind: 'percent', percent: 50 } } as const]) {
    const report = await verifyRepository(repository, options);
    assert.deepEqual(report.findings, []);
    assert.equal(report.damaged, false);
    assert.equal(report.snapshots, 2);
    assert.equal(report.files, 4); // the shared directory is read once
  }
  assert.equal((await verifyRepository(repository, all)).packsRead, 5);
});

test('real workers find the same', async () => {
  const { blobs, world } = await memoryRepository();
  const repository = await openTestRepository({ blobs, world });
  await storeTree(repository, [file('a', ['x'.repeat(2000), 'y'.repeat(2000)].map(Buffer.from))]);
  assert.deepEqual((await verifyRepository(repository, all)).findings, []);
  const pack = blobs.names('packs/')[0]!;
  blobs.alter(pack, (bytes) => flipBit(bytes, 60));
  const { findings } = await verifyRepository(repository, { ...all, workers: 3 });
  assert.deepEqual(
    findings.map(({ object, severity }) => [object, severity]),
    [[pack, 'damage']],
  );
});

test('a flipped bit is found wherever it is, and named', async (context) => {
  const { blobs, repository } = await sample();
  const sound = blobs.snapshot();
  const random = seededRandom(context);
  let flips = 0;
  for (const name of blobs.names()) {
    for (let byte = random.integer(4); byte < blobs.bytesOf(name).length; byte += 1 + random.integer(16)) {
      blobs.alter(name, (bytes) => flipBit(bytes, byte));
      const { findings, damaged } = await verifyRepository(repository, all);
      assert(damaged, `byte ${byte} of ${name}`);
      assert(namesDamage(findings, name), `byte ${byte} of ${name}: ${JSON.stringify(findings)}`);
      blobs.restore(sound);
      flips += 1;
    }
  }
  context.diagnostic(`${flips} bits`);
});

test('an object that was cut, emptied, or lengthened is found, and named', async () => {
  const { blobs, repository } = await sample();
  const sound = blobs.snapshot();
  for (const name of blobs.names()) {
    const { length } = blobs.bytesOf(name);
    for (const keep of [0, 1, length >> 1, length - 1]) {
      blobs.alter(name, (bytes) => bytes.subarray(0, keep));
      assert(namesDamage((await verifyRepository(repository, all)).findings, name), `${name} cut to ${keep}`);
      blobs.restore(sound);
    }
    blobs.alter(name, (bytes) => Buffer.concat([bytes, Buffer.alloc(20)]));
    assert(namesDamage((await verifyRepository(repository, none)).findings, name), `${name} lengthened`);
    blobs.restore(sound);
  }
});

test('an object that was put in the place of another of its kind is found', async () => {
  const { blobs, repository } = await sample();
  for (const prefix of ['packs/', 'index/', 'snapshots/']) {
    const sound = blobs.snapshot();
    const [one, other] = blobs.names(prefix);
    blobs.alter(one!, () => blobs.bytesOf(other!));
    assert.notDeepEqual(blobs.snapshot(), sound);
    const { findings } = await verifyRepository(repository, none);
    assert(namesDamage(findings, one!), JSON.stringify(findings));
    blobs.restore(sound);
  }
});

test('an index object that says something else of a sound pack is found', async () => {
  const { blobs, repository } = await sample();
  const [name] = blobs.names('index/');
  const payload = repository.objects.openIndexObject(name!.slice('index/'.length), blobs.bytesOf(name!));
  const [first, ...others] = decodeIndexObject(payload, name!);
  const lying = { ...first!, salt: first!.salt.map((byte) => byte ^ 1) };
  await blobs.delete([name!]);
  const { id } = await repository.objects.putIndexObject(encodeIndexObject([lying, ...others]));
  const { findings } = await verifyRepository(repository, none);
  assert.deepEqual(
    findings.map(({ severity, object }) => [severity, object]),
    [['damage', `index/${id}`]],
  );
});

test('a chunk that is damaged names its file in every snapshot that has it, and no other', async () => {
  const { blobs, repository, first, second } = await sample();
  const sound = blobs.snapshot();
  const cases = [
    { content: 'first ', hurt: [first, second].map((snapshot) => ({ snapshot, path: '/home/shared/a' })) },
    { content: 'he'.repeat(500), hurt: [{ snapshot: second, path: '/home/e' }] },
  ];
  for (const { content, hurt } of cases) {
    const { pack, offset } = await placeOf(repository, content);
    blobs.alter(pack, (bytes) => flipBit(bytes, offset + 1));
    const { findings } = await verifyRepository(repository, all);
    assert.deepEqual(findings.length, 1);
    assert.equal(findings[0]!.object, pack);
    assert.deepEqual(findings[0]!.hurt?.toSorted(bySnapshot), hurt.toSorted(bySnapshot));
    assert.deepEqual((await verifyRepository(repository, none)).findings, []); // as nobody read it
    blobs.restore(sound);
  }
});

test('without reading data a pack that is missing names its files, and one that nothing needs is a notice', async () => {
  const { blobs, repository, first } = await sample({ chunksPerPack: 1 });
  const { pack } = await placeOf(repository, 'sea');
  await blobs.delete([pack]);
  const { findings } = await verifyRepository(repository, none);
  assert.deepEqual(findings, [
    {
      severity: 'damage',
      object: pack,
      problem: 'it is missing',
      hurt: [{ snapshot: first, path: '/home/c' }],
    },
  ]);
  await blobs.delete([`snapshots/${first}`]);
  const later = await verifyRepository(repository, none);
  assert.deepEqual(later.findings, [{ severity: 'notice', object: pack, problem: 'it is missing' }]);
  assert.equal(later.damaged, false);
});

test('a pack that was cut hurts only the files whose chunks are gone', async () => {
  const { blobs, repository, first, second } = await sample();
  const { pack, offset, ordinal } = await placeOf(repository, 'bee');
  assert.equal(ordinal, 1);
  blobs.alter(pack, (bytes) => bytes.subarray(0, offset + 3));
  const { findings } = await verifyRepository(repository, none);
  assert.deepEqual(findings.length, 1);
  const hurt = [first, second].map((snapshot) => ({ snapshot, path: '/home/shared/b' }));
  assert.deepEqual(findings[0]!.hurt?.toSorted(bySnapshot), hurt.toSorted(bySnapshot));
});

test('a manifest chunk that is damaged names the directory', async () => {
  const { blobs, repository, second } = await sample();
  const { root } = (await repository.snapshots()).snapshots.find(({ id }) => id === second)!;
  const { packId, offset } = (await repository.index({ refresh: true })).locate(root.fingerprints)!;
  blobs.alter(objectName('packs', packId), (bytes) => flipBit(bytes, offset));
  const { findings } = await verifyRepository(repository, all);
  assert.equal(findings.length, 1);
  assert.deepEqual(findings[0]!.hurt, [{ snapshot: second, path: '/' }]);
});

test('when every index object is lost, all is in no index', async () => {
  const { blobs, repository, first } = await sample();
  await blobs.delete(blobs.names('index/'));
  const { findings } = await verifyRepository(repository, none);
  const damages = findings.filter(({ severity }) => severity === 'damage');
  assert.equal(damages.length, 2);
  assert(damages.some(({ object, hurt }) => object === `snapshots/${first}` && hurt?.[0]?.path === '/'));
  assert.equal(findings.filter(({ severity }) => severity === 'notice').length, 5);
});

test('what is left of interrupted work is a notice', async () => {
  const { blobs, repository } = await sample();
  const session = await repository.openSession({ purpose: 'create', host: 'here', user: 'me' });
  assert.deepEqual((await verifyRepository(repository, none)).findings, []); // it may be at work
  await blobs.put('lost+found', Buffer.of(1));
  const { findings } = await verifyRepository(repository, none);
  assert.deepEqual(
    findings.map(({ severity, object }) => [severity, object]),
    [['notice', 'lost+found']],
  );
  await session.abandon();
});

test('packs that gc is about to delete are no orphans', async () => {
  const { blobs, repository } = await sample();
  const { packId } = await placeOf(repository, 'sea');
  const { indexObjects } = (await repository.index()).packOf(packId)!;
  const { snapshots } = await repository.snapshots();
  await forgetSnapshots(
    repository,
    snapshots.map(({ id }) => id),
  );
  await blobs.delete(indexObjects.map((id) => `index/${id}`));
  const packs = blobs.names('packs/').map((name) => name.slice(-64));
  await condemnPacks(repository, packs);
  const { findings } = await verifyRepository(repository, none);
  assert.deepEqual(
    findings.map(({ severity, problem }) => [severity, problem]),
    [['notice', `${packs.length} packs wait to be deleted by gc`]],
  );
});

test('a chunk with another copy hurts no file', async () => {
  const { blobs, repository } = await sample();
  const { pack, offset } = await placeOf(repository, 'sea');
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  await storeChunks(repository, session, [Buffer.from('sea')]);
  await session.flush();
  await session.abandon();
  blobs.alter(pack, (bytes) => flipBit(bytes, offset));
  const { findings } = await verifyRepository(repository, all);
  assert.deepEqual(
    findings.map(({ object, hurt }) => [object, hurt]),
    [[pack, undefined]],
  );
});

test('what is read wrong once, and right when it is read again, is no damage', async () => {
  const { blobs, repository } = await sample();
  const sound = blobs.snapshot();
  const [pack] = blobs.names('packs/');
  blobs.alter(pack!, (bytes) => flipBit(bytes, 70));
  let reads = 0;
  blobs.disturb = ({ operation, name }) => {
    if (operation === 'get' && name === pack && ++reads === 2) blobs.restore(sound);
    return undefined;
  };
  const { findings } = await verifyRepository(repository, all);
  assert.deepEqual(
    findings.map(({ severity, object }) => [severity, object]),
    [['notice', pack]],
  );
});

test('a snapshot that is forgotten while it is verified is not hurt', async () => {
  const { blobs, repository, first } = await sample({ chunksPerPack: 1 });
  const { pack } = await placeOf(repository, 'sea');
  await blobs.delete([pack]);
  let forgetting = false;
  const onProgress = ({ stage }: { stage: string }) => {
    if (stage !== 'manifests') return;
    blobs.disturb = async ({ operation, name }) => {
      if (operation !== 'list' || name !== 'tombstones/' || forgetting) return undefined;
      forgetting = true;
      await forgetSnapshots(repository, [first]);
      return undefined;
    };
  };
  const { damaged } = await verifyRepository(repository, { ...none, onProgress });
  assert.equal(forgetting, true);
  assert.equal(damaged, false);
});

test('a file that is not as long as its chunks is found', async () => {
  const { repository } = await memoryRepository({ world: sameThreadWorld() });
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  const fingerprints = await storeChunks(repository, session, [Buffer.from('abc')]);
  const time = { seconds: 0, nanoseconds: 0 };
  const writer = new TreeWriter();
  writer.append({
    ...{
      type: 'file',
      name: Buffer.from('f'),
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: time,
      ctime: time,
      inode: 1n,
    },
    content: { kind: 'file', sizeBytes: 4, sparse: false, readable: true, fingerprints },
  });
  const { bytes } = writer.finish();
  const root = await storeChunks(repository, session, [bytes], 'manifest');
  const reference = { kind: 'chunks', fingerprints: root, lengthBytes: bytes.length } as const;
  await session.commit(testSnapshot(root, { root: reference }));
  const { findings } = await verifyRepository(repository, none);
  assert.deepEqual(findings[0]?.hurt, [{ snapshot: session.id, path: '/f' }]);
});

test('an abort ends it', async () => {
  const { repository } = await sample();
  const reason = new Error('enough');
  await assert.rejects(verifyRepository(repository, { ...all, signal: AbortSignal.abort(reason) }), reason);
});

function bySnapshot(left: { snapshot: string }, right: { snapshot: string }): number {
  return left.snapshot < right.snapshot ? -1 : 1;
}

function flipBit(bytes: Uint8Array, byte: number): Uint8Array {
  bytes[byte]! ^= 1 << (byte % 8);
  return bytes;
}

function namesDamage(findings: readonly Finding[], name: string): boolean {
  return findings.some(({ severity, object }) => severity === 'damage' && object === name);
}
