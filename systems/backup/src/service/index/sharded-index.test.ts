// The index on the simulated disk: against a model, through crashes, while shards join and segments are cleaned.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '@cairn/world';
import { type SeededRandom, Simulation } from '@cairn/world/simulated';
import { BackupError } from '../../errors.ts';
import { keyBytes } from './fingerprint-map.ts';
import { ShardedIndex } from './sharded-index.ts';

const directory = '/data/index';
const seeds = Array.from({ length: Number(process.env.BACKUP_SEEDS ?? 15) }, (_, seed) => seed);

test('what was registered is known, what was dropped is not, through crashes and while shards join', async () => {
  for (const seed of seeds) {
    const simulation = new Simulation({ seed, eventsMax: 5_000_000 });
    await simulation
      .run(async () => new IndexScenario(simulation).run())
      .catch((cause) => assert.fail(new Error(`seed ${seed}: ${cause}`, { cause })));
  }
});

test('a shard that joins takes its share and nothing else, and answers go on meanwhile', async () => {
  const simulation = new Simulation({ seed: 1, eventsMax: 5_000_000 });
  await simulation.run(async () => {
    const { world } = simulation.machine('service');
    const index = await ShardedIndex.open({ world, directory });
    const packs = Array.from({ length: 40 }, () => pack(simulation.random, 100));
    for (const { id, keys } of packs) await index.register(id, keys);
    const all = Buffer.concat(packs.map(({ keys }) => keys));
    const count = all.length / keyBytes;
    for (const name of ['shard-2', 'shard-3']) {
      const joining = index.addShard({ name });
      let isJoining = true;
      const joined = joining.finally(() => {
        isJoining = false;
      });
      while (isJoining) {
        assert((await index.lookup(all)).every((answer) => answer === 1));
        await simulation.clock.sleep(1);
      }
      const { moved } = await joined;
      const fair = count / index.shards.length;
      assert(moved > fair * 0.75 && moved < fair * 1.25, `${moved} of ${count} moved, ${fair} would be fair`);
    }
    const entries = index.shards.map(({ counts }) => counts.entries);
    assert.equal(
      entries.reduce((sum, size) => sum + size),
      count,
      'each key is with one shard',
    );
    assert((await index.lookup(all)).every((answer) => answer === 1));
  });
});

test('what a session may not rely on is unknown to it, also in a shard that joined since', async () => {
  const simulation = new Simulation({ seed: 2, eventsMax: 5_000_000 });
  await simulation.run(async () => {
    const { world } = simulation.machine('service');
    const index = await ShardedIndex.open({ world, directory });
    const [condemned, sound, late] = [1, 2, 3].map(() => pack(simulation.random, 50));
    for (const { id, keys } of [condemned!, sound!]) await index.register(id, keys);
    await index.exclude('session', [condemned!.id, late!.id]);
    const answers = async (keys: Uint8Array, session?: string) =>
      [...new Set(await index.lookup(keys, session))].join();
    for (const name of [undefined, 'shard-2']) {
      if (name !== undefined) await index.addShard({ name });
      assert.equal(await answers(condemned!.keys, 'session'), '0');
      assert.equal(await answers(condemned!.keys), '1');
      assert.equal(await answers(sound!.keys, 'session'), '1');
    }
    await index.register(late!.id, late!.keys);
    assert.equal(await answers(late!.keys, 'session'), '0', 'registered behind the exclusion');
    await index.exclude('session', undefined);
    assert.equal(await answers(condemned!.keys, 'session'), '1');
  });
});

test('a log that is mostly dead is cleaned, and says the same afterwards', async () => {
  const simulation = new Simulation({ seed: 4, eventsMax: 5_000_000 });
  await simulation.run(async () => {
    const machine = simulation.machine('service');
    const options = { directory, deadKeysAtLeast: 100 };
    let index = await ShardedIndex.open({ world: machine.world, ...options });
    const packs = Array.from({ length: 30 }, () => pack(simulation.random, 100));
    for (const { id, keys } of packs) await index.register(id, keys);
    const bytesBefore = index.shards[0]!.counts.logBytes;
    const [kept, dropped] = [packs.slice(0, 5), packs.slice(5)];
    for (const { id } of dropped) await index.drop([id]);
    await index.close();
    machine.crash();
    index = await ShardedIndex.open({ world: machine.restart(), ...options });
    const { logBytes } = index.shards[0]!.counts;
    assert(logBytes < bytesBefore / 3, `${logBytes} bytes of ${bytesBefore} are left`);
    for (const { keys } of kept) assert((await index.lookup(keys)).every((answer) => answer === 1));
    for (const { keys } of dropped) assert((await index.lookup(keys)).every((answer) => answer === 0));
    await index.close();
  });
});

