// A client that stops at each of its changes to a repository, for good, for some leases or for longer than fences are kept, while another
// backs up, forgets and collects. Whatever snapshot there is then is whole, and none is gone that nobody forgot.

import assert, { AssertionError } from 'node:assert/strict';
import { test } from 'node:test';
import type { Blobs } from '@cairn/engines';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { collectGarbage } from '../src/collect/collect-garbage.ts';
import { forgetSnapshots } from '../src/core/forget-snapshots.ts';
import { rotateKeys } from '../src/core/keys/rotate-keys.ts';
import type { Repository } from '../src/core/repository.ts';
import { BackupError, type BackupErrorCode } from '../src/errors.ts';
import { stretchPasswordInPlace as stretch } from '../src/keys/stretch-password.ts';
import { tombstoneMs } from '../src/limits.ts';
import { repairRepository } from '../src/repair/repair-repository.ts';
import { copySnapshots } from '../src/transform/copy-snapshots.ts';
import { rewriteSnapshots } from '../src/transform/rewrite-snapshots.ts';
import { tagSnapshots } from '../src/transform/tag-snapshots.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { initTestRepository, openTestRepository, testCost, testPassword } from './memory-repository.ts';
import { file } from './sample-manifest.ts';
import { type SimulatedParts, simulatedRepository } from './simulated-repository.ts';
import { snapshotOf } from './snapshot-details.ts';
import { storeTree } from './stored-trees.ts';

const who = { host: 'host', user: 'user' };
const collecting = { ...who, maxUnusedPercent: 0, minPackBytes: 0 };
const treeOf = (...names: readonly string[]) =>
  names.map((name) => file(name, [Buffer.from(`content of ${name}`)]));

type Parts = SimulatedParts & { readonly first: string; readonly source: Repository };
type Work = (client: Repository, parts: Parts) => Promise<unknown>;

const works: Readonly<Record<string, Work>> = {
  create: (client) => storeTree(client, treeOf('a', 'b', 'of the client')),
  gc: (client) => collectGarbage(client, collecting),
  forget: (client, { first }) => forgetSnapshots(client, [first]),
  tag: async (client, { first }) =>
    tagSnapshots(client, [await snapshotOf(client, first)], { ...who, change: { add: ['kept'] } }),
  rewrite: async (client, { first }) =>
    rewriteSnapshots(client, [await snapshotOf(client, first)], { ...who, excludes: ['b'], forget: true }),
  repair: (client) =>
    repairRepository(client, { ...who, workers: 1, dryRun: false, readData: true, forget: true }),
  copy: async (client, { source }) =>
    copySnapshots(source, client, (await source.snapshots()).snapshots, who),
  'key rotate': (client) =>
    rotateKeys(client, { ...who, password: testPassword, label: '', cost: testCost, stretch }),
};

/** What a client that slept may hear: others went on without it. */
const fair: ReadonlySet<BackupErrorCode> = new Set(['fenced', 'no-snapshot', 'closed']);

/** How long it stands still. */
const stops = {
  'for good': Infinity,
  'for some leases': 0,
  'for longer than fences are kept': tombstoneMs,
} as const;
type Stop = keyof typeof stops;

for (const work of Object.keys(works)) {
  for (const stop of Object.keys(stops) as Stop[]) {
    test(`${work} stops ${stop} at each of its changes, and nothing is lost`, async (t) => {
      let step = 1;
      while (!(await runStopped(work, { stop, step }))) step += 1;
      t.diagnostic(`${step - 1} changes`);
      assert(step > 1, 'it stopped');
    });
  }
}

