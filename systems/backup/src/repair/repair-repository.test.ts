import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condemnPacks } from '../../test/condemn-packs.ts';
import type { MemoryBlobs } from '../../test/memory-blobs.ts';
import { memoryRepository, openTestRepository, storeChunks } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file, type SampleEntry } from '../../test/sample-manifest.ts';
import { fingerprintOf, placeOf, storeTree } from '../../test/stored-trees.ts';
import { verifyRepository } from '../check/verify-repository.ts';
import { collectGarbage } from '../collect/collect-garbage.ts';
import type { Repository } from '../core/repository.ts';
import { decodeIndexObject, encodeIndexObject } from '../format/index-object.ts';
import { objectName } from '../format/object-names.ts';
import { encodeVerdict } from '../format/records/verdict.ts';
import { pathText } from '../manifest/path-text.ts';
import { openTree } from '../manifest/read-tree.ts';
import { repairRepository } from './repair-repository.ts';

const who = { host: 'host', user: 'user', workers: 1 };
const everything = { ...who, dryRun: false, readData: true, forget: false };
const all = { readData: { kind: 'all' }, workers: 1 } as const;
const layout = { inlineBytes: 1, chunksPerPack: 2 };

const chunks = (...contents: string[]) => contents.map((content) => Buffer.from(content));
const trees: readonly (readonly SampleEntry[])[] = [
  [
    directory('home', [
      directory('deep', [file('a', chunks('one', 'two', 'three'))]),
      file('b', 'bee'),
      file('c', 'sea'),
    ]),
  ],
  [directory('home', [directory('deep', [file('a', chunks('one', 'two', 'four'))]), file('c', 'sea')])],
];

async function sample() {
  const { repository, blobs, world } = await memoryRepository({ world: sameThreadWorld() });
  const ids: string[] = [];
  for (const tree of trees) ids.push(await storeTree(repository, tree, layout));
  return { repository, blobs, world, ids };
}

test('a sound repository is left as it is', async () => {
  const { repository, blobs } = await sample();
  const sound = blobs.snapshot();
  const report = await repairRepository(repository, everything);
  assert.deepEqual(report.findings, []);
  assert.deepEqual(report.snapshots, []);
  assert.deepEqual(blobs.snapshot(), sound);
});

test('all index objects lost: they are made again from the packs, and nothing is lost', async () => {
  const { repository, blobs, ids } = await sample();
  const before = await contentsOf(repository, ids);
  await blobs.delete(blobs.names('index/'));
  const dry = await repairRepository(repository, { ...everything, dryRun: true });
  assert.equal(dry.snapshotsExamined, false);
  assert.equal(dry.index.packsAdded.length, blobs.names('packs/').length);
  assert.deepEqual(blobs.names('index/'), []);
  const report = await repairRepository(repository, everything);
  assert.deepEqual(report.snapshots, []);
  assert.equal(report.index.packsAdded.length, blobs.names('packs/').length);
  assert.deepEqual((await verifyRepository(repository, all)).findings, []);
  assert.deepEqual(await contentsOf(repository, ids), before);
});

test('an altered index object is replaced by what the packs say', async () => {
  const { repository, blobs, ids } = await sample();
  const before = await contentsOf(repository, ids);
  const altered = blobs.names('index/')[0]!;
  blobs.alter(altered, flip(30));
  const report = await repairRepository(repository, { ...everything, readData: false });
  assert.deepEqual(report.index.objectsRemoved, [altered]);
  assert.deepEqual((await verifyRepository(repository, all)).findings, []);
  assert.deepEqual(await contentsOf(repository, ids), before);
});

