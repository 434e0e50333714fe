// The fingerprint index through its client: what is known and to whom, the filter, leases, restarts, shards that join.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { blake3 } from '@napi-rs/blake-hash';
import { BackupError } from '../../src/errors.ts';
import { objectName } from '../../src/format/object-names.ts';
import { fingerprintServiceOpener } from '../../src/service/client/open-fingerprint-service.ts';
import type { IndexedPacks, ServiceSession } from '../../src/service/fingerprint-service.ts';
import { root, startTestService, type TestService } from './start-service.ts';

const world = realWorld();
const random = new SeededRandom(1);
const session = (digit: number) => `${digit}`.repeat(32);

test('what was registered is known to all, what is condemned not to who read so, what was deleted to nobody', async (t) => {
  const service = await startTestService(t);
  const [kept, condemned] = [await storedPack(service, 100), await storedPack(service, 100)];
  const first = await open(t, service, { id: session(1) });
  for (const pack of [kept, condemned]) await first.register(pack.object);
  const second = await open(t, service, { id: session(2), condemned: [condemned.id] });
  const ask = async (who: typeof first, pack: TestPack) =>
    [...new Set(await who.lookup(pack.fingerprints))].join();
  assert.equal(await ask(first, condemned), '1');
  assert.equal(await ask(second, kept), '1');
  assert.equal(await ask(second, condemned), '0');
  await (await service.open('home')).delete([objectName('packs', condemned.id)]);
  assert.equal(await ask(first, condemned), '0');
  assert.equal(await ask(first, kept), '1');
});

test('what no index object names, and what was cut short, is not known to who begins then', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  const [named, twice, replaced, cut] = await Promise.all([
    ...[1, 2, 3].map(() => storedPack(service, 100)),
    storedPack(service, 100, { cutBytes: 1 }),
  ]);
  const first = await open(t, service, { id: session(1) });
  for (const pack of [named!, twice!, replaced!, cut!]) await first.register(pack.object);
  const blobs = await service.open('home');
  const other = await storedIndexObject(service);
  await first.register({ id: other, packs: twice!.object.packs });
  const ask = async (id: string) => {
    const who = await open(t, service, { id });
    const answers = [named!, twice!, replaced!, cut!].map(({ fingerprints }) => who.lookup(fingerprints));
    return (await Promise.all(answers)).map((known) => [...new Set(known)].join());
  };
  assert.deepEqual(await ask(session(2)), ['1', '1', '1', '0']);
  await blobs.delete([twice!, replaced!].map(({ object }) => objectName('index', object.id)));
  assert.deepEqual(
    await first.lookup(replaced!.fingerprints),
    new Uint8Array(100).fill(1),
    'who began before',
  );
  assert.deepEqual(await ask(session(3)), ['1', '1', '0', '0']);
  await service.service.stop();
  service = await startTestService(t, { data });
  assert.deepEqual(await ask(session(4)), ['1', '1', '0', '0']);
  await service.service.stop();
  const { openBlobs } = await import('@cairn/engines');
  const behind = await openBlobs({ url: `file:${data}/data/backup/repositories/home`, world });
  await behind.delete([objectName('index', other)]);
  service = await startTestService(t, { data });
  assert.deepEqual(await ask(session(5)), ['1', '0', '0', '0']);
});

test('a pack that was registered and never named is not known to who begins then', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  const pack = await storedPack(service, 10);
  const registering = { method: 'POST', path: 'index/register', query: { pack: pack.id } } as const;
  const body = Buffer.concat(
    Array.from({ length: 10 }, (_, index) => pack.fingerprints.subarray(index * 32, index * 32 + 16)),
  );
  await service.connection('home').callForBytes({ ...registering, body, attempted: 'register' });
  const ask = async (id: string) => (await open(t, service, { id })).lookup(pack.fingerprints);
  assert.deepEqual(await ask(session(1)), new Uint8Array(10));
  await service.service.stop();
  service = await startTestService(t, { data });
  assert.deepEqual(await ask(session(2)), new Uint8Array(10));
  const writer = await open(t, service, { id: session(3), readIndexObject: async () => pack.object });
  assert.deepEqual(await writer.lookup(pack.fingerprints), new Uint8Array(10).fill(1));
});

