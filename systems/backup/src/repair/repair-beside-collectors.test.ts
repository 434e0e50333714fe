// A repair beside collectors and other repairs on one repository: what is readable of a damaged pack stays readable, and what was dropped stays dropped.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Blobs } from '@cairn/engines';
import { openTestRepository, testCost, testPassword } from '../../test/memory-repository.ts';
import { file } from '../../test/sample-manifest.ts';
import { type SimulatedParts, simulatedRepository } from '../../test/simulated-repository.ts';
import { changed, contentOf, whole } from '../../test/simulation/changed-blobs.ts';
import { fingerprintOf, placeOf, storeTree } from '../../test/stored-trees.ts';
import { verifyRepository } from '../check/verify-repository.ts';
import { collectGarbage } from '../collect/collect-garbage.ts';
import { rotateKeys } from '../core/keys/rotate-keys.ts';
import type { Repository } from '../core/repository.ts';
import { stretchPasswordInPlace as stretch } from '../keys/stretch-password.ts';
import { repairRepository } from './repair-repository.ts';

const who = { host: 'host', user: 'user' };
const repairing = { ...who, workers: 1, dryRun: false, readData: true, forget: false };
const reading = { readData: { kind: 'all' }, workers: 1 } as const;
const tree = [
  file(
    'a',
    ['one', 'two'].map((content) => Buffer.from(content)),
  ),
];

/** `two` cannot be read any more, `one` in the same pack can. */
async function rot({ blobs, repository }: SimulatedParts): Promise<string> {
  const { pack, offset } = await placeOf(repository, 'two');
  blobs.alter(pack, (bytes) => bytes.with(offset, bytes[offset]! ^ 4));
  return pack;
}

/** Until nothing is left to do: what waits for the dead is over after a lease. */
async function collectAll(repository: Repository): Promise<void> {
  for (let run = 0; run < 3; run += 1) {
    await collectGarbage(repository, { ...who, maxUnusedPercent: 0, minPackBytes: 0 });
    await repository.world.clock.sleep(2 * repository.config.leaseMs);
  }
}

async function readable(repository: Repository, content: string): Promise<string> {
  await repository.index({ refresh: true });
  const read = repository.readChunks(fingerprintOf(repository, content));
  return Buffer.concat(await Array.fromAsync(read)).toString();
}

test('one that sleeps behind its salvage, and is taken for dead, drops no pack whose chunks gc took for stored twice', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    await storeTree(repository, tree);
    await rot(parts);
    const other = await openTestRepository({ blobs, world });
    let salvaged = false;
    blobs.disturb = async ({ operation, name }) => {
      if (salvaged) {
        const [session] = blobs.names('sessions/');
        blobs.disturb = (call) => {
          if (call.operation === 'put' && call.name.startsWith(session!)) throw new Error('asleep');
          return undefined;
        };
        await world.clock.sleep(2 * repository.config.leaseMs);
        await collectAll(other);
        blobs.disturb = () => undefined;
      }
      salvaged ||= operation === 'put' && name.startsWith('index/');
      return undefined;
    };
    await assert.rejects(repairRepository(repository, repairing), { code: 'fenced' });
    assert.equal(await readable(other, 'one'), 'one');
    const report = await repairRepository(other, { ...repairing, forget: true });
    assert.equal(report.salvage.chunks, 1);
    await collectAll(other);
    assert.equal(await readable(other, 'one'), 'one');
    const { findings, damaged } = await verifyRepository(other, reading);
    assert.equal(damaged, false, JSON.stringify(findings));
  });
});