test('a footer that is lost: the index says what the pack holds, and all of it is saved', async () => {
  const { repository, blobs, ids } = await sample();
  const before = await contentsOf(repository, ids);
  const { pack } = await placeOf(repository, 'two');
  blobs.alter(pack, (bytes) => flip(bytes.length - 30)(bytes));
  const report = await repairRepository(repository, { ...everything, readData: false });
  assert.deepEqual(report.index.packsDropped, [pack]);
  assert.equal(report.salvage.chunks, 2);
  assert.equal(report.salvage.chunksLost, 0);
  assert.deepEqual(report.snapshots, []);
  assert.equal((await verifyRepository(repository, all)).damaged, false);
  assert.deepEqual(await contentsOf(repository, ids), before);
});

test('of a pack that is gone, chunks that no snapshot needs are not lost', async () => {
  const { repository, blobs } = await sample();
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  const packs = new Set(blobs.names('packs/'));
  await storeChunks(repository, session, chunks('needed', 'by nobody'));
  await session.flush();
  await session.abandon();
  await blobs.delete(blobs.names('packs/').filter((name) => !packs.has(name)));
  const report = await repairRepository(repository, everything);
  assert.equal(report.index.packsDropped.length, 1);
  assert.equal(report.salvage.chunksLost, 0);
  assert.deepEqual(
    report.findings.filter(({ severity }) => severity === 'damage'),
    [],
  );
});

test('one chunk of a pack is lost: its neighbour is saved, files are joined from what is left, both snapshots stay', async () => {
  const { repository, blobs, ids } = await sample();
  const { pack, offset } = await placeOf(repository, 'two');
  const neighbour = (await placeOf(repository, 'one')).pack;
  assert.equal(pack, neighbour);
  blobs.alter(pack, flip(offset));
  const sound = blobs.snapshot();
  const report = await repairRepository(repository, everything);
  assert.equal(report.salvage.chunks, 1);
  assert.equal(report.salvage.chunksLost, 1);
  const a = { path: '/home/deep/a', outcome: 'shortened', bytesLost: 3 } as const;
  assert.deepEqual(
    report.snapshots.map(({ snapshot, files }) => ({ snapshot, files })).toSorted(byOrder(ids)),
    ids.map((snapshot) => ({ snapshot, files: [a] })),
  );
  const { snapshots } = await repository.snapshots();
  assert.equal(snapshots.length, 4);
  const repaired = snapshots.filter(({ tags }) => tags.includes('repaired'));
  assert.deepEqual(repaired.map(({ original }) => original).toSorted(), ids.toSorted());
  const first = repaired.find(({ original }) => original === ids[0])!;
  assert.deepEqual(await contentOf(repository, first.id), {
    '/home': '',
    '/home/b': 'bee',
    '/home/c': 'sea',
    '/home/deep': '',
    '/home/deep/a': 'onethree',
  });
  assert.equal(first.summary.bytes, 'onethreebeesea'.length);
  for (const [name, blob] of sound)
    if (name.startsWith('packs/') || name.startsWith('snapshots/'))
      assert.deepEqual(blobs.bytesOf(name), blob.bytes);
  // The old ones are hurt as before, and by the same pack.
  const { findings } = await verifyRepository(repository, all);
  const [damage, ...others] = findings.filter(({ severity }) => severity === 'damage');
  assert.deepEqual(others, []);
  assert.equal(damage!.object, pack);
  const hurt = ids.map((snapshot) => ({ snapshot, path: a.path }));
  assert.deepEqual(damage!.hurt?.toSorted(byOrder(ids)), hurt);
});

test('with --forget the hurt snapshots are replaced, and the repository is sound', async () => {
  const { repository, blobs, ids } = await sample();
  const { pack, offset } = await placeOf(repository, 'sea');
  blobs.alter(pack, flip(offset));
  const report = await repairRepository(repository, { ...everything, forget: true });
  for (const { files } of report.snapshots)
    assert.deepEqual(files, [{ path: '/home/c', outcome: 'dropped', bytesLost: 3 }]);
  const { snapshots } = await repository.snapshots();
  assert.deepEqual(snapshots.map(({ original }) => original).toSorted(), ids.toSorted());
  assert.equal((await verifyRepository(repository, all)).damaged, false);
  assert.deepEqual(Object.keys(await contentOf(repository, snapshots[1]!.id)).includes('/home/c'), false);
});

