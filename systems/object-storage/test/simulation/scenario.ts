// The object storage on a simulated machine: clients, faults, crashes, and a model that knows what was acknowledged.
//
// After every crash and at the end everything is read back: each key holds a value that it may hold, byte for byte, a
// listing names exactly the keys that were found, and `check` finds nothing that the faults do not explain.

import assert from 'node:assert/strict';
import type { World } from '@cairn/world';
import type { Scenario, SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type { ObjectStorage } from '../../src/core/object-storage.ts';
import type { ObjectStorageStats } from '../../src/core/reports.ts';
import type { DataStoreSettings } from '../../src/data/open-data-store.ts';
import { orphanDelayMs } from '../../src/limits.ts';
import type { ChangesOfWrites } from '../../src/metadata/changed-objects.ts';
import type metadataStore from '../../src/metadata/store.ts';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { openOnMachine } from '../open-on-machine.ts';
import { bucket, byUtf8, Client } from './client.ts';
import { drivesScenarios } from './drives-scenario.ts';
import { eventScenario } from './event-scenario.ts';
import { lifecycleScenario } from './lifecycle-scenario.ts';
import { Model } from './model.ts';
import { type Fault, keys, plan, type Round } from './operations.ts';
import { repairScenario } from './repair-scenario.ts';
import { replicationScenario } from './replication-scenario.ts';
import { replacing } from './sabotage.ts';
import { transitionScenario } from './transition-scenario.ts';

export type StorageScenarioOptions = {
  readonly name: string;
  readonly faults: readonly Fault['kind'][];
  readonly versions?: boolean;
  readonly buckets?: boolean;
  readonly appends?: boolean;
  readonly copies?: boolean;
  /** The metadata store, with a fault of its own. */
  readonly metadata?: typeof metadataStore;
  /** What the storage believes that writes change, so that it forgets what it remembers. */
  readonly changesOfWrites?: ChangesOfWrites;
  /** Changes the world under the storage: how a test proves that a missing sync is found. */
  readonly sabotage?: (world: World) => World;
  /** Clients collect garbage now and then, and at the end what is dead has to be gone. */
  readonly collectsGarbage?: boolean;
  /** Objects are encrypted, and the master key is rotated now and then. */
  readonly encrypted?: boolean;
  readonly settings?: Partial<DataStoreSettings>;
};

const roundsPerRun = 12;
/** Long enough for the garbage worker and the index to come to rest. */
const restMs = 10_000;
/** Long enough for the search for what a crash left. */
const upkeepMs = orphanDelayMs + restMs;
const roomBytes = 2 ** 40;
const segmentHeaderBytes = 64;
const writers = 2;
/** At a dead fraction of a half a segment holds as much dead as living, and the records and headers that count as dead. */
const deadPerLiveMax = 1.1;
/** The disk of a simulation is small, and its time is short. */
const simulatedSettings: Partial<DataStoreSettings> = { reserveBytes: 0, scrubPeriodMs: 60_000 };

export function storageScenario(options: StorageScenarioOptions): Scenario<Round> {
  return {
    name: options.name,
    plan: (random) =>
      plan(random, {
        ...{ rounds: roundsPerRun, faults: options.faults },
        ...{ versions: options.versions ?? false, buckets: options.buckets ?? false },
        ...{ appends: options.appends ?? false, copies: options.copies ?? false },
      }),
    run: (simulation, rounds) => new Run(simulation, options).all(rounds),
  };
}

class Run {
  readonly #simulation: Simulation;
  readonly #options: StorageScenarioOptions;
  readonly #machine: SimulatedMachine;
  readonly #model = new Model();
  #storage!: ObjectStorage;
  #number = 0;
  #rotten = false;
  #diskFails = false;

  constructor(simulation: Simulation, options: StorageScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#machine = simulation.machine('storage');
  }

  async all(rounds: readonly Round[]): Promise<void> {
    await this.#open(this.#machine.world);
    const documents = this.#options.encrypted ? { encryption: '{"algorithm":"AES256"}' } : {};
    await this.#storage.createBucket({ bucket, owner: 'me', documents });
    for (const round of rounds) await this.#round(round);
    await this.#simulation.clock.sleep(restMs);
    await this.#verifyAll();
    await this.#crash(true);
    await this.#verifyAll();
    if (this.#options.collectsGarbage) await this.#verifySpace();
    if (this.#options.encrypted) await this.#verifyKeys();
  }

  async #open(world: World): Promise<void> {
    const { sabotage = (honest) => honest, metadata, changesOfWrites, settings } = this.#options;
    this.#storage = await openOnMachine(this.#machine, {
      ...{ metadata, wrap: (sql) => this.#slowed(sql), world: sabotage(world), writers, changesOfWrites },
      ...{ settings: { ...simulatedSettings, ...settings }, partBytesMin: 0 },
    });
  }

  /** Now and then a change waits in front of the metadata store, as it does when that is another machine. */
  #slowed(metadata: MetadataSql): MetadataSql {
    const { clock, random } = this.#simulation;
    if (!this.#options.collectsGarbage) return metadata;
    const write: MetadataSql['write'] = async (name, input) => {
      if (random.integer(8) === 0) await clock.sleep(random.integer(300));
      return metadata.write(name, input);
    };
    return replacing(metadata, { write });
  }

  async #round({ operations, versioning, fault }: Round): Promise<void> {
    if (versioning !== undefined) {
      await this.#storage.setBucketVersioning({ bucket, versioning });
      this.#model.versioning = versioning;
    }
    const answered = Promise.all([
      ...operations.map((operation) => this.#client().carryOut(operation)),
      this.#collectGarbage(),
      this.#rotateKey(),
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
        return this.#verifyAll();
      case 'failing-sync':
        return this.#failing('sync', answered);
      case 'failing-write':
        return this.#failing('write', answered);
      case 'clock-jump':
        this.#machine.clockJump(fault.byMs);
        break;
      case 'rot':
        this.#rot();
        break;
      case undefined:
    }
    await answered;
  }

  /** Flips a bit of a record; what becomes of a damaged segment header is the segment log's own test. */
  #rot(): void {
    const { disk } = this.#machine;
    const segments = disk.files().filter((path) => path.endsWith('.segment'));
    const path = segments[this.#simulation.random.integer(segments.length)]!;
    const records = disk.contents(path)!.byteLength - segmentHeaderBytes;
    if (records <= 0) return;
    const position = segmentHeaderBytes + this.#simulation.random.integer(records);
    disk.rot(path, { position, bit: this.#simulation.random.integer(8) });
    this.#rotten = true;
  }

  /** A log whose sync failed takes no more writes until the next start, so there is one. */
  async #failing(call: 'sync' | 'write', answered: Promise<unknown>): Promise<void> {
    this.#diskFails = true;
    this.#machine.disk.failNext(call, 1);
    await answered;
    await this.#crash(this.#simulation.random.integer(2) === 0);
    this.#machine.disk.failNoMore();
    this.#diskFails = false;
    await this.#verifyAll();
  }

  async #crash(powerLoss: boolean): Promise<void> {
    this.#machine.crash({ powerLoss });
    try {
      await this.#open(this.#machine.restart());
    } catch (error) {
      // The failing call came only now, while the storage was opening: it is started again.
      if (!this.#diskFails) throw error;
      this.#machine.crash({ powerLoss });
      await this.#open(this.#machine.restart());
    }
  }

  async #verifyAll(): Promise<void> {
    for (const key of keys) await this.#client().verify(key);
    if (this.#options.versions) await this.#verifyVersions();
    const listed = await this.#listAll();
    const expected = keys.filter((key) => this.#model.possible(key)[0] !== undefined);
    assert.deepEqual(listed, expected.toSorted(byUtf8), 'a listing names the objects that are there');
    const findings = await this.#storage.check({ deep: true });
    if (!this.#rotten) assert.deepEqual(findings, []);
  }

  /** Some clients are slow, so that upkeep meets uploads at every step. */
  async #pause(): Promise<void> {
    const { clock, random } = this.#simulation;
    if (this.#options.collectsGarbage && random.integer(4) === 0) await clock.sleep(random.integer(100));
  }

  async #collectGarbage(): Promise<void> {
    const { clock, random } = this.#simulation;
    if (!this.#options.collectsGarbage || random.integer(2) > 0) return;
    await clock.sleep(random.integer(60));
    await this.#client().unlessRefused(() => this.#storage.gc());
  }

  async #rotateKey(): Promise<void> {
    const { clock, random } = this.#simulation;
    if (!this.#options.encrypted || random.integer(3) > 0) return;
    await clock.sleep(random.integer(60));
    await this.#client().unlessRefused(() => this.#storage.rotateMasterKey());
  }

  /** What a crash interrupted was taken up again, and came to its end. */
  async #verifyKeys(): Promise<void> {
    await this.#simulation.clock.sleep(upkeepMs);
    const { lostMasterKeys, rewrapping } = (await this.#storage.stats()).encryption;
    assert.deepEqual({ lostMasterKeys, rewrapping }, { lostMasterKeys: 0, rewrapping: false });
  }

  /** Nothing is left of what nobody refers to, and no segment has more dead in it than it may. */
  async #verifySpace(): Promise<void> {
    await this.#simulation.clock.sleep(upkeepMs);
    this.#verifyReferences(await this.#storage.stats(), 'in the background');
    const { problems } = await this.#storage.gc();
    const stats = await this.#storage.stats();
    const { garbageBlobs, deadBytes, liveBytes } = stats;
    assert.equal(garbageBlobs, 0, 'garbage is left');
    this.#verifyReferences(stats, 'by a collection');
    if (this.#rotten) return;
    assert.deepEqual(problems, []);
    const bound = liveBytes * deadPerLiveMax + writers * segmentHeaderBytes;
    assert(deadBytes <= bound, `${deadBytes} bytes are dead, ${liveBytes} live`);
  }

  /**
   * What rots at the end of a log before the index knows it looks like the torn end that a loss of power leaves, and is cut with
   * what lies behind it: objects then lack their blobs, and `check` says so.
   */
  #verifyReferences({ blobs, referencedBlobs }: ObjectStorageStats, by: string): void {
    const missing = referencedBlobs - blobs;
    assert(missing >= 0, `${-missing} blobs that nothing refers to are left ${by}`);
    if (!this.#rotten) assert.equal(missing, 0, 'blobs are missing');
  }

  async #verifyVersions(): Promise<void> {
    await this.#client().verifyVersions(keys);
    for (const key of keys) {
      const count = this.#model.knownIds(key).length;
      for (let pick = 0; pick < count; pick++) await this.#client().verifyVersion(key, pick);
    }
  }

  async #listAll(): Promise<readonly string[]> {
    const listed: string[] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const request: Parameters<ObjectStorage['listObjects']>[0] = {
        bucket,
        prefix: '',
        delimiter: '',
        after,
        limit: 2,
      };
      const page = await this.#storage.listObjects(request);
      listed.push(...page.objects.map((object) => object.key));
      after = page.next;
    }
    return listed;
  }

  #client(): Client {
    return new Client({
      storage: this.#storage,
      model: this.#model,
      internalErrorsExpected: () => this.#rotten || this.#diskFails,
      pause: () => this.#pause(),
      nextNumber: () => this.#number++,
    });
  }
}

export const everyFault: readonly Fault['kind'][] = [
  'crash',
  'crash',
  'crash',
  'stall',
  'disk-full',
  'failing-sync',
  'failing-write',
  'clock-jump',
];

export const scenarios = {
  faults: storageScenario({ name: 'faults', faults: everyFault }),
  versions: storageScenario({ name: 'versions', faults: everyFault, versions: true }),
  rot: storageScenario({ name: 'rot', faults: ['rot', 'crash'] }),
  garbage: storageScenario({ name: 'garbage', faults: everyFault, collectsGarbage: true }),
  'garbage-versions': storageScenario({
    ...{ name: 'garbage-versions', faults: everyFault },
    ...{ versions: true, collectsGarbage: true },
  }),
  'passing-buckets': storageScenario({
    ...{ name: 'passing-buckets', faults: everyFault },
    ...{ buckets: true, collectsGarbage: true },
  }),
  appends: storageScenario({
    ...{ name: 'appends', faults: everyFault },
    ...{ appends: true, collectsGarbage: true },
  }),
  'appends-encrypted': storageScenario({
    ...{ name: 'appends-encrypted', faults: everyFault },
    ...{ appends: true, encrypted: true, collectsGarbage: true },
  }),
  copies: storageScenario({
    ...{ name: 'copies', faults: everyFault },
    ...{ copies: true, versions: true, collectsGarbage: true },
  }),
  'copies-appends': storageScenario({
    ...{ name: 'copies-appends', faults: everyFault },
    ...{ copies: true, appends: true, collectsGarbage: true },
  }),
  'appends-versions': storageScenario({
    ...{ name: 'appends-versions', faults: everyFault },
    ...{ appends: true, versions: true, collectsGarbage: true },
  }),
  'appends-versions-encrypted': storageScenario({
    ...{ name: 'appends-versions-encrypted', faults: everyFault },
    ...{ appends: true, versions: true, encrypted: true, collectsGarbage: true },
  }),
  'copies-appends-versions': storageScenario({
    ...{ name: 'copies-appends-versions', faults: everyFault },
    ...{ copies: true, appends: true, versions: true, collectsGarbage: true },
  }),
  'copies-encrypted': storageScenario({
    ...{ name: 'copies-encrypted', faults: everyFault },
    ...{ copies: true, versions: true, encrypted: true },
  }),
  'garbage-rot': storageScenario({ name: 'garbage-rot', faults: ['rot', 'crash'], collectsGarbage: true }),
  encrypted: storageScenario({
    ...{ name: 'encrypted', faults: everyFault },
    ...{ versions: true, encrypted: true },
  }),
  events: eventScenario('events'),
  lifecycle: lifecycleScenario('lifecycle'),
  transition: transitionScenario('transition'),
  replication: replicationScenario('replication'),
  repair: repairScenario('repair'),
  ...drivesScenarios,
  calm: storageScenario({ name: 'calm', faults: [], collectsGarbage: true }),
} as const;
