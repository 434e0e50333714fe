// A repair that is run again, because it was cut off or because somebody does it twice, makes no second repaired snapshot.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failing } from '../../test/memory-blobs.ts';
import { memoryRepository } from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { directory, file } from '../../test/sample-manifest.ts';
import { placeOf, storeTree } from '../../test/stored-trees.ts';
import { verifyRepository } from '../check/verify-repository.ts';
import { repairRepository } from './repair-repository.ts';

const everything = { host: 'host', user: 'user', workers: 1, dryRun: false, readData: true, forget: false };
const all = { readData: { kind: 'all' }, workers: 1 } as const;
const layout = { inlineBytes: 1, chunksPerPack: 2 };

/** Two snapshots with one file in common. */
async function sample() {
  const { repository, blobs } = await memoryRepository({ world: sameThreadWorld() });
  const ids: string[] = [];
  for (const other of ['one', 'two'])
    ids.push(await storeTree(repository, [directory('home', [file('a', other), file('c', 'sea')])], layout));
  return { repository, blobs, ids };
}

function flipped(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    bytes[Math.min(at, bytes.length - 1)]! ^= 4;
    return bytes;
  };
}

test('run again, one with --forget that was cut off before the tombstones puts them, and makes no other snapshots', async () => {
  const { repository, blobs, ids } = await sample();
  const { pack, offset } = await placeOf(repository, 'sea');
  blobs.alter(pack, flipped(offset));
  blobs.disturb = failing(
    ({ operation, name }) => operation === 'put' && name.startsWith('tombstones/'),
    'before',
  );
  await assert.rejects(repairRepository(repository, { ...everything, forget: true }), { code: 'store' });
  blobs.disturb = () => undefined;
  const made = (await repository.snapshots()).snapshots.filter(({ id }) => !ids.includes(id));
  assert.equal(made.length, 1);
  const { snapshots: repaired } = await repairRepository(repository, { ...everything, forget: true });
  assert.equal(repaired.find(({ snapshot }) => snapshot === made[0]!.original)?.repaired, made[0]!.id);
  const { snapshots } = await repository.snapshots();
  assert.deepEqual(snapshots.map(({ original }) => original).toSorted(), ids.toSorted());
  assert.equal((await verifyRepository(repository, all)).damaged, false);
});

test('run twice, each hurt snapshot has one repaired one, which --forget then puts in its place', async () => {
  const { repository, blobs, ids } = await sample();
  const { pack, offset } = await placeOf(repository, 'sea');
  blobs.alter(pack, flipped(offset));
  for (let run = 0; run < 2; run++) await repairRepository(repository, everything);
  assert.equal((await repository.snapshots()).snapshots.length, 2 * ids.length);
  await repairRepository(repository, { ...everything, forget: true });
  assert.equal((await repository.snapshots()).snapshots.length, ids.length);
});