test('a chunk that was lost is stored anew by the next backup, and then nothing is hurt any more', async () => {
  const { repository, blobs } = await sample();
  const { pack, offset } = await placeOf(repository, 'two');
  blobs.alter(pack, flip(offset));
  await repairRepository(repository, everything);
  const index = await repository.index({ refresh: true });
  assert.equal(index.isKnown(fingerprintOf(repository, 'two')), false);
  assert.equal(index.isKnown(fingerprintOf(repository, 'three')), true);
  await storeTree(repository, trees[0]!, layout);
  assert.equal((await verifyRepository(repository, all)).damaged, false);
});

test('a directory that is lost becomes empty, and what is beside it stays', async () => {
  const { repository, blobs, ids } = await sample();
  const index = await repository.index({ refresh: true });
  const { snapshots } = await repository.snapshots();
  const first = snapshots.find(({ id }) => id === ids[0])!;
  const home = await openTree(repository, first).resolve(Buffer.from('/home/deep'));
  assert(home?.content.kind === 'directory' && home.content.tree.kind === 'chunks');
  const { packId, offset } = index.locate(home.content.tree.fingerprints)!;
  blobs.alter(`packs/${packId.slice(0, 2)}/${packId}`, flip(offset));
  const report = await repairRepository(repository, { ...everything, forget: true });
  assert.deepEqual(
    report.snapshots.map(({ snapshot, files }) => ({ snapshot, files })),
    [{ snapshot: ids[0], files: [{ path: '/home/deep/', outcome: 'emptied', bytesLost: 0 }] }],
  );
  assert.deepEqual(await contentOf(repository, report.snapshots[0]!.repaired!), {
    '/home': '',
    '/home/b': 'bee',
    '/home/c': 'sea',
    '/home/deep': '',
  });
  assert.equal((await verifyRepository(repository, all)).damaged, false);
});

test('a pack that is gone: its entries go, and its files are hurt', async () => {
  const { repository, blobs } = await sample();
  const { pack } = await placeOf(repository, 'four');
  await blobs.delete([pack]);
  const dry = await repairRepository(repository, { ...everything, dryRun: true });
  assert.deepEqual(dry.index.packsDropped, [pack]);
  assert.equal(dry.snapshots.length, 1);
  assert.equal(dry.snapshots[0]!.repaired, undefined);
  const report = await repairRepository(repository, { ...everything, forget: true });
  assert.deepEqual(report.snapshots[0]!.files, dry.snapshots[0]!.files);
  assert.equal((await verifyRepository(repository, all)).damaged, false);
});

test('a pack whose bytes are damaged and that no index object names is saved as far as it can be', async () => {
  const { repository, blobs, ids } = await sample();
  const { pack, offset } = await placeOf(repository, 'three');
  blobs.alter(pack, flip(offset));
  await blobs.delete(blobs.names('index/'));
  const report = await repairRepository(repository, everything);
  assert.deepEqual(
    report.snapshots.map(({ snapshot }) => snapshot),
    [ids[0]],
  );
  assert.deepEqual(report.snapshots[0]!.files, [
    { path: '/home/deep/a', outcome: 'shortened', bytesLost: 5 },
  ]);
});

