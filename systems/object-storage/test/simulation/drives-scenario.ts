// Object storage on the drives of a simulated machine, of which some vanish, come back stale, rot, fail and are replaced,
// while the machine crashes, loses power, stalls and fills up.
//
// Safety: while at most m drives are hurt, everything acknowledged can be read, and no byte is another. A drive is hurt
// from its fault until the storage itself says that all is healed. Liveness: in the end it says so; then `check` finds
// nothing, nothing is left that nobody refers to, and any m drives may go.

import assert from 'node:assert/strict';
import { openSimulatedSql } from '@cairn/engines';
import type { ObjectStorage } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Scenario, SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { assembleObjectStorage } from '../../src/core/assemble.ts';
import { orphanDelayMs } from '../../src/limits.ts';
import metadataStore from '../../src/metadata/store.ts';
import { bucket, Client } from './client.ts';
import { type DriveFault, type DriveRound, drivePlan } from './drives-plan.ts';
import { Model } from './model.ts';
import { keys } from './operations.ts';
import { SimulatedDrives } from './simulated-drives.ts';

export type DrivesScenarioOptions = {
  readonly name: string;
  readonly drives: number;
  readonly redundancy: string;
  /** m: drives that may be hurt at a time. */
  readonly losses: number;
  readonly sabotage?: (world: World) => World;
};

const rounds = 14;
const roomBytes = 2 ** 40;
const restMs = 10_000;
/** What rotted stays where it lies until its segment is compacted; recovery tells of it. */
const rotInDeadBytes = /^drive drive-\d+, log \d+, segment \d+ at/;
const healedWithinMs = 30 * 60_000;

export function drivesScenario(options: DrivesScenarioOptions): Scenario<DriveRound> {
  return {
    name: options.name,
    plan: (random) => drivePlan(random, { rounds }),
    run: (simulation, plan) => new Run(simulation, options).all(plan),
    eventsMax: 3_000_000,
  };
}

class Run {
  readonly #simulation: Simulation;
  readonly #options: DrivesScenarioOptions;
  readonly #machine: SimulatedMachine;
  readonly #drives: SimulatedDrives;
  readonly #model = new Model();
  /** Places of drives that may miss something or hold rot. */
  readonly #hurt = new Set<number>();
  #storage!: ObjectStorage;
  #number = 0;

  constructor(simulation: Simulation, options: DrivesScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#machine = simulation.machine('storage');
    this.#drives = new SimulatedDrives(this.#machine, options);
  }

  async all(plan: readonly DriveRound[]): Promise<void> {
    await this.#open(this.#machine.world);
    await this.#storage.createBucket({ bucket, owner: 'me' });
    for (const round of plan) await this.#round(round);
    await this.#heal();
    await this.#crash(true);
    await this.#heal();
    await this.#verifySpace();
    await this.#verifyRedundancy();
  }

  async #open(world: World): Promise<void> {
    const { redundancy, sabotage = (same) => same } = this.#options;
    await world.disk.makeDirectory('data');
    this.#storage = await assembleObjectStorage({
      metadata: await openSimulatedSql(this.#machine, metadataStore),
      ...{ world: this.#drives.world(sabotage(world)), directory: 'segments', index: undefined },
      drives: {
        ...{ directory: 'data', folders: this.#drives.folders, redundancy },
        healBytesPerSecond: 2 ** 20,
        openIndex: (path) => this.#drives.openIndex(path),
      },
      ...{ writers: 2, segmentBytesMax: 1_000_000 },
      settings: { reserveBytes: 0, scrubPeriodMs: 60_000 },
      telemetry: { ...silentTelemetry(), metrics: createMetrics() },
      partBytesMin: 0,
    });
  }

