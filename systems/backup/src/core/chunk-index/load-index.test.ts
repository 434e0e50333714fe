// Reading the index from a store: W2's order, what vanishes or is damaged meanwhile, and what is not read twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBackupError } from '../../../test/backup-error.ts';
import type { MemoryBlobs } from '../../../test/memory-blobs.ts';
import {
  memoryRepository,
  openTestRepository,
  sealTestPack,
  storeChunks,
  testCost,
  testPassword,
} from '../../../test/memory-repository.ts';
import { encodeIndexObject } from '../../format/index-object.ts';
import { objectName } from '../../format/object-names.ts';
import { encodeCondemned } from '../../format/records/condemned.ts';
import { encodeVerdict } from '../../format/records/verdict.ts';
import { stretchPasswordInPlace as stretch } from '../../keys/stretch-password.ts';
import { rotateKeys } from '../keys/rotate-keys.ts';
import type { Repository } from '../repository.ts';

const owner = { purpose: 'create', host: 'h', user: 'u' } as const;
const id = (digit: string) => digit.repeat(32);

/** A repository with one pack for each text, each in an index object of its own. */
async function repositoryOf(...texts: readonly string[]): Promise<{
  repository: Repository;
  blobs: MemoryBlobs;
  fingerprints: Uint8Array[];
  reopen: () => Promise<Repository>;
}> {
  const { repository, blobs, world } = await memoryRepository();
  const session = await repository.openSession(owner);
  const fingerprints: Uint8Array[] = [];
  for (const text of texts) {
    fingerprints.push(await storeChunks(repository, session, [Buffer.from(text)]));
    await session.flush();
  }
  await session.abandon();
  return { repository, blobs, fingerprints, reopen: () => openTestRepository({ blobs, world }) };
}

async function condemn(repository: Repository, packs: readonly string[], digit = 'c'): Promise<void> {
  const name = objectName('condemned', id(digit));
  await repository.objects.putIfAbsent(
    { kind: 'condemned', name },
    encodeCondemned({ session: id('5'), packs }),
  );
}

function callsOf(blobs: MemoryBlobs): string[] {
  return blobs.calls.map(({ operation, name }) => `${operation} ${name.replace(/[0-9a-f]{32,}.*/, '*')}`);
}

test('a writer is durable before it reads; condemnations come first, then verdicts, index objects, packs', async () => {
  const { repository, blobs, reopen } = await repositoryOf('a');
  await condemn(repository, []);
  const name = objectName('verdicts', id('d'));
  await repository.objects.putIfAbsent({ kind: 'verdict', name }, encodeVerdict({ packs: [] }));
  const again = await reopen();
  blobs.calls.length = 0;
  const session = await again.openSession(owner);
  // Whether it is still the repository that was opened is looked at beside these, behind the session.
  const calls = callsOf(blobs);
  assert(calls.indexOf('get config') > 1);
  assert.deepEqual(
    calls.filter((call) => call !== 'get config'),
    [
      'put sessions/*',
      'put sessions/*',
      'list condemned/',
      'get condemned/*',
      'list verdicts/',
      'get verdicts/*',
      'list index/',
      'get index/*',
      'list packs/',
    ],
  );
  assert.deepEqual(session.index.condemnations, [id('c')]);
  await session.abandon();
});

test('what is condemned or in a verdict is not known, but can be read', async () => {
  const { repository, fingerprints, reopen } = await repositoryOf('a', 'b', 'c');
  const index = await repository.index({ refresh: true });
  const packs = fingerprints.map((fingerprint) => index.locate(fingerprint)!.packId);
  await condemn(repository, [packs[0]!]);
  const name = objectName('verdicts', id('d'));
  await repository.objects.putIfAbsent({ kind: 'verdict', name }, encodeVerdict({ packs: [packs[1]!] }));
  const again = await reopen();
  const fresh = await again.index();
  assert.deepEqual(
    fingerprints.map((fingerprint) => fresh.isKnown(fingerprint)),
    [false, false, true],
  );
  assert.equal([...fresh.knownFingerprints()].length, 1);
  const read = await Array.fromAsync(again.readChunks(fingerprints[0]!), (bytes) =>
    Buffer.from(bytes).toString(),
  );
  assert.deepEqual(read, ['a']);
});

test('a pack that is not listed, or cut short, is not known', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a', 'b', 'c');
  const index = await repository.index({ refresh: true });
  const [gone, cut] = fingerprints.map((fingerprint) => index.locate(fingerprint)!.packId);
  await blobs.delete([objectName('packs', gone!)]);
  blobs.alter(objectName('packs', cut!), (bytes) => bytes.subarray(0, -1));
  const fresh = await (await reopen()).index();
  assert.deepEqual(
    fingerprints.map((fingerprint) => fresh.isKnown(fingerprint)),
    [false, false, true],
  );
  assert.deepEqual(
    fresh.missing.map(({ id: pack }) => pack),
    [gone],
  );
  assert.equal(fresh.packOf(cut!)?.listedBytes, fresh.packOf(cut!)!.sizeBytes - 1);
});

