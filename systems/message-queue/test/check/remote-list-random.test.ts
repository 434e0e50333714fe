// Histories at random: appends, moves to an engine that fails and lies, deleted records, retention, compaction, kills. Then the list
// of what is in the engine rots, and now and then a blob too, or one is missing. A repair makes the list again, and everything
// that was not hit is read as before, also once the broker has deleted what it takes for nobody's; or it changes nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { decodeRemoteList } from '../../src/remote/remote-list.ts';
import { append as appendPairs, seal } from '../partition/compaction-fixture.ts';
import {
  config,
  directory,
  flipLastBit,
  open,
  range,
  recordsOf,
  type SeenRecord,
} from '../partition/partition-fixture.ts';
import { calm, SimulatedBlobs } from '../simulation/simulated-blobs.ts';
import { append, engineOf, tiered } from '../tiering/tiering-fixture.ts';
import { bytesOf, repair } from './check-fixture.ts';

const seeds = 60;
const compacting = { isDeleted: false, isCompacted: true, minCleanableDirtyRatio: 0, remote: undefined };
/** Nobody takes what the engine says at its word: what it has lost was not read back. */
const failing = { failing: 0.2, delayMsMax: 3, lying: 0.2 };

type Harm = 'none' | 'rot' | 'missing';
type Outcome = 'remade' | 'left';

class History {
  readonly machine: SimulatedMachine;
  readonly blobs: SimulatedBlobs;
  readonly #simulation: Simulation;
  #partition: LogPartition | undefined;
  #epoch = 0;
  #word = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.machine = simulation.machine('broker');
    this.blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random.stream('blobs') });
  }

  get world() {
    return this.machine.world;
  }

  get engine() {
    return engineOf(this.world, this.blobs);
  }

  async open(): Promise<LogPartition> {
    const { engine } = this;
    this.#epoch += 1;
    this.#partition = await open(this.world, { ...this.tiers(), engine, leaderEpoch: this.#epoch });
    return this.#partition;
  }

  tiers() {
    const kept = this.#chance(1 / 2) ? 0 : 1_500;
    return { ...tiered, remote: { ...tiered.remote!, localRetentionBytes: kept } };
  }

  async step(): Promise<void> {
    const partition = this.#partition!;
    const { world } = this;
    const { signal } = new AbortController();
    switch (world.random.integer(9)) {
      case 0:
      case 1:
      case 2:
        return append(
          partition,
          range(1 + world.random.integer(3)).map(() => `${this.#word++}`),
        );
      case 3:
      case 4:
        return void (await partition.tiers.step(signal).catch(() => {}));
      case 5:
        return partition.upkeep();
      case 6: {
        if (!this.#chance(1 / 4)) return;
        const { startOffset, highWatermark } = partition;
        const some = Math.min(2, highWatermark - startOffset);
        return void (await partition.deleteRecordsBefore(startOffset + some));
      }
      case 7:
        return this.#compact(partition);
      default:
        return this.#kill();
    }
  }

  async close(): Promise<void> {
    await this.#partition?.close();
    this.blobs.mood = calm;
    await this.blobs.settled();
  }

  /** The topic is a compacted one for a while. */
  async #compact(partition: LogPartition): Promise<void> {
    if (!this.#chance(1 / 3)) return;
    partition.configure({ ...config, segmentBytesMax: 512, ...compacting });
    for (const key of ['a', 'b', 'a'])
      await appendPairs(partition, [[key, `${this.#word++}`.padEnd(200, '.')]]);
    await seal(partition, this.world);
    await partition.upkeep();
    await partition.compact();
    partition.configure({ ...config, ...this.tiers() });
  }

  async #kill(): Promise<void> {
    this.machine.crash();
    await this.blobs.settled();
    this.machine.restart();
    await this.open();
  }

  #chance(chance: number): boolean {
    return this.#simulation.random.chance(chance);
  }
}

async function read(history: History, isHit: boolean): Promise<readonly SeenRecord[]> {
  const partition = await history.open();
  const seen = new Map<number, SeenRecord>();
  try {
    for (let from = partition.startOffset; from < partition.endOffset; from += 1) {
      // A batch at a time: behind one that is damaged there are others.
      const fetched = await partition
        .read({ offset: from, bytesMax: 1, atLeastOne: true, committed: false })
        .catch((error: unknown) => {
          if (!isHit) throw error;
        });
      for (const record of fetched === undefined ? [] : recordsOf(fetched, from))
        seen.set(record.offset, record);
    }
    return [...seen.values()];
  } finally {
    await history.close();
  }
}

/** Everything that is moved or deleted by itself. */
async function settle(history: History): Promise<void> {
  const partition = await history.open();
  const { signal } = new AbortController();
  while (await partition.tiers.step(signal));
  await partition.upkeep();
  await history.close();
}

async function run(seed: number): Promise<Outcome | undefined> {
  const simulation = new Simulation({ seed });
  return simulation.run(async () => {
    const history = new History(simulation);
    const { blobs } = history;
    blobs.mood = seed % 2 === 0 ? calm : failing;
    await history.open();
    for (let step = 0; step < 40; step++) await history.step();
    await history.close();
    const before = await read(history, false);
    const bytes = await bytesOf(history.world, 'remote').catch(() => undefined);
    if (bytes === undefined) return undefined;
    const { segments } = decodeRemoteList(bytes)!;
    if (segments.length === 0) return undefined;
    const harm: Harm = (['none', 'rot', 'missing'] as const)[seed % 3]!;
    const hit = segments[history.world.random.integer(segments.length)]!;
    if (harm === 'rot') blobs.rot(hit.name, history.world.random.integer(hit.sizeBytes));
    if (harm === 'missing') await blobs.open(history.world).delete([hit.name]);
    await flipLastBit(history.world, 'remote');
    const rotten = await bytesOf(history.world, 'remote');
    const { remadeFiles, problems } = await repair(history.world, {
      ...{ isTiered: true, blobs: history.engine.storage },
    });
    const told = JSON.stringify({ harm, hit, segments, problems });
    if (!remadeFiles.some(({ file }) => file === 'remote')) {
      assert.deepEqual(await bytesOf(history.world, 'remote'), rotten);
      assert.notEqual(harm, 'none', told);
      return 'left';
    }
    const isOfHit = ({ offset }: SeenRecord) =>
      harm !== 'none' && offset >= hit.baseOffset && offset < hit.endOffset;
    for (const pass of ['at once', 'later']) {
      const after = await read(history, harm !== 'none');
      const missing = before.filter(({ offset }) => !after.some((one) => one.offset === offset));
      assert.ok(missing.every(isOfHit), `${pass}: ${JSON.stringify(missing)} of ${told}`);
      for (const { offset, text } of after)
        assert.equal(
          text,
          before.find((one) => one.offset === offset)?.text,
          `${pass}: ${offset} of ${told}`,
        );
      await settle(history);
    }
    assert.ok((await history.world.disk.list(directory)).length > 0);
    return 'remade';
  });
}

test(`whatever happened before, a list is made again with all that is there, or left (${seeds} seeds)`, async () => {
  const counts = { remade: 0, left: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      const outcome = await run(seed);
      if (outcome !== undefined) counts[outcome] += 1;
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  assert.ok(counts.remade > seeds / 2 && counts.left > seeds / 20, JSON.stringify(counts));
});