/** Whether it made fewer changes than that. */
async function runStopped(
  work: string,
  at: { readonly stop: Stop; readonly step: number },
): Promise<boolean> {
  let isDone = false;
  await simulatedRepository(async (parts) => {
    const { repository, blobs, world } = parts;
    const first = await storeTree(repository, treeOf('a', 'b'));
    const forgotten = await storeTree(repository, treeOf('b', 'c', 'd'));
    const last = await storeTree(repository, treeOf('a', 'c'));
    await forgetSnapshots(repository, [forgotten]);
    if (work === 'repair') await blobs.delete(blobs.names('index/'));
    const source = await sourceOfCopies(parts);
    const stopping = new StoppingBlobs(blobs, at.step);
    const client = await openTestRepository({ blobs: stopping.blobs, world });
    const working = works[work]!(client, { ...parts, first, source }).catch(expectFair);
    isDone = (await Promise.race([stopping.stopped, working.then(() => 'done')])) === 'done';
    const other = await openTestRepository({ blobs, world });
    const added = await storeTree(other, treeOf('c', 'd', 'of the other'));
    await collectAll(other);
    const stillMs = stops[at.stop];
    if (stillMs !== Infinity) {
      await world.clock.sleep(stillMs);
      await collectAll(other);
      stopping.goOn();
      await working;
      await collectAll(other);
    }
    await assertWhole(parts, { work, kept: work === 'forget' ? [last, added] : [first, last, added] });
  });
  return isDone;
}

async function assertWhole(
  { blobs, world }: SimulatedParts,
  { work, kept }: { readonly work: string; readonly kept: readonly string[] },
): Promise<void> {
  const repository = await openTestRepository({ blobs, world });
  if (work === 'repair') await works.repair!(repository, undefined as never);
  const { findings } = await verifyRepository(repository, { readData: { kind: 'all' }, workers: 1 });
  const damage = findings.filter(({ severity }) => severity === 'damage');
  assert.deepEqual(damage, []);
  const { snapshots } = await repository.snapshots();
  for (const id of kept)
    assert(
      snapshots.some((snapshot) => snapshot.id === id || snapshot.original === id),
      `snapshot ${id} is there, or what replaced it`,
    );
  assert(!snapshots.some(({ tags }) => tags.includes('repaired')), 'nothing was taken for lost');
  await repository.close();
}

/** What waits for the dead is over after a lease. */
async function collectAll(repository: Repository): Promise<void> {
  for (let run = 0; run < 3; run += 1) {
    await collectGarbage(repository, collecting);
    await repository.world.clock.sleep(2 * repository.config.leaseMs);
  }
}

async function sourceOfCopies({ world }: SimulatedParts): Promise<Repository> {
  const blobs = new MemoryBlobs({ clock: world.clock });
  await initTestRepository({ blobs, world });
  const source = await openTestRepository({ blobs, world });
  await storeTree(source, treeOf('a', 'of the source'));
  return source;
}

function expectFair(error: unknown): void {
  // Which `storeTree` says so:
  if (error instanceof AssertionError && error.actual === 'fenced') return;
  if (!(error instanceof BackupError && fair.has(error.code))) throw error;
}

/** A client's way to the store: behind its n-th change, which takes effect, nothing comes back until it goes on. */
class StoppingBlobs {
  readonly blobs: Blobs;
  readonly #stopped = Promise.withResolvers<'stopped'>();
  readonly #goesOn = Promise.withResolvers<void>();
  #changesLeft: number;

  constructor(blobs: Blobs, step: number) {
    this.#changesLeft = step;
    this.blobs = {
      put: (name, body, options) => this.#change(() => blobs.put(name, body, options)),
      delete: (names) => this.#change(() => blobs.delete(names)),
      get: (name, options) => this.#call(() => blobs.get(name, options)),
      head: (name) => this.#call(() => blobs.head(name)),
      list: (options) => this.#call(() => blobs.list(options)),
      close: async () => {},
    };
  }

  get stopped(): Promise<'stopped'> {
    return this.#stopped.promise;
  }

  goOn(): void {
    this.#goesOn.resolve();
  }

  async #change<Result>(change: () => Promise<Result>): Promise<Result> {
    return this.#call(async () => {
      this.#changesLeft -= 1;
      const result = await change();
      if (this.#changesLeft > 0) return result;
      this.#stopped.resolve('stopped');
      await this.#goesOn.promise;
      return result;
    });
  }

  async #call<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#changesLeft <= 0) await this.#goesOn.promise;
    return call();
  }
}