test('whatever single object is damaged, repair leaves a repository that is sound but for what is lost', async () => {
  const { repository, blobs } = await sample();
  const sound = blobs.snapshot();
  for (const name of blobs.names()) {
    if (!/^(packs|index)\//.test(name)) continue;
    for (const place of [0, 20, 60, 0.5, -40, -10, -1]) {
      const at = place === 0.5 ? blobs.bytesOf(name).length >> 1 : place;
      blobs.alter(name, (bytes) => flip(at < 0 ? bytes.length + at : at)(bytes));
      await repairRepository(repository, { ...everything, forget: true });
      const { findings } = await verifyRepository(repository, all);
      const left = findings.filter(({ severity }) => severity === 'damage');
      assert.deepEqual(left, [], `byte ${at} of ${name}`);
      blobs.restore(sound);
    }
  }
});

test('a crash at any step loses nothing that was readable, and a second run ends it', async () => {
  const { repository, blobs, world, ids } = await sample();
  const before = await contentsOf(repository, ids);
  const { pack, packId } = await placeOf(repository, 'two');
  blobs.alter(pack, (bytes) => flip(bytes.length - 30)(bytes)); // its footer: nothing is lost
  const { indexObjects } = (await repository.index()).packOf(packId)!;
  const other = blobs.names('index/').find((name) => !name.endsWith(indexObjects[0]!))!;
  blobs.alter(other, flip(50));
  const damaged = blobs.snapshot();
  let crashed = 0;
  for (let allowed = 0; ; allowed += 1) {
    blobs.restore(damaged);
    const outcome = await crashAfter(allowed, blobs, await openTestRepository({ blobs, world }));
    const again = await openTestRepository({ blobs, world });
    await repairRepository(again, everything);
    assert.deepEqual(await contentsOf(again, ids), before, `after ${allowed} writes`);
    assert.equal((await verifyRepository(again, all)).damaged, false, `after ${allowed} writes`);
    if (outcome === 'done') break;
    crashed += 1;
  }
  assert(crashed > 4);
});

test('a copy that lies in a condemned pack alone does not count: the chunk is saved', async () => {
  const { repository, blobs } = await sample();
  const { pack, packId } = await placeOf(repository, 'two');
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  await storeChunks(repository, session, [Buffer.from('two')]);
  await session.flush();
  await session.abandon();
  const copies = (await repository.index({ refresh: true })).copies(fingerprintOf(repository, 'two'));
  assert.equal(copies.length, 2);
  await condemnPacks(
    repository,
    copies.map((copy) => copy.packId).filter((id) => id !== packId),
  );
  blobs.alter(pack, (bytes) => flip(bytes.length - 30)(bytes));
  const report = await repairRepository(repository, everything);
  assert.equal(report.salvage.chunks, 2);
  assert.equal((await repository.index({ refresh: true })).isKnown(fingerprintOf(repository, 'two')), true);
});

test('what gc merges meanwhile does not bring entries of a damaged pack back', async () => {
  const { repository, blobs } = await sample();
  const { pack, offset } = await placeOf(repository, 'two');
  blobs.alter(pack, flip(offset));
  let isMerged = false;
  blobs.disturb = async ({ operation, name }) => {
    if (isMerged || operation !== 'put' || !name.startsWith('sessions/')) return undefined;
    isMerged = true;
    const old = blobs.names('index/');
    const packs = old.flatMap((object) => {
      const id = object.slice('index/'.length);
      return decodeIndexObject(repository.objects.openIndexObject(id, blobs.bytesOf(object)), object);
    });
    await repository.objects.putIndexObject(encodeIndexObject(packs));
    await blobs.delete(old);
    return undefined;
  };
  const report = await repairRepository(repository, everything);
  assert(isMerged);
  assert.deepEqual(report.index.packsDropped, [pack]);
  const index = await repository.index({ refresh: true });
  assert.equal(index.packOf(pack.slice(-64)), undefined);
  assert.equal(index.isKnown(fingerprintOf(repository, 'two')), false);
  assert.equal(index.isKnown(fingerprintOf(repository, 'three')), true);
});

test('a gc that sleeps while it merges, past the end of a repair, does not bring entries of a damaged pack back', async () => {
  const { repository, blobs, world } = await sample();
  for (let n = 0; n < 10; n += 1) await storeTree(repository, [file(`more ${n}`, `more ${n}`)], layout);
  const { pack, offset } = await placeOf(repository, 'two');
  blobs.alter(pack, flip(offset));
  const sleeper = await openTestRepository({ blobs, world });
  let report: Awaited<ReturnType<typeof repairRepository>> | undefined;
  blobs.disturb = async ({ operation, name }) => {
    if (report !== undefined || operation !== 'put' || !name.startsWith('index/')) return undefined;
    blobs.disturb = () => undefined;
    report = await repairRepository(repository, everything);
    return undefined;
  };
  await collectGarbage(sleeper, { host: 'collector', user: 'root', maxUnusedPercent: 100, minPackBytes: 0 });
  assert.deepEqual(report?.index.packsDropped, [pack], 'the repair came in between');
  const index = await repository.index({ refresh: true });
  assert.equal(index.packOf(pack.slice(-64)), undefined);
  assert.equal(index.isKnown(fingerprintOf(repository, 'two')), false);
  for (const text of ['one', 'three', 'bee', 'more 3'])
    assert.equal(index.isKnown(fingerprintOf(repository, text)), true, text);
});

test('a repair that sleeps past the end of another does not bring back what that one dropped', async () => {
  const { repository, blobs, world } = await sample();
  const damage = async (text: string) => {
    const { pack, offset } = await placeOf(repository, text);
    blobs.alter(pack, flip(offset));
    return pack;
  };
  const first = await damage('two');
  const sleeper = await openTestRepository({ blobs, world });
  let second: string | undefined;
  blobs.disturb = async ({ operation, name, bytes }) => {
    if (operation !== 'put' || !name.startsWith('index/')) return undefined;
    const id = name.slice('index/'.length);
    const packs = decodeIndexObject(repository.objects.openIndexObject(id, bytes!), name);
    const { pack } = await placeOf(repository, 'sea');
    if (packs.every((named) => !pack.endsWith(named.id))) return undefined;
    blobs.disturb = () => undefined;
    second = await damage('sea');
    await repairRepository(repository, everything);
    return undefined;
  };
  await repairRepository(sleeper, everything);
  assert.notEqual(second, first);
  const index = await repository.index({ refresh: true });
  assert.deepEqual(
    [first, second!].map((pack) => index.packOf(pack.slice(-64))),
    [undefined, undefined],
  );
  for (const text of ['three', 'bee', 'four'])
    assert.equal(index.isKnown(fingerprintOf(repository, text)), true, text);
});

test('a condemned pack that no index object names is taken into the index, and gc sees that it is needed', async () => {
  const { repository, blobs, ids } = await sample();
  const before = await contentsOf(repository, ids);
  const { pack, packId } = await placeOf(repository, 'four');
  const { indexObjects } = (await repository.index()).packOf(packId)!;
  await blobs.delete(indexObjects.map((id) => `index/${id}`));
  await condemnPacks(repository, [packId]);
  const report = await repairRepository(repository, everything);
  assert(report.index.packsAdded.includes(pack));
  assert.deepEqual(report.snapshots, [], 'nothing is lost');
  const collected = await collectGarbage(repository, { host: 'collector', user: 'root', minPackBytes: 0 });
  assert.deepEqual(collected.damaged, []);
  assert.deepEqual(blobs.names('condemned/'), []);
  assert.deepEqual(await contentsOf(repository, ids), before);
});

test('a pack that gc has decided to delete is not taken into the index', async () => {
  const { repository, blobs } = await sample();
  const { packId } = await placeOf(repository, 'four');
  const { indexObjects } = (await repository.index()).packOf(packId)!;
  await blobs.delete(indexObjects.map((id) => `index/${id}`));
  const name = objectName('verdicts', 'd'.repeat(32));
  await repository.objects.putIfAbsent({ kind: 'verdict', name }, encodeVerdict({ packs: [packId] }));
  const { index } = await repairRepository(repository, everything);
  assert(index.packsAdded.length > 0);
  assert(!index.packsAdded.some((added) => added.endsWith(packId)));
});

test('a snapshot whose root is lost has nothing to be saved: it stays, or is forgotten', async () => {
  const { repository, blobs, ids } = await sample();
  const { snapshots } = await repository.snapshots();
  const { root } = snapshots.find(({ id }) => id === ids[1])!;
  const { packId, offset } = (await repository.index({ refresh: true })).locate(root.fingerprints)!;
  blobs.alter(`packs/${packId.slice(0, 2)}/${packId}`, flip(offset));
  const kept = await repairRepository(repository, everything);
  assert.deepEqual(kept.snapshots, [
    { snapshot: ids[1], files: [{ path: '/', outcome: 'emptied', bytesLost: 0 }] },
  ]);
  assert.equal((await repository.snapshots()).snapshots.length, 2);
  await repairRepository(repository, { ...everything, forget: true });
  assert.deepEqual(
    (await repository.snapshots()).snapshots.map(({ id }) => id),
    [ids[0]],
  );
  assert.equal((await verifyRepository(repository, all)).damaged, false);
});

test('a snapshot that is committed while a repair looks, and relies on what is lost, is repaired with the others', async () => {
  const { repository, blobs, world, ids } = await sample();
  const { pack, offset } = await placeOf(repository, 'two');
  const other = await openTestRepository({ blobs, world });
  let late: string | undefined;
  blobs.alter(pack, flip(offset));
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'get' || !name.startsWith('index/')) return undefined;
    blobs.disturb = () => undefined;
    late = await storeTree(other, trees[0]!, layout);
    return undefined;
  };
  const { snapshots } = await repairRepository(repository, everything);
  assert.deepEqual(snapshots.map(({ snapshot }) => snapshot).toSorted(), [...ids, late!].toSorted());
});

