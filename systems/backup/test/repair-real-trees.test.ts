// Damage to a real repository in a folder, backed up by `create` with all its threads: found, repaired, and healed by the next
// backup of the same files.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Blobs } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { SeededRandom } from '@cairn/world/simulated';
import { verifyRepository } from '../src/check/verify-repository.ts';
import type { Repository } from '../src/core/repository.ts';
import { listAll } from '../src/core/store/list-all.ts';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { repairRepository } from '../src/repair/repair-repository.ts';
import { openStore } from '../src/stores/open-store.ts';
import { initTestRepository, openTestRepository } from './memory-repository.ts';
import { seededRandom } from './seeded-random.ts';
import { snapshotContents } from './snapshot-details.ts';

const who = { host: 'host', user: 'user' };
const all = { readData: { kind: 'all' } } as const;
const parameters = { packBytes: 8 * 1024 * 1024, chunkBytes: { min: 16_384, average: 65_536, max: 262_144 } };

test('damaged packs and index objects of a real backup are repaired, and the next backup heals it', async (context) => {
  const random = seededRandom(context);
  const folder = await temporaryDirectory(context);
  const source = join(folder, 'source');
  const contents = await writeTree(source, random);
  const world = realWorld();
  const url = `file:${join(folder, 'repository')}`;
  await initTestRepository({ blobs: await openStore({ url, world }), world, parameters });
  const repository = await openTestRepository({ blobs: await openStore({ url, world }), world });
  context.after(() => repository.close());
  const first = await backUp(repository, source);
  assert.deepEqual((await verifyRepository(repository, all)).findings, []);

  const damaged = await damageSome(repository, random);
  const { findings } = await verifyRepository(repository, all);
  for (const name of damaged)
    assert(
      findings.some(({ object, severity }) => object === name && severity === 'damage'),
      name,
    );
  const hurt = new Set(findings.flatMap((finding) => finding.hurt ?? []).map(({ path }) => path));

  const report = await repairRepository(repository, { ...who, dryRun: false, readData: true, forget: false });
  const lost = new Set(report.snapshots.flatMap(({ files }) => files).map(({ path }) => path));
  // An index object that was lost made everything look hurt: of that only what was in damaged packs is lost.
  for (const path of lost)
    assert(
      [...hurt].some((one) => path.startsWith(one)),
      path,
    );
  for (const { repaired } of report.snapshots) {
    const left = await snapshotContents(repository, repaired!);
    for (const [path, content] of contents)
      if (!lost.has(join(source, path))) assert.equal(left[join(source, path)], content, path);
  }

  await backUp(repository, source);
  const { damaged: isDamaged } = await verifyRepository(repository, all);
  assert.equal(isDamaged, false);
  await repository.index({ refresh: true });
  const healed = await snapshotContents(repository, first);
  for (const [path, content] of contents) assert.equal(healed[join(source, path)], content, path);
});

async function backUp(repository: Repository, source: string): Promise<string> {
  const { snapshot, problems } = await createSnapshot(repository, { paths: [source], ...who });
  assert.deepEqual(problems, []);
  return snapshot!.id;
}

/** Some small files and some of several chunks, 20 MiB that do not compress. */
async function writeTree(source: string, random: SeededRandom): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for (let n = 0; n < 60; n += 1) {
    const path = join(`d${random.integer(5)}`, `f${n}`);
    const bytes = randomBytes(n % 3 === 0 ? random.integer(1_000_000) : random.integer(2000));
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), bytes);
    contents.set(path, bytes.toString());
  }
  return contents;
}

/** A bit of the largest pack, and the end of an index object; their names. */
async function damageSome({ blobs }: Repository, random: SeededRandom): Promise<readonly string[]> {
  const packs = await listAll(blobs, 'packs/');
  const [largest] = packs.toSorted((left, right) => right.sizeBytes - left.sizeBytes);
  const [index] = await listAll(blobs, 'index/');
  await alter(blobs, largest!.name, (bytes) => {
    bytes[random.integer(bytes.length)]! ^= 1;
    return bytes;
  });
  await alter(blobs, index!.name, (bytes) => bytes.subarray(0, bytes.length - 1));
  return [largest!.name, index!.name];
}

async function alter(blobs: Blobs, name: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  const { body } = (await blobs.get(name))!;
  await blobs.put(name, change(Buffer.concat(await Array.fromAsync(body))));
}