test('entries that a dying gc brings back are relied on by nobody, and the next gc takes them away', async () => {
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    for (let index = 0; index < 9; index += 1) await storeTree(repository, [file(`${index}`, `${index}`)]);
    await storeTree(repository, tree);
    const collector = await openTestRepository({ blobs, world });
    let damagedPack = '';
    blobs.disturb = async ({ operation, name }) => {
      if (operation !== 'put' || !name.startsWith('index/')) return undefined;
      blobs.disturb = () => undefined;
      damagedPack = await rot(parts);
      await repairRepository(repository, { ...repairing, forget: true });
      // This put, of what was merged before, is the last that the collector does.
      const merged = name;
      blobs.disturb = (call) => {
        if (call.name === merged) return undefined;
        throw new Error('killed');
      };
      return undefined;
    };
    await assert.rejects(
      collectGarbage(collector, { ...who, maxUnusedPercent: 100, minPackBytes: 0 }),
      /killed/,
    );
    blobs.disturb = () => undefined;
    const id = damagedPack.split('/').at(-1)!;
    const index = await repository.index({ refresh: true });
    assert(index.contentsOf(id) !== undefined, 'its entries are back');
    assert.equal(index.isKnown(fingerprintOf(repository, 'two')), false);
    assert.equal(index.isKnown(fingerprintOf(repository, 'one')), true);
    await collectAll(repository);
    assert.equal((await repository.index({ refresh: true })).packOf(id), undefined);
    const { findings, damaged } = await verifyRepository(repository, reading);
    assert.equal(damaged, false, JSON.stringify(findings));
  });
});

test('packs that were written under a key of a later rotation are no damage to who has the old keys', async () => {
  await simulatedRepository(async ({ repository, blobs, world }) => {
    await rotateKeys(repository, { ...who, password: testPassword, cost: testCost, stretch });
    const rotated = await openTestRepository({ blobs, world });
    await storeTree(rotated, tree);
    await repairRepository(repository, repairing);
    await collectAll(rotated);
    assert.equal(await readable(rotated, 'one'), 'one');
    const { findings, damaged } = await verifyRepository(rotated, reading);
    assert.equal(damaged, false, JSON.stringify(findings));
  });
});

test('a pack that another repair read wrong and decided about meanwhile is not taken into the index: it is stored anew', async () => {
  await simulatedRepository(async ({ repository, blobs, world }) => {
    await storeTree(repository, tree);
    const { pack, offset } = await placeOf(repository, 'two');
    const misread = await openTestRepository({ blobs: misreading(blobs, pack, offset), world });
    let lost: number | undefined;
    blobs.disturb = async ({ operation, name }) => {
      if (operation !== 'get' || !name.startsWith('index/')) return undefined;
      blobs.disturb = () => undefined;
      lost = (await repairRepository(misread, repairing)).salvage.chunksLost;
      return undefined;
    };
    const report = await repairRepository(repository, repairing);
    assert.equal(lost, 1, 'the other repair came in between, and read wrong');
    assert(!report.index.packsAdded.includes(pack));
    assert.deepEqual(report.salvage, { chunks: 1, bytes: 'two'.length, chunksLost: 0 });
    await collectAll(repository);
    assert.equal(await readable(repository, 'two'), 'two');
    const { findings, damaged } = await verifyRepository(repository, reading);
    assert.equal(damaged, false, JSON.stringify(findings));
  });
});

test('a pack that another repair decided about while the index that names it is put is stored anew, and dropped', async () => {
  await simulatedRepository(async ({ repository, blobs, world }) => {
    await storeTree(repository, tree);
    const { pack, offset } = await placeOf(repository, 'two');
    for (const name of blobs.names('index/')) await blobs.delete([name]);
    const misread = await openTestRepository({ blobs: misreading(blobs, pack, offset), world });
    let lost: number | undefined;
    blobs.disturb = async ({ operation, name }) => {
      if (operation !== 'put' || !name.startsWith('index/')) return undefined;
      blobs.disturb = () => undefined;
      lost = (await repairRepository(misread, repairing)).salvage.chunksLost;
      return undefined;
    };
    const report = await repairRepository(repository, repairing);
    assert(lost !== undefined, 'the other repair came in between');
    assert(!report.index.packsAdded.includes(pack));
    await collectAll(repository);
    assert.equal(await readable(repository, 'two'), 'two');
    assert.equal(await readable(repository, 'one'), 'one');
    const { findings, damaged } = await verifyRepository(repository, reading);
    assert.equal(damaged, false, JSON.stringify(findings));
  });
});

/** Reads one byte of one blob wrong, whenever it is read whole. */
function misreading(blobs: Blobs, wrong: string, at: number): Blobs {
  return changed(blobs, {
    get: async (name, options) => {
      const content = await whole(await blobs.get(name, options));
      if (content === undefined) return undefined;
      const { info, bytes } = content;
      const isWhole = name === wrong && bytes.length === info.sizeBytes;
      return contentOf({ info, bytes: isWhole ? bytes.with(at, bytes[at]! ^ 4) : bytes });
    },
  });
}
