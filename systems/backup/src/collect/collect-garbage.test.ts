import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { realWorld, type World } from '@cairn/world';
import { MemoryBlobs } from '../../test/memory-blobs.ts';
import { memoryRepository, openTestRepository, testSnapshot } from '../../test/memory-repository.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { objectName } from '../format/object-names.ts';
import { TreeWriter } from '../format/tree-writer.ts';
import { leaseMsDefault, tombstoneMs } from '../limits.ts';
import { ChunkCompression } from '../transform/chunk-compression.ts';
import { ChunkStore } from '../transform/chunk-store.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { CollectOptions } from './collect-options.ts';

const collector = { host: 'collector', user: 'root', minPackBytes: 0 };

/** A repository whose store and clients tell the same time, which a test moves on. */
async function movingRepository(): Promise<{
  repository: Repository;
  blobs: MemoryBlobs;
  pass: (ms: number) => void;
}> {
  const real = realWorld();
  let passedMs = 0;
  const clock = { ...real.clock, nowMs: () => real.clock.nowMs() + passedMs };
  const world: World = { ...real, clock: { ...clock, setTimer: real.clock.setTimer.bind(real.clock) } };
  const blobs = new MemoryBlobs({ clock: world.clock });
  const { repository } = await memoryRepository({ world, blobs });
  const pass = (ms: number) => {
    passedMs += ms;
  };
  return { repository, blobs, pass };
}

/** A snapshot of one directory with these files, whose contents are text repeated to some KiB. */
async function backUp(repository: Repository, files: Readonly<Record<string, string>>): Promise<string> {
  const session = await repository.openSession({ purpose: 'create', host: 'writer', user: 'ann' });
  assert.equal(
    await session.commit(
      await build(
        new ChunkStore(repository, session, { compression: new ChunkCompression(repository) }),
        files,
      ),
    ),
    'committed',
  );
  return session.id;
}

async function build(store: ChunkStore, files: Readonly<Record<string, string>>) {
  const writer = new TreeWriter();
  for (const [name, text] of Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const raw = contentOf(text);
    const fingerprints = await store.put('data', raw);
    writer.append({
      ...{ type: 'file', name: Buffer.from(name), mode: 0o644, uid: 0, gid: 0, inode: 1n },
      mtime: { seconds: 0, nanoseconds: 0 },
      ctime: { seconds: 0, nanoseconds: 0 },
      content: { kind: 'file', sizeBytes: raw.length, sparse: false, readable: true, fingerprints },
    });
  }
  const { bytes } = writer.finish();
  const fingerprints = await store.putDirectory(bytes);
  await store.finish();
  return testSnapshot(fingerprints, { root: { kind: 'chunks', fingerprints, lengthBytes: bytes.length } });
}

function contentOf(text: string): Buffer {
  return Buffer.from(`${text} `.repeat(1_000));
}

async function canRead(repository: Repository, text: string): Promise<boolean> {
  const session = await repository.openSession({ purpose: 'create', host: 'reader', user: 'ann' });
  const store = new ChunkStore(repository, session, { compression: new ChunkCompression(repository) });
  const fingerprint = await store.put('data', contentOf(text));
  await session.abandon();
  if ((await repository.index({ refresh: true })).locate(fingerprint) === undefined) return false;
  for await (const chunk of repository.readChunks(fingerprint))
    assert.deepEqual(Buffer.from(chunk), contentOf(text));
  return true;
}

function collect(repository: Repository, options: Partial<CollectOptions> = {}) {
  return collectGarbage(repository, { ...collector, ...options });
}

function packsOf(blobs: MemoryBlobs): readonly string[] {
  return blobs.names().filter((name) => name.startsWith('packs/'));
}