test('an index object that gc replaced between listing and reading is looked for again', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a', 'b');
  const index = await repository.index({ refresh: true });
  const again = await reopen();
  let merged = false;
  blobs.disturb = async ({ operation, name }) => {
    if (merged || operation !== 'get' || !name.startsWith('index/')) return undefined;
    merged = true;
    await merge(
      repository,
      index.packs.map((pack) => pack.id),
      blobs,
    );
    return undefined;
  };
  const fresh = await again.index();
  assert(merged);
  assert.deepEqual(
    fingerprints.map((fingerprint) => fresh.isKnown(fingerprint)),
    [true, true],
  );
  assert.deepEqual(fresh.damaged, []);
  assert(fresh.indexObjects.includes(blobs.names('index/')[0]!.slice('index/'.length)));
});

test('chunks that gc stored anew between the reading of the index and the listing of packs are looked for again', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a', 'b');
  const again = await reopen();
  const before = await again.index();
  const [old] = before.copies(fingerprints[0]!);
  const oldObject = before.packOf(old!.packId)!.indexObjects[0]!;
  let rewritten = false;
  blobs.disturb = async ({ operation, name }) => {
    if (rewritten || operation !== 'list' || name !== 'packs/') return undefined;
    rewritten = true;
    const session = await repository.openSession(owner);
    await storeChunks(repository, session, [Buffer.from('a')]);
    await session.flush();
    await session.abandon();
    await blobs.delete([objectName('index', oldObject), objectName('packs', old!.packId)]);
    return undefined;
  };
  const fresh = await again.index({ refresh: true });
  assert(rewritten);
  assert(fresh.isKnown(fingerprints[0]!), 'the new pack is in the index');
  assert(fresh.isKnown(fingerprints[1]!));
  assert.deepEqual(before.copies(fingerprints[0]!), [old], 'an index that was given out does not change');
});

test('of a pack that is missing the index is listed once more, and no more than that', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a', 'b');
  const { packId } = (await repository.index({ refresh: true })).locate(fingerprints[0]!)!;
  await blobs.delete([objectName('packs', packId)]);
  const again = await reopen();
  blobs.calls.length = 0;
  assert.equal((await again.index()).missing.length, 1);
  assert.equal(callsOf(blobs).filter((call) => call === 'list index/').length, 2);
  assert.equal(callsOf(blobs).filter((call) => call === 'list packs/').length, 1);
});

/** One index object for all packs, then the others go: C7. */
async function merge(repository: Repository, packIds: readonly string[], blobs: MemoryBlobs): Promise<void> {
  const old = blobs.names('index/');
  const index = await repository.index();
  const summaries = packIds.map((packId) => {
    const pack = index.packOf(packId)!;
    const fingerprint = index.contentsOf(packId)!.fingerprints;
    return { ...pack, entries: Buffer.concat([fingerprint, Buffer.of(1, 2)]) };
  });
  await repository.objects.putIndexObject(encodeIndexObject(summaries));
  await blobs.delete(old);
}

test('a damaged index object is named, and hides no other', async () => {
  const { blobs, fingerprints, reopen } = await repositoryOf('a', 'b');
  const [first] = blobs.names('index/');
  blobs.alter(first!, flip);
  const fresh = await (await reopen()).index();
  assert.equal(fingerprints.filter((fingerprint) => fresh.isKnown(fingerprint)).length, 1);
  assert.equal(fresh.damaged.length, 1);
  assert.equal(fresh.damaged[0]?.name, first);
  assert.match(fresh.damaged[0]!.problem, new RegExp(first!));
  assert.equal(fresh.orphans.length, 1);
});

const flip = (bytes: Uint8Array) => bytes.fill(bytes[60]! ^ 1, 60, 61);

test('a condemnation that is hurt is named to readers, and called off by the next writer', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a');
  const [pack] = (await repository.index({ refresh: true })).packs;
  await condemn(repository, [pack!.id]);
  const name = objectName('condemned', id('c'));
  blobs.alter(name, flip);
  const again = await reopen();
  const index = await again.index();
  assert.deepEqual(
    index.damaged.map((object) => object.name),
    [name],
  );
  assert(index.locate(fingerprints[0]!) !== undefined);
  assert.deepEqual(blobs.names('verdicts/'), [], 'a reader changes nothing');
  const session = await again.openSession(owner);
  assert(session.index.isKnown(fingerprints[0]!), 'its packs are free');
  assert.deepEqual(blobs.names('verdicts/'), [objectName('verdicts', id('c'))]);
  await session.abandon();
});