test('a shard that was lost fills again, though the others know its packs', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  const packs = await Promise.all([1, 2].map(() => storedPack(service, 100)));
  const writer = await open(t, service, { id: session(1) });
  await writer.register(packs[0]!.object);
  await service.call('POST /repositories/home/shards', { shard: 'shard-2' });
  await writer.register(packs[1]!.object);
  await service.service.stop();
  await rm(`${data}/data/backup/index/home/index/shard-2`, { recursive: true });
  service = await startTestService(t, { data });
  const readIndexObject = async (id: string) => packs.find(({ object }) => object.id === id)?.object;
  const next = await open(t, service, { id: session(2), readIndexObject });
  for (const { fingerprints } of packs)
    assert.deepEqual(await next.lookup(fingerprints), new Uint8Array(100).fill(1));
});

test('an index object of which nobody told is told by the next who begins, once', async (t) => {
  const service = await startTestService(t);
  const pack = await storedPack(service, 100);
  const asked: string[] = [];
  const readIndexObject = async (id: string) => {
    asked.push(id);
    return id === pack.object.id ? pack.object : undefined;
  };
  for (const digit of [1, 2]) {
    const writer = await open(t, service, { id: session(digit), readIndexObject });
    assert.deepEqual(await writer.lookup(pack.fingerprints), new Uint8Array(100).fill(1));
    assert.deepEqual([...new Set(await writer.locate(pack.fingerprints))], [pack.id]);
    assert.deepEqual(asked, [pack.object.id]);
  }
  const writer = await open(t, service, { id: session(3) });
  assert.deepEqual(await writer.locate(random.bytes(64)), [undefined, undefined]);
});

test('an index object, or a pack of one, that gc takes away while it is read keeps nobody from beginning', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  const [kept, ...taken] = await Promise.all([1, 2, 3].map(() => storedPack(service, 10)));
  const all = [taken[0]!, taken[1]!, kept!];
  const gone = [objectName('index', taken[0]!.object.id), objectName('packs', taken[1]!.id)];
  const readIndexObject = async (id: string) => {
    await blobs.delete(gone);
    return all.find(({ object }) => object.id === id)?.object;
  };
  const writer = await open(t, service, { id: session(1), readIndexObject });
  const known = all.map(async ({ fingerprints }) => (await writer.lookup(fingerprints))[0]);
  assert.deepEqual(await Promise.all(known), [0, 0, 1]);
});

test('a pack that is not stored, or was deleted, cannot be registered: its session was fenced', async (t) => {
  const service = await startTestService(t);
  const pack = await storedPack(service, 10);
  const writer = await open(t, service, { id: session(1) });
  await (await service.open('home')).delete([objectName('packs', pack.id)]);
  await assert.rejects(
    writer.register(pack.object),
    (error) => error instanceof BackupError && error.code === 'fenced',
  );
  assert.deepEqual(await writer.lookup(pack.fingerprints, { definitelyNew: 'ask' }), new Uint8Array(10));
});

test('the filter saves at least 95% of the questions about new data, and none about what is known', async (t) => {
  const service = await startTestService(t);
  const pack = await storedPack(service, 5_000);
  await (await open(t, service, { id: session(1) })).register(pack.object);
  const writer = await open(t, service, { id: session(2) });
  const fresh = random.bytes(20_000 * 32);
  assert.deepEqual(await writer.lookup(fresh), new Uint8Array(20_000));
  const { saved, asked, fingerprints } = writer.counts();
  t.diagnostic(`${saved} of ${fingerprints} questions were saved`);
  assert(saved / fingerprints > 0.95 && saved + asked === fingerprints);
  assert.deepEqual(await writer.lookup(pack.fingerprints), new Uint8Array(5_000).fill(1));
  assert.equal(writer.counts().asked, asked + 5_000);
});