test('what only a forgotten snapshot needed goes, and what others need stays', async () => {
  const { repository, blobs } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple', b: 'pear' });
  await backUp(repository, { b: 'pear', c: 'plum' });
  await forgetSnapshots(repository, [first]);
  const report = await collect(repository, { maxUnusedPercent: 0 });
  assert.deepEqual(report.damaged, []);
  assert(report.packsDeleted >= 2, `the manifest and the data of the first: ${JSON.stringify(report)}`);
  assert.equal(report.packsRewritten, 1);
  assert.equal(await canRead(repository, 'apple'), false);
  assert.equal(await canRead(repository, 'pear'), true);
  assert.equal(await canRead(repository, 'plum'), true);
  assert.equal(packsOf(blobs).length, 3, 'plum, a new one of pear alone, a manifest');
  assert.deepEqual(
    blobs.names().filter((name) => /^(sessions|condemned)\//.test(name)),
    [],
  );
  const again = await collect(repository, { maxUnusedPercent: 0 });
  assert.deepEqual([again.packsCondemned, again.packsDeleted, again.packsRewritten], [0, 0, 0]);
});

test('a pack is left alone while no more is unused than allowed', async () => {
  const { repository } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple', b: 'pear' });
  await backUp(repository, { b: 'pear' });
  await forgetSnapshots(repository, [first]);
  const report = await collect(repository, { maxUnusedPercent: 90 });
  assert.equal(report.packsRewritten, 0);
  assert.equal(await canRead(repository, 'apple'), true);
  assert(report.bytesUnused > 0);
});

test('a dry run says what would be done, and writes nothing', async () => {
  const { repository, blobs } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple', b: 'pear' });
  await backUp(repository, { b: 'pear' });
  await forgetSnapshots(repository, [first]);
  const before = blobs.names();
  const report = await collect(repository, { dryRun: true, maxUnusedPercent: 0 });
  assert.deepEqual(blobs.names(), before);
  assert.equal(report.packsRewritten, 1);
  assert.equal(report.packsCondemned, 2);
  assert.equal(report.packsDeleted, 0);
});

test('a writer at work is waited for, and what it committed on condemned packs stays', async () => {
  const { repository } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple' });
  const session = await repository.openSession({ purpose: 'create', host: 'laptop', user: 'ann' });
  await forgetSnapshots(repository, [first]);
  const waiting = await collect(repository);
  assert.equal(waiting.packsDeleted, 0);
  assert.equal(waiting.packsWaiting, 2);
  assert.deepEqual(
    waiting.waits.map(({ session: id, host, user }) => ({ id, host, user })),
    [{ id: session.id, host: 'laptop', user: 'ann' }],
  );
  // It was told that the apple is there.
  const snapshot = await build(
    new ChunkStore(repository, session, { compression: new ChunkCompression(repository) }),
    { a: 'apple' },
  );
  assert.equal(await session.commit(snapshot), 'committed');
  const report = await collect(repository);
  assert.deepEqual(report.waits, []);
  assert.equal(report.packsDeleted, 0);
  assert.equal(await canRead(repository, 'apple'), true);
});

test('a writer that came after the condemnation does not rely on it', async () => {
  const { repository } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple' });
  const idle = await repository.openSession({ purpose: 'create', host: 'laptop', user: 'ann' });
  await forgetSnapshots(repository, [first]);
  await collect(repository);
  await backUp(repository, { b: 'apple' });
  await idle.abandon();
  const report = await collect(repository);
  assert.equal(report.packsDeleted, 2);
  assert.equal(await canRead(repository, 'apple'), true);
});

test('a writer without a heartbeat is fenced after the lease: its commit fails, and its packs go', async () => {
  const { repository, blobs, pass } = await movingRepository();
  const first = await backUp(repository, { a: 'apple' });
  const session = await repository.openSession({ purpose: 'create', host: 'laptop', user: 'ann' });
  const snapshot = await build(
    new ChunkStore(repository, session, { compression: new ChunkCompression(repository) }),
    { a: 'apple', b: 'pear' },
  );
  await forgetSnapshots(repository, [first]);
  pass(leaseMsDefault / 2);
  assert.equal((await collect(repository)).waits.length, 1);
  pass(leaseMsDefault);
  const report = await collect(repository);
  assert.equal(report.sessionsFenced, 1);
  assert(report.packsDeleted > 0);
  assert.equal(await session.commit(snapshot), 'fenced');
  await collect(repository);
  assert.deepEqual(packsOf(blobs), []);
});

test('a writer that died while the store’s clock was a year ahead is not waited for until then', async () => {
  const { repository, blobs, pass } = await movingRepository();
  const first = await backUp(repository, { a: 'apple' });
  const yearMs = 365 * 24 * 3_600_000;
  pass(yearMs);
  await repository.openSession({ purpose: 'create', host: 'laptop', user: 'ann' });
  pass(-yearMs);
  await forgetSnapshots(repository, [first]);
  const report = await collect(repository);
  assert.deepEqual([report.waits, report.sessionsFenced], [[], 1]);
  assert(report.packsDeleted > 0);
  assert.deepEqual(packsOf(blobs), []);
});

test('a writer that began while the store’s clock was a year ahead, and is at work, is waited for', async () => {
  const { repository, blobs, pass } = await movingRepository();
  const first = await backUp(repository, { a: 'apple' });
  const yearMs = 365 * 24 * 3_600_000;
  pass(yearMs);
  const session = await repository.openSession({ purpose: 'create', host: 'laptop', user: 'ann' });
  pass(-yearMs);
  const alive = `sessions/${session.id}.alive`;
  await blobs.put(alive, blobs.bytesOf(alive));
  await forgetSnapshots(repository, [first]);
  const { waits, sessionsFenced } = await collect(repository);
  assert.deepEqual([waits.map((wait) => wait.session), sessionsFenced], [[session.id], 0]);
  await session.abandon();
});

test('tombstones, fences and verdicts go after 30 days, their snapshots with them', async () => {
  const { repository, blobs, pass } = await movingRepository();
  const first = await backUp(repository, { a: 'apple' });
  await repository.openSession({ purpose: 'create', host: 'laptop', user: 'ann' });
  await forgetSnapshots(repository, [first]);
  pass(leaseMsDefault * 2);
  await collect(repository);
  const kept = /^(snapshots|tombstones|verdicts)\//;
  assert.equal(blobs.names().filter((name) => kept.test(name)).length, 4);
  pass(tombstoneMs - 3 * leaseMsDefault);
  await collect(repository);
  assert.equal(blobs.names().filter((name) => kept.test(name)).length, 4);
  pass(4 * leaseMsDefault);
  await collect(repository);
  assert.deepEqual(
    blobs.names().filter((name) => kept.test(name)),
    [],
  );
});

test('nothing is deleted while a snapshot, an index object or a manifest cannot be read, and it is named', async () => {
  for (const hurt of ['snapshots/', 'index/', 'manifest'] as const) {
    const { repository, blobs } = await memoryRepository();
    const first = await backUp(repository, { a: 'apple' });
    const second = await backUp(repository, { b: 'pear' });
    await forgetSnapshots(repository, [first]);
    const name =
      hurt === 'manifest' ? await manifestPackOf(repository, second) : hurtName(blobs, hurt, second);
    await blobs.put(name, Buffer.from('not what it was'));
    const before = packsOf(blobs);
    const report = await collect(await openTestRepository({ blobs, world: repository.world }));
    assert(report.damaged.length > 0, hurt);
    const named = hurt === 'manifest' ? objectName('snapshots', second) : name;
    assert(
      report.damaged.some((damage) => damage.name === named),
      `${hurt}: ${JSON.stringify(report.damaged)}`,
    );
    assert.deepEqual(packsOf(blobs), before, hurt);
    assert.deepEqual([report.packsCondemned, report.packsRewritten], [0, 0], hurt);
  }
});

function hurtName(blobs: MemoryBlobs, prefix: string, id: string): string {
  return prefix === 'snapshots/'
    ? objectName('snapshots', id)
    : blobs.names().find((name) => name.startsWith(prefix))!;
}

async function manifestPackOf(repository: Repository, id: string): Promise<string> {
  const { snapshots } = await repository.snapshots();
  const index = await repository.index({ refresh: true });
  const root = snapshots.find((snapshot) => snapshot.id === id)!.root.fingerprints;
  return objectName('packs', index.locate(root)!.packId);
}

test('a pack found hurt while it is copied is left alone, and so is everything else', async () => {
  const { repository, blobs } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple', b: 'pear' });
  await backUp(repository, { b: 'pear' });
  await forgetSnapshots(repository, [first]);
  const index = await repository.index({ refresh: true });
  const pack = index.packs.find(({ type, entryCount }) => type === 'data' && entryCount === 2)!;
  const name = objectName('packs', pack.id);
  const bytes = await bytesOf(blobs, name);
  bytes.fill(0, 60, bytes.length - 100);
  await blobs.put(name, bytes);
  const before = packsOf(blobs);
  const report = await collect(repository, { maxUnusedPercent: 0 });
  assert.match(report.damaged[0]!.problem, new RegExp(pack.id));
  assert.equal(report.packsCondemned, 0);
  assert.deepEqual(packsOf(blobs), before);
});

test('on a store without room for rewriting, packs that nothing needs go, and the next run rewrites', async () => {
  const { repository, blobs } = await memoryRepository();
  const noise = (length: number) => repository.world.random.bytes(length).toString('base64');
  const [apple, pear] = [noise(30), noise(30)];
  const first = await backUp(repository, { a: apple, b: pear });
  const second = await backUp(repository, { c: noise(30) });
  await backUp(repository, { b: pear });
  await forgetSnapshots(repository, [first, second]);
  blobs.disturb = ({ operation, name }) => {
    if (operation === 'put' && name.startsWith('packs/'))
      throw new BlobsError('full', { attempted: `put ${name}` });
    return undefined;
  };
  const full = await collect(repository, { maxUnusedPercent: 0 });
  assert.equal(full.noRoom, true);
  assert.equal(full.packsRewritten, 0);
  assert(full.packsDeleted >= 3, JSON.stringify(full));
  assert.equal((await repository.index({ refresh: true })).missing.length, 0);
  blobs.disturb = () => undefined;
  const again = await collect(repository, { maxUnusedPercent: 0 });
  assert.deepEqual([again.noRoom, again.packsRewritten, again.packsDeleted], [false, 1, 1]);
  assert.equal(await canRead(repository, pear), true);
});

test('on a store without room for index objects, packs that nothing needs go first', async () => {
  const { repository, blobs } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple', b: 'pear' });
  await backUp(repository, { b: 'pear' });
  await forgetSnapshots(repository, [first]);
  let deleted = 0;
  blobs.disturb = ({ operation, name }) => {
    if (operation === 'delete' && name.startsWith('packs/')) deleted += 1;
    if (operation === 'put' && name.startsWith('index/') && deleted === 0)
      throw new BlobsError('full', { attempted: `put ${name}` });
    return undefined;
  };
  const report = await collect(repository, { maxUnusedPercent: 90 });
  assert.equal(report.packsDeleted, 1);
  const index = await repository.index({ refresh: true });
  assert.deepEqual([index.missing, index.orphans, blobs.names('condemned/')], [[], [], []]);
  assert.equal(await canRead(repository, 'pear'), true);
});

async function bytesOf(blobs: MemoryBlobs, name: string): Promise<Buffer> {
  const content = await blobs.get(name);
  return Buffer.concat(await Array.fromAsync(content!.body));
}

test('small packs are merged, and packs of an old epoch resealed when that is asked for', async () => {
  const { repository, blobs } = await memoryRepository();
  for (const text of ['apple', 'pear', 'plum']) await backUp(repository, { a: text });
  assert.equal(packsOf(blobs).length, 6);
  await collectGarbage(repository, { host: 'collector', user: 'root' });
  assert.equal(packsOf(blobs).length, 2);
  for (const text of ['apple', 'pear', 'plum']) assert.equal(await canRead(repository, text), true);
  const old = packsOf(blobs);
  const rotated = {
    ...repository.keyring,
    current: 2,
    epochs: new Map([...repository.keyring.epochs, [2, Buffer.alloc(32, 2)]]),
  };
  Object.assign(repository, { keyring: rotated });
  const report = await collect(repository, { reseal: true });
  assert.equal(report.packsRewritten, 2);
  assert(packsOf(blobs).every((name) => !old.includes(name)));
});

test('many small index objects become one', async () => {
  const { repository, blobs } = await memoryRepository();
  for (let n = 0; n < 12; n += 1) await backUp(repository, { a: `file ${n}` });
  const indexes = () => blobs.names().filter((name) => name.startsWith('index/')).length;
  assert.equal(indexes(), 12);
  await collect(repository);
  assert.equal(indexes(), 1);
  assert.equal(await canRead(repository, 'file 3'), true);
});

test('stopped in between it leaves a whole repository, and the next run ends it', async () => {
  const { repository, blobs } = await memoryRepository();
  const first = await backUp(repository, { a: 'apple', b: 'pear' });
  await backUp(repository, { b: 'pear', c: 'plum' });
  await forgetSnapshots(repository, [first]);
  const stop = new AbortController();
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'rewrite') stop.abort(new Error('enough'));
  };
  await assert.rejects(
    collect(repository, { maxUnusedPercent: 0, signal: stop.signal, onProgress }),
    /enough/,
  );
  assert.deepEqual(
    blobs.names().filter((name) => name.startsWith('sessions/')),
    [],
  );
  for (const text of ['pear', 'plum']) assert.equal(await canRead(repository, text), true);
  await collect(repository, { maxUnusedPercent: 0 });
  assert.equal(await canRead(repository, 'apple'), false);
  for (const text of ['pear', 'plum']) assert.equal(await canRead(repository, text), true);
  assert.equal(packsOf(blobs).length, 3);
});

test('packs that no index object names, left by a writer that died, go', async () => {
  const { repository, blobs } = await memoryRepository();
  await backUp(repository, { a: 'apple' });
  await blobs.put(objectName('packs', 'ab'.repeat(32)), Buffer.from('whatever'));
  const report = await collect(repository);
  assert.equal(report.packsDeleted, 1);
  assert.equal(packsOf(blobs).length, 2);
});

test('a key that may only add may not collect, and 101 percent is no share', async () => {
  const { repository } = await memoryRepository();
  const isCode = (code: string) => (error: unknown) => error instanceof BackupError && error.code === code;
  await assert.rejects(collect(repository, { maxUnusedPercent: 101 }), isCode('invalid-argument'));
  Object.assign(repository.key, { appendOnly: true });
  await assert.rejects(collect(repository), isCode('denied'));
});