test('of a condemnation that is hurt, the packs that its verdict names are not relied on', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a', 'b');
  const index = await repository.index({ refresh: true });
  const [dead, free] = fingerprints.map((fingerprint) => index.locate(fingerprint)!.packId);
  await condemn(repository, [dead!, free!]);
  const verdict = objectName('verdicts', id('c'));
  await repository.objects.putIfAbsent({ kind: 'verdict', name: verdict }, encodeVerdict({ packs: [dead!] }));
  blobs.alter(objectName('condemned', id('c')), flip);
  const session = await (await reopen()).openSession(owner);
  assert.deepEqual(
    fingerprints.map((fingerprint) => session.index.isKnown(fingerprint)),
    [false, true],
  );
  await session.abandon();
});

test('of a verdict that is hurt, all packs of its condemnation are not relied on', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a');
  const [pack] = (await repository.index({ refresh: true })).packs;
  await condemn(repository, [pack!.id]);
  const verdict = objectName('verdicts', id('c'));
  await repository.objects.putIfAbsent({ kind: 'verdict', name: verdict }, encodeVerdict({ packs: [] }));
  blobs.alter(verdict, flip);
  const session = await (await reopen()).openSession(owner);
  assert(!session.index.isKnown(fingerprints[0]!));
  await session.abandon();
});

test('a condemnation that is hurt as its verdict is stops writers, by name, and no reader', async () => {
  const { repository, blobs, reopen } = await repositoryOf('a');
  await condemn(repository, []);
  const [condemned, verdict] = [objectName('condemned', id('c')), objectName('verdicts', id('c'))];
  await repository.objects.putIfAbsent({ kind: 'verdict', name: verdict }, encodeVerdict({ packs: [] }));
  for (const name of [condemned, verdict]) blobs.alter(name, flip);
  const again = await reopen();
  await assert.rejects(again.openSession(owner), isBackupError('damaged', /condemned.*repair/));
  assert.deepEqual(blobs.names('sessions/'), [], 'the session does not stay');
  assert.equal((await again.index()).damaged.length, 2);
});

test('a condemnation under a key that a rotation brought is not called off', async () => {
  const { repository, blobs, reopen } = await repositoryOf('a');
  const old = await reopen();
  await rotateKeys(repository, { password: testPassword, ...owner, cost: testCost, stretch });
  await condemn(await reopen(), []);
  await assert.rejects(old.openSession(owner), isBackupError('damaged', /epoch/));
  assert.deepEqual(blobs.names('verdicts/'), []);
});

test('a second reading of the index fetches what is new only', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a', 'b');
  const again = await reopen();
  const before = await again.index();
  const session = await repository.openSession(owner);
  const added = await storeChunks(repository, session, [Buffer.from('c')]);
  await session.flush();
  await session.abandon();
  blobs.calls.length = 0;
  const after = await again.index({ refresh: true });
  assert.equal(callsOf(blobs).filter((call) => call.startsWith('get')).length, 1);
  assert.deepEqual(
    [...fingerprints, added].map((fingerprint) => after.isKnown(fingerprint)),
    [true, true, true],
  );
  assert(!before.isKnown(added), 'an index does not change');
  blobs.calls.length = 0;
  await again.index({ refresh: true });
  assert.equal(callsOf(blobs).filter((call) => call.startsWith('get')).length, 0);
});

test('packs beyond one page of a listing are all listed', async () => {
  const { repository, blobs } = await memoryRepository();
  const { pack } = sealTestPack(repository, [Buffer.from('x')]);
  for (let number = 0; number < 1_200; number++) {
    const hex = (number * 2_654_435_761 + 1).toString(16).padStart(64, '0');
    await blobs.put(objectName('packs', [...hex].reverse().join('')), pack.bytes);
  }
  const index = await repository.index();
  assert.equal(new Set(index.orphans.map((orphan) => orphan.id)).size, 1_200);
});

test('an index that could not be read is read by the next who asks', async () => {
  const { blobs, fingerprints, reopen } = await repositoryOf('a');
  const again = await reopen();
  blobs.disturb = () => {
    throw new TypeError('a mistake');
  };
  await assert.rejects(again.index(), TypeError);
  blobs.disturb = () => undefined;
  assert((await again.index()).isKnown(fingerprints[0]!));
});

test('a store that lists objects of any size costs no memory', async () => {
  const { repository, blobs, fingerprints, reopen } = await repositoryOf('a');
  const list = blobs.list.bind(blobs);
  blobs.list = async (options) => {
    const page = await list(options);
    return { ...page, blobs: page.blobs.map((info) => ({ ...info, sizeBytes: 2 ** 50 })) };
  };
  const index = await (await reopen()).index();
  assert(index.locate(fingerprints[0]!) !== undefined);
  await repository.close();
});