test('a service that starts anew knows what it knew, and a writer goes on in its session', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  const [known, condemned] = [await storedPack(service, 50), await storedPack(service, 50)];
  const before = await open(t, service, { id: session(1) });
  for (const pack of [known, condemned]) await before.register(pack.object);
  const port = Number(new URL(service.origin).port);
  await service.service.stop();
  service = await startTestService(t, { data, port });
  const writer = await open(t, service, { id: session(2), condemned: [condemned.id] });
  await service.service.stop();
  service = await startTestService(t, { data, port });
  assert.deepEqual(await writer.lookup(known.fingerprints), new Uint8Array(50).fill(1));
  assert.deepEqual(await writer.lookup(condemned.fingerprints), new Uint8Array(50), 'it was told again');
});

test('a pack that was deleted behind the service’s back is unknown from the next start on', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  const pack = await storedPack(service, 50);
  await (await open(t, service, { id: session(1) })).register(pack.object);
  await service.service.stop();
  const { openBlobs } = await import('@cairn/engines');
  const behind = await openBlobs({ url: `file:${data}/data/backup/repositories/home`, world });
  await behind.delete([objectName('packs', pack.id)]);
  service = await startTestService(t, { data });
  const writer = await open(t, service, { id: session(2) });
  assert.deepEqual(await writer.lookup(pack.fingerprints, { definitelyNew: 'ask' }), new Uint8Array(50));
});

test('pessimistic: one writer uploads, the other counts on it and learns what became of it', async (t) => {
  const service = await startTestService(t);
  const [shared, lost] = [await storedPack(service, 20), await storedPack(service, 20)];
  const uploader = await open(t, service, { id: session(1), concurrency: 'pessimistic' });
  const other = await open(t, service, { id: session(2), concurrency: 'pessimistic' });
  assert.deepEqual(await uploader.lookup(shared.fingerprints), new Uint8Array(20), 'it gets the leases');
  assert.deepEqual(await other.lookup(shared.fingerprints), new Uint8Array(20).fill(1), 'promised');
  const settled = other.settle();
  await uploader.register(shared.object);
  assert.equal(await settled, 'settled');
  assert.equal(await uploader.settle(), 'settled');

  assert.deepEqual(await uploader.lookup(lost.fingerprints), new Uint8Array(20));
  assert.deepEqual(await other.lookup(lost.fingerprints), new Uint8Array(20).fill(1));
  await uploader.close();
  assert.equal(await other.settle(), 'broken');
  const again = await open(t, service, { id: session(3), concurrency: 'pessimistic' });
  assert.deepEqual(
    await again.lookup(lost.fingerprints),
    new Uint8Array(20),
    'who starts again gets the leases',
  );
});

test('pessimistic: the commit of a session, and a fence, end its leases', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  const pack = await storedPack(service, 5);
  const writer = await open(t, service, { id: session(1), concurrency: 'pessimistic' });
  const other = await open(t, service, { id: session(2), concurrency: 'pessimistic' });
  await writer.lookup(pack.fingerprints);
  await other.lookup(pack.fingerprints);
  await blobs.put(objectName('snapshots', session(1)), Buffer.from('a fence'), { ifAbsent: true });
  assert.equal(await other.settle(), 'broken');
});

test('a shard is added while writers ask, and nothing they were told changes', async (t) => {
  const service = await startTestService(t);
  const pack = await storedPack(service, 3_000);
  const writer = await open(t, service, { id: session(1) });
  await writer.register(pack.object);
  let isJoining = true;
  const joined = service.call('POST /repositories/home/shards', { shard: 'shard-2' }).finally(() => {
    isJoining = false;
  });
  do {
    assert.deepEqual(await writer.lookup(pack.fingerprints), new Uint8Array(3_000).fill(1));
  } while (isJoining);
  const { status, body } = await joined;
  assert.equal(status, 200);
  assert((body.moved as number) > 1_000 && (body.moved as number) < 2_000, `${body.moved} of 3,000 moved`);
  assert.deepEqual(await writer.lookup(pack.fingerprints), new Uint8Array(3_000).fill(1));
  const { body: usage } = await service.call('GET /repositories/home');
  assert.deepEqual(
    (usage.shards as { name: string }[]).map(({ name }) => name),
    ['shard-1', 'shard-2'],
  );
  assert.equal(usage.fingerprints, 3_000);
});