  async #round({ operations, drive, fault }: DriveRound): Promise<void> {
    const answered = Promise.all([
      ...operations.map((operation) => this.#client().carryOut(operation)),
      this.#hurtDrive(drive),
    ]);
    switch (fault?.kind) {
      case 'crash':
        await Promise.race([this.#machine.orCrash(answered), this.#simulation.clock.sleep(fault.afterMs)]);
        await this.#crash(fault.powerLoss);
        return this.#verifyAll();
      case 'stall':
        await Promise.race([answered, this.#simulation.clock.sleep(fault.afterMs)]);
        this.#machine.stall(fault.durationMs);
        break;
      case 'disk-full':
        this.#machine.disk.fill(fault.bytesLeft);
        await answered;
        this.#machine.disk.fill(roomBytes);
        break;
      case 'clock-jump':
        this.#machine.clockJump(fault.byMs);
        break;
      default:
    }
    await answered;
    await this.#verifyAll();
    // Now and then there is time to heal before the next fault.
    if (this.#simulation.random.integer(4) === 0) await this.#heal();
  }

  async #hurtDrive(fault: DriveFault | undefined): Promise<void> {
    switch (fault?.kind) {
      case 'pull': {
        const storage = this.#storage;
        await this.#simulation.clock.sleep(fault.afterMs);
        // A crash ended the round: this is not to happen within another, or while all is healed.
        if (storage !== this.#storage) return;
        const place = this.#pick(fault.pick);
        if (place !== undefined) this.#drives.pull(place);
        return;
      }
      case 'put-back':
        for (const place of this.#drives.pulled.slice(0, 1)) this.#drives.putBack(place);
        return;
      case 'replace':
        for (const place of this.#drives.pulled.slice(0, 1)) await this.#replace(place);
        return;
      case 'rot': {
        const place = this.#pick(fault.pick);
        if (place === undefined) return;
        for (let bit = 0; bit < fault.bits; bit++) this.#drives.rot(place, this.#simulation.random);
        return;
      }
      case 'failing': {
        const place = this.#pick(fault.pick);
        if (place !== undefined) this.#drives.failNext(place, fault.call);
        return;
      }
      case undefined:
    }
  }

  /** A drive that may be hurt now; undefined when there are as many as there may be, and it is none of them. */
  #pick(pick: number): number | undefined {
    const place = pick % this.#options.drives;
    if (this.#hurt.size >= this.#options.losses && !this.#hurt.has(place)) return undefined;
    this.#hurt.add(place);
    return place;
  }

  /** It may have been found missing already or not: until then it counts as in use. */
  async #replace(place: number): Promise<void> {
    const storage = this.#storage;
    const folder = this.#drives.folders[place]!;
    await this.#until('the drive is missed', async () => (await this.#stateOf(folder)) === 'missing');
    if (storage !== this.#storage || !this.#drives.pulled.includes(place)) return;
    this.#drives.exchange(place);
    await this.#client().unlessRefused(
      () => storage.replaceDrive({ folder }),
      // Only that the drive could not be made on a full disk; it is tried again below.
      'ServiceUnavailable',
    );
  }

  async #stateOf(folder: string): Promise<string | undefined> {
    const stats = await this.#storage.stats();
    return stats.drives!.drives.find((drive) => drive.folder === folder)!.state;
  }

  /** Puts back what is pulled, and waits until the storage says that all is healed. */
  async #heal(): Promise<void> {
    this.#drives.failNoMore();
    for (const place of this.#drives.pulled) this.#drives.putBack(place);
    const { clock } = this.#simulation;
    // Longer than it takes to notice, and long enough for a scrub to find what rotted.
    await clock.sleep(this.#hurt.size === 0 ? orphanDelayMs + restMs : 5 * 60_000);
    for (const folder of this.#drives.folders) {
      if ((await this.#stateOf(folder)) !== 'missing') continue;
      await this.#client().unlessRefused(() => this.#storage.replaceDrive({ folder }), 'ServiceUnavailable');
    }
    await this.#until('all is healed', async () => {
      const { drives, damagedBlobs } = await this.#storage.stats();
      const { healing } = drives!;
      const idle = !healing.running && healing.queuedBlobs === 0 && healing.degradedBlobs === 0;
      return idle && damagedBlobs === 0 && drives!.drives.every(({ state }) => state === 'ok');
    });
    this.#hurt.clear();
    await this.#verifyAll();
    const findings = await this.#storage.check({ deep: true });
    assert.deepEqual(
      findings.filter(({ where }) => !rotInDeadBytes.test(where)),
      [],
    );
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const { clock } = this.#simulation;
    for (let waitedMs = 0; !(await holds()); waitedMs += 1_000) {
      if (waitedMs > healedWithinMs) {
        const { drives } = await this.#storage.stats();
        assert.fail(`it did not come to pass that ${what}: ${JSON.stringify(drives)}`);
      }
      await clock.sleep(1_000);
    }
  }

  async #crash(powerLoss: boolean): Promise<void> {
    this.#drives.failNoMore();
    this.#machine.crash({ powerLoss });
    await this.#open(this.#machine.restart());
  }

  async #verifyAll(): Promise<void> {
    for (const key of keys) await this.#client().verify(key);
  }

  /** What was deleted while a drive was away went from it too. */
  async #verifySpace(): Promise<void> {
    await this.#simulation.clock.sleep(orphanDelayMs + restMs);
    const { orphanBlobs, problems } = await this.#storage.gc();
    assert.deepEqual({ orphanBlobs, problems }, { orphanBlobs: 0, problems: [] });
  }

  /** Any m drives may go now. */
  async #verifyRedundancy(): Promise<void> {
    const { random } = this.#simulation;
    const first = random.integer(this.#options.drives);
    for (let lost = 0; lost < this.#options.losses; lost++) {
      this.#drives.pull((first + lost) % this.#options.drives);
    }
    await this.#verifyAll();
  }

  #client(): Client {
    return new Client({
      storage: this.#storage,
      model: this.#model,
      internalErrorsExpected: () => false,
      pause: async () => {},
      nextNumber: () => this.#number++,
    });
  }
}

export const drivesScenarios = {
  mirrored: drivesScenario({ name: 'drives-mirrored', drives: 3, redundancy: 'mirror:2', losses: 1 }),
  coded: drivesScenario({ name: 'drives-coded', drives: 6, redundancy: '4+2', losses: 2 }),
  spare: drivesScenario({ name: 'drives-spare', drives: 5, redundancy: '2+2', losses: 2 }),
  spread: drivesScenario({ name: 'drives-spread', drives: 3, redundancy: 'none', losses: 0 }),
} as const;