test('an append-only key may look, and not repair', async () => {
  const { repository } = await sample();
  const limited = Object.create(repository, {
    key: { value: { id: repository.key.id, appendOnly: true } },
  }) as Repository;
  await assert.rejects(repairRepository(limited, everything), { code: 'denied' });
});

/** Writes beyond the first few fail for good. */
async function crashAfter(
  allowed: number,
  blobs: MemoryBlobs,
  repository: Repository,
): Promise<'done' | 'crashed'> {
  let writes = 0;
  blobs.disturb = ({ operation }) => {
    if (operation !== 'put' && operation !== 'delete') return undefined;
    writes += 1;
    if (writes > allowed) throw new Error('crashed');
    return undefined;
  };
  try {
    await repairRepository(repository, everything);
    return 'done';
  } catch (error) {
    assert.match(String(error), /crashed/);
    return 'crashed';
  } finally {
    blobs.disturb = () => undefined;
  }
}

async function contentsOf(repository: Repository, ids: readonly string[]): Promise<unknown> {
  await repository.index({ refresh: true });
  return Promise.all(ids.map((id) => contentOf(repository, id)));
}

/** Paths, and what files hold. */
async function contentOf(repository: Repository, id: string): Promise<Record<string, string>> {
  const snapshot = (await repository.snapshots()).snapshots.find((candidate) => candidate.id === id)!;
  const contents: Record<string, string> = {};
  for await (const { path, entry } of openTree(repository, snapshot).walk()) {
    const { content } = entry;
    const parts =
      content.kind === 'file' ? await Array.fromAsync(repository.readChunks(content.fingerprints)) : [];
    contents[pathText(path)] = Buffer.concat(parts).toString();
  }
  return contents;
}

function byOrder(
  ids: readonly string[],
): (left: { snapshot: string }, right: { snapshot: string }) => number {
  return (left, right) => ids.indexOf(left.snapshot) - ids.indexOf(right.snapshot);
}

function flip(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    bytes[Math.min(at, bytes.length - 1)]! ^= 4;
    return bytes;
  };
}