test('bodies that are no keys, sessions that are none, and batches without end are refused', async (t) => {
  const service = await startTestService(t);
  await storedPack(service, 1);
  const connection = service.connection('home');
  const post = (path: string, query: Record<string, string>, body: Uint8Array) =>
    connection.callForBytes({ method: 'POST', path, query, body, attempted: 'try' });
  const known = { session: session(1) };
  await post('index/session', known, Buffer.alloc(0));
  const refused: readonly (readonly [string, Record<string, string>, number, string])[] = [
    ['index/lookup', known, 15, 'invalid-request'],
    ['index/lookup', { session: session(9) }, 16, 'fenced'],
    ['index/lookup', { session: 'x' }, 16, 'invalid-request'],
    ['index/lookup', {}, 16, 'invalid-request'],
    ['index/lookup', known, 16_385 * 16, 'invalid-argument'],
    ['index/session', known, 31, 'invalid-request'],
    ['index/register', { pack: '../x' }, 16, 'invalid-request'],
    ['index/nothing', known, 16, 'not-found'],
  ];
  for (const [path, query, length, code] of refused) {
    await assert.rejects(post(path, query, Buffer.alloc(length)), { code }, `${path} ${length}`);
  }
  assert.equal((await post('index/lookup', known, Buffer.alloc(16_384 * 16))).length, 16_384);
});

test('no more keys are taken of a pack than its bytes can hold, nor is it registered without end', async (t) => {
  const service = await startTestService(t);
  const pack = await storedPack(service, 10);
  const register = (count: number) =>
    service.connection('home').callForBytes({
      ...{ method: 'POST', path: 'index/register', query: { pack: pack.id } },
      ...{ body: random.bytes(count * 16), attempted: 'register' },
    });
  await assert.rejects(register(11), { code: 'invalid-argument', message: /11 keys/ });
  for (let again = 0; again < 16; again += 1) await register(10);
  await assert.rejects(register(1), { code: 'invalid-argument' });
  const { body } = await service.call('GET /repositories/home');
  assert.equal(body.fingerprints, 160);
});

type TestPack = {
  readonly id: string;
  readonly fingerprints: Uint8Array;
  /** The index object that names it; stored. */
  readonly object: IndexedPacks;
};

/** A pack of the repository `home` that holds so many chunks, or says so: the service cannot look into it. */
async function storedPack(
  service: TestService,
  entryCount: number,
  { cutBytes = 0 }: { readonly cutBytes?: number } = {},
): Promise<TestPack> {
  const fingerprints = random.bytes(entryCount * 32);
  const entries = Buffer.concat(
    Array.from({ length: entryCount }, (_, index) =>
      Buffer.concat([fingerprints.subarray(index * 32, (index + 1) * 32), Buffer.from([1, 2])]),
    ),
  );
  // As small as a pack of so many chunks can be.
  const bytes = random.bytes(80 + entryCount * 51);
  const id = blake3(bytes).toString('hex');
  await service.call('PUT /repositories/home', {});
  await (await service.open('home')).put(objectName('packs', id), bytes, { ifAbsent: true });
  const pack = {
    id,
    type: 'data',
    sizeBytes: bytes.length + cutBytes,
    epoch: 1,
    salt: random.bytes(32),
    entries,
    entryCount,
  } as const;
  return { id, fingerprints, object: { id: await storedIndexObject(service), packs: [pack] } };
}

async function storedIndexObject(service: TestService): Promise<string> {
  const bytes = random.bytes(100);
  const id = blake3(bytes).toString('hex');
  await (await service.open('home')).put(objectName('index', id), bytes, { ifAbsent: true });
  return id;
}

async function open(
  t: TestContext,
  service: TestService,
  options: {
    readonly id: string;
    readonly condemned?: readonly string[];
    readonly concurrency?: 'optimistic' | 'pessimistic';
    readonly readIndexObject?: ServiceSession['readIndexObject'];
  },
) {
  const { id, condemned = [], concurrency = 'optimistic', readIndexObject = async () => undefined } = options;
  const opener = fingerprintServiceOpener({
    url: service.url('home'),
    world,
    credentials: root,
    concurrency,
  });
  const opened = await opener({ id, condemnedPacks: new Set(condemned), readIndexObject });
  t.after(() => opened.close());
  return opened;
}