test('a shard of a name that is taken, or none, is refused', async () => {
  const simulation = new Simulation({ seed: 3 });
  await simulation.run(async () => {
    const index = await ShardedIndex.open({ world: simulation.machine('service').world, directory });
    for (const name of ['shard-1', '', 'A', '../x']) {
      await assert.rejects(
        index.addShard({ name }),
        (error) => error instanceof BackupError && error.code === 'invalid-argument',
      );
    }
  });
});

type Pack = { readonly id: string; readonly keys: Uint8Array };

/**
 * Operations one after another, with crashes in between and in their midst. What was acknowledged has to hold; of what was
 * under way when the machine crashed, either.
 */
class IndexScenario {
  readonly #simulation: Simulation;
  readonly #registered = new Map<string, Pack>();
  readonly #dropped = new Map<string, Pack>();
  #shards = 1;
  #joining: Promise<unknown> | undefined;
  #index!: ShardedIndex;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  async run(): Promise<void> {
    const machine = this.#simulation.machine('service');
    for (let life = 0; life < 4; life++) {
      const world = life === 0 ? machine.world : await machine.restart();
      const work = this.#live(world);
      const crashMs = this.#random.integer(400);
      await Promise.race([
        work.catch((error) => this.#failUnlessCrashed(machine, error)),
        this.#simulation.clock.sleep(crashMs),
      ]);
      if (machine.running) machine.crash();
    }
    await this.#check(await ShardedIndex.open({ world: await machine.restart(), directory }));
  }

  get #random(): SeededRandom {
    return this.#simulation.random;
  }

  #failUnlessCrashed(machine: { readonly running: boolean }, error: unknown): void {
    if (machine.running) throw error;
  }

  async #live(world: World): Promise<void> {
    this.#joining = undefined;
    this.#index = await ShardedIndex.open({ world, directory, deadKeysAtLeast: 20 });
    await this.#check(this.#index);
    for (let step = 0; step < 30; step++) await this.#step();
    await this.#joining;
  }

  async #step(): Promise<void> {
    const choice = this.#random.integer(10);
    if (choice < 6) {
      const each = pack(this.#random, this.#random.integer(40));
      await this.#index.register(each.id, each.keys);
      this.#registered.set(each.id, each);
    } else if (choice < 9) {
      const each = [...this.#registered.values()][this.#random.integer(Math.max(1, this.#registered.size))];
      if (each === undefined) return;
      this.#registered.delete(each.id); // from now on it may be either, until the drop is acknowledged
      await this.#index.drop([each.id]);
      this.#dropped.set(each.id, each);
    } else if (this.#shards < 4) {
      this.#shards += 1;
      await this.#joining;
      this.#joining = this.#index.addShard({ name: `shard-${this.#shards}` }); // the next steps happen meanwhile
    }
  }

  async #check(index: ShardedIndex): Promise<void> {
    for (const { id, keys } of this.#registered.values()) {
      const answers = await index.lookup(keys);
      assert(
        answers.every((answer) => answer === 1),
        `${id} was registered, and is not known`,
      );
    }
    for (const { id, keys } of this.#dropped.values()) {
      const answers = await index.lookup(keys);
      assert(
        answers.every((answer) => answer === 0),
        `${id} was dropped, and is known`,
      );
    }
    this.#shards = index.shards.length;
  }
}

function pack(random: { bytes(length: number): Uint8Array }, count: number): Pack {
  return { id: Buffer.from(random.bytes(32)).toString('hex'), keys: random.bytes(count * keyBytes) };
}
