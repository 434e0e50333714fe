// Writers, forgetters and collectors on one repository, over a network that delays, loses and repeats, with processes that crash,
// stall for hours or a month, and come back. The checker looks at the store whenever something went that may have been needed.

import assert from 'node:assert/strict';
import { type Blobs, BlobsError } from '@cairn/engines';
import type { Scenario, SeededRandom, SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { collectGarbage } from '../../src/collect/collect-garbage.ts';
import { forgetSnapshots } from '../../src/core/forget-snapshots.ts';
import type { Repository } from '../../src/core/repository.ts';
import { BackupError } from '../../src/errors.ts';
import { configName, keyringName, prefixes } from '../../src/format/object-names.ts';
import type { Snapshot } from '../../src/format/snapshot-record.ts';
import { repairRepository } from '../../src/repair/repair-repository.ts';
import { tagSnapshots } from '../../src/transform/tag-snapshots.ts';
import { drowsy } from './drowsy-blobs.ts';
import { type ClientName, clients, type GcStep, gcPlan, repairers } from './gc-plan.ts';
import { modelBackup } from './model-backup.ts';
import { modelLeaseMs, openModelRepository, sealedConfig, sealedKeyring } from './model-repository.ts';
import type { StoreRequest } from './object-store-messages.ts';
import { ObjectStoreServer } from './object-store-server.ts';
import { RemoteBlobs } from './remote-blobs.ts';
import { RepositoryChecker } from './repository-checker.ts';

/** Changes what a client's library sees of the store, for one operation. */
export type Sabotage = (blobs: Blobs, operation: Operation['do'], client: SabotagedClient) => Blobs;

export type SabotagedClient = Pick<SimulatedMachine, 'random' | 'world'> & {
  readonly name: ClientName;
  /** Nothing of the client happens for that long. */
  readonly stall: (durationMs: number) => void;
};

type Operation = Extract<GcStep, { do: 'backup' | 'forget' | 'tag' | 'read' | 'gc' | 'repair' }>;

type RepairStep = Extract<GcStep, { do: 'repair' }>;

export type GcScenarioOptions = {
  readonly name: string;
  readonly sabotage?: Sabotage;
  /** `gcPlan` unless given. */
  readonly plan?: (random: SeededRandom) => readonly GcStep[];
};

export const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const thorough = {
  do: 'gc',
  ...{ maxUnusedPercent: 0, minPackBytes: 0, maxRewriteBytes: Number.MAX_SAFE_INTEGER },
} as const;
export const badWeather = {
  delayMs: { min: 1, max: 400 },
  ...{ dropProbability: 0.02, repeatProbability: 0.04, lateProbability: 0.01 },
  lateMs: { min: 1_000, max: 4 * hourMs },
};

export function gcScenario(options: GcScenarioOptions): Scenario<GcStep> {
  return {
    name: options.name,
    plan: options.plan ?? gcPlan,
    run: (simulation, steps) => new GcRun(simulation, options).run(steps),
    eventsMax: 3_000_000,
  };
}

class GcRun {
  readonly #simulation: Simulation;
  readonly #sabotage: Sabotage;
  readonly #server: ObjectStoreServer;
  readonly #checker: RepositoryChecker;
  readonly #blobs = new Map<ClientName, RemoteBlobs>();
  /** Operations under way, with when the stall of their client ends. */
  readonly #busy = new Map<ClientName, Promise<void>>();
  readonly #stalledUntilMs = new Map<ClientName, number>();
  #failure: unknown;

  constructor(simulation: Simulation, { sabotage = (blobs) => blobs }: GcScenarioOptions) {
    this.#simulation = simulation;
    this.#sabotage = sabotage;
    const { network } = simulation;
    const machine = simulation.machine('store');
    this.#server = new ObjectStoreServer({ machine, network });
    this.#server.begin(configName, sealedConfig);
    this.#server.begin(keyringName, sealedKeyring);
    const { world } = machine;
    // The checker's own face of the repository never asks the store.
    const repository = openModelRepository({ blobs: unusedBlobs, world });
    this.#checker = new RepositoryChecker(this.#server, repository);
    this.#server.onRequest = (from, request) => simulation.note(`${from}: ${describe(request)}`);
    this.#server.onChange = (name) => this.#look(name);
  }

  async run(steps: readonly GcStep[]): Promise<void> {
    this.#simulation.network.setConditions(badWeather);
    for (const step of steps) {
      await this.#step(step);
      await this.#simulation.clock.sleep(this.#simulation.random.integer(2 * minuteMs));
      this.#throwFailure();
    }
    await this.#heal();
    await this.#mend();
    await this.#checkContents();
    await this.#checkLiveness();
  }

  /** A failure inside the store's own event is the run's. */
  #look(name: string): void {
    const watched = [prefixes.packs, prefixes.index, prefixes.snapshots];
    if (!watched.some((prefix) => name.startsWith(prefix))) return;
    const isPut = this.#server.bytesOf(name) !== undefined;
    if (isPut && name.startsWith(prefixes.packs)) this.#attempt(() => this.#checker.packPut(name));
    if (isPut && !name.startsWith(prefixes.snapshots)) return;
    this.#attempt(() => this.#checker.check());
  }

  async #step(step: GcStep): Promise<void> {
    switch (step.do) {
      case 'backup':
      case 'forget':
      case 'tag':
      case 'read':
      case 'gc':
      case 'repair':
        return this.#start(step);
      case 'rot':
        return this.#rot(step);
      case 'crash':
        return this.#crash(step.client);
      case 'stall':
        return this.#stall(step.client, step.minutes * minuteMs);
      case 'clock':
        return this.#machine(step.client).clockJump(step.hours * hourMs);
      case 'cut':
        return this.#simulation.network.cut(step.client, 'store');
      case 'mend':
        return this.#simulation.network.mend(step.client, 'store');
      case 'weather':
        return this.#simulation.network.setConditions(step.bad ? badWeather : {});
      case 'wait':
        return this.#simulation.clock.sleep(step.minutes * minuteMs);
      case 'month':
        await this.#rest();
        return this.#simulation.clock.sleep(31 * dayMs);
    }
  }

  /** Does nothing on a client that is at something. */
  #start(operation: Operation): void {
    const { client } = operation;
    if (this.#busy.has(client)) return;
    const machine = this.#machine(client);
    if (!machine.running) machine.restart();
    const work = machine.orCrash(this.#operate(operation)).then(
      () => {},
      (error: unknown) => {
        if (!this.#isExpected(error)) this.#failure ??= error;
      },
    );
    this.#busy.set(client, work);
    void work.then(() => this.#busy.delete(client));
  }

  async #operate(operation: Operation): Promise<void> {
    const { client } = operation;
    const machine = this.#machine(client);
    const { world } = machine;
    const repository = openModelRepository({
      blobs: this.#sabotage(drowsy(this.#blobsOf(client), machine), operation.do, this.#sabotaged(client)),
      world,
    });
    switch (operation.do) {
      case 'backup':
        return this.#backUp(repository, operation);
      case 'forget':
        return this.#forget(repository, operation.which);
      case 'tag':
        return this.#tag(repository, operation.which);
      case 'read':
        return this.#read(repository, operation.which);
      case 'gc':
        return this.#collect(repository, operation);
      case 'repair':
        return this.#repair(repository, operation);
    }
  }

  #rot({ what, which }: Extract<GcStep, { do: 'rot' }>): void {
    const packs = this.#checker.packs();
    if (packs.length > 0) this.#checker.rot(packs[which % packs.length]!, what, which);
  }

  async #repair(repository: Repository, { client, forget }: RepairStep): Promise<void> {
    const options = { host: client, user: 'model', workers: 1, dryRun: false, readData: true };
    await repairRepository(repository, { ...options, forget });
  }

  async #backUp(repository: Repository, step: Extract<GcStep, { do: 'backup' }>): Promise<void> {
    const id = await modelBackup(repository, {
      client: step.client,
      files: step.files,
      pauseMsMax: step.pauseMs,
      onBuilt: (root, chunks) => this.#checker.built(root, chunks),
    });
    if (id !== undefined) this.#attempt(() => this.#checker.acknowledged(id));
  }

  async #forget(repository: Repository, which: number): Promise<void> {
    const { snapshots } = await repository.snapshots();
    const id = snapshots.at(which % snapshots.length)?.id;
    if (id === undefined) return;
    this.#checker.forgotten(id);
    await forgetSnapshots(repository, [id]);
  }

  async #tag(repository: Repository, which: number): Promise<void> {
    const { snapshots } = await repository.snapshots();
    const snapshot = snapshots[which % snapshots.length];
    if (snapshot === undefined) return;
    this.#checker.forgotten(snapshot.id);
    const options = { host: 'tagger', user: 'model', change: { add: [`tag-${which}`] } };
    await this.#whileLive(snapshot.id, async () => {
      await tagSnapshots(repository, [snapshot], options);
    });
  }

  /** A reader holds nothing: what it reads is there until somebody forgets it. */
  async #read(repository: Repository, which: number): Promise<void> {
    const { snapshots } = await repository.snapshots();
    const snapshot = snapshots[which % snapshots.length];
    if (snapshot === undefined) return;
    await this.#whileLive(snapshot.id, () => this.#restore(repository, snapshot));
  }

  /** What is read of a snapshot may be gone as soon as somebody forgets it. */
  async #whileLive(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const isDamage = error instanceof BackupError && error.code === 'damaged';
      if (!isDamage || this.#checker.live().includes(id)) throw error;
    }
  }

  async #restore(repository: Repository, { root }: Snapshot): Promise<void> {
    // By what was read of it: the snapshot itself may be gone when a reader slept for a month.
    const sound = this.#checker
      .chunksBelow(root.fingerprints)
      .filter((chunk) => !this.#checker.isRotten(chunk));
    const wanted = Buffer.from(sound.join(''), 'hex');
    let count = 0;
    // Each is checked against its fingerprint.
    for await (const _chunk of repository.readChunks(wanted)) count += 1;
    assert.equal(count * 32, wanted.length);
  }

  async #collect(repository: Repository, step: Extract<GcStep, { do: 'gc' }>): Promise<void> {
    const { do: _do, client, ...options } = step;
    const report = await collectGarbage(repository, { host: client, user: 'model', ...options });
    const { damaged } = report;
    if (this.#checker.hasRotten) return;
    assert.deepEqual(damaged, [], 'gc found damage where there is none');
  }

  #crash(client: ClientName): void {
    const machine = this.#machine(client);
    if (!machine.running) return;
    machine.crash({ powerLoss: false });
    this.#blobs.delete(client);
    this.#stalledUntilMs.delete(client);
  }

  #stall(client: ClientName, durationMs: number): void {
    this.#machine(client).stall(durationMs);
    const untilMs = Math.max(this.#stalledUntilMs.get(client) ?? 0, this.#nowMs + durationMs);
    this.#stalledUntilMs.set(client, untilMs);
  }

  /** All that is not stalled comes to its end. */
  async #rest(): Promise<void> {
    for (let left = 24 * 60; left > 0; left -= 1) {
      const working = [...this.#busy.keys()].filter(
        (client) => (this.#stalledUntilMs.get(client) ?? 0) <= this.#nowMs,
      );
      if (working.length === 0) return;
      await this.#simulation.clock.sleep(minuteMs);
    }
  }

  /** The network is well, what was late has arrived, what was stalled is awake or dead, and all work has ended. */
  async #heal(): Promise<void> {
    this.#simulation.network.heal();
    await this.#sleepOn();
    for (const client of [...clients, ...repairers]) {
      const longStall = (this.#stalledUntilMs.get(client) ?? 0) - this.#nowMs > dayMs;
      if (longStall && this.#simulation.random.chance(1 / 2)) this.#crash(client);
    }
    // Who wakes may fall asleep again.
    for (let round = 0; round < 20 && (round === 0 || this.#busy.size > 0); round += 1) {
      const awakeMs = Math.max(
        0,
        ...[...this.#stalledUntilMs.values()].map((untilMs) => untilMs - this.#nowMs),
      );
      await this.#simulation.clock.sleep(awakeMs + badWeather.lateMs.max);
      await this.#rest();
    }
    this.#throwFailure();
    assert.deepEqual([...this.#busy.keys()], [], 'work did not end');
  }

  /** While somebody sleeps for longer than fences are kept, the others go on: they forget, and collect, and collect a month later. */
  async #sleepOn(): Promise<void> {
    const longest = Math.max(0, ...this.#stalledUntilMs.values()) - this.#nowMs;
    if (longest < 33 * dayMs || (this.#stalledUntilMs.get('collector-1') ?? 0) > this.#nowMs) return;
    await this.#rest();
    const forgotten = this.#checker.live().filter(() => this.#simulation.random.chance(1 / 2));
    for (const id of forgotten) this.#checker.forgotten(id);
    await this.#alone((repository) => forgetSnapshots(repository, forgotten));
    for (const pauseMs of [hourMs, hourMs, hourMs, 31 * dayMs, hourMs, hourMs]) {
      await this.#alone((repository) => this.#collect(repository, { ...thorough, client: 'collector-1' }));
      await this.#simulation.clock.sleep(pauseMs);
    }
  }

  /** What rotted is repaired by one who is alone, and what cannot be is forgotten. */
  async #mend(): Promise<void> {
    if (!this.#checker.hasRotten) return;
    await this.#alone((repository) =>
      this.#repair(repository, { do: 'repair', client: 'collector-1', forget: true }),
    );
    this.#throwFailure();
    this.#checker.mended();
  }

  async #checkContents(): Promise<void> {
    this.#checker.check();
    await this.#alone(async (repository) => {
      const { snapshots, damaged } = await repository.snapshots();
      assert.deepEqual(damaged, []);
      for (const snapshot of snapshots) await this.#restore(repository, snapshot);
    });
  }

  async #checkLiveness(): Promise<void> {
    const collect = async () => {
      await this.#alone((repository) => this.#collect(repository, { ...thorough, client: 'collector-1' }));
      this.#throwFailure();
      await this.#simulation.clock.sleep(2 * modelLeaseMs);
    };
    // Fences those that died; then what they held up; then what became free by that.
    for (let run = 0; run < 3; run += 1) await collect();
    this.#checker.checkClean();
    for (let month = 0; month < 2; month += 1) {
      await this.#simulation.clock.sleep(31 * dayMs);
      await collect();
    }
    this.#checker.checkForgotten();
    this.#checker.check();
  }

  /** On a client of its own, to its end. */
  async #alone(work: (repository: Repository) => Promise<void>): Promise<void> {
    const machine = this.#machine('collector-1');
    if (!machine.running) machine.restart();
    const blobs = this.#sabotage(this.#blobsOf('collector-1'), 'gc', this.#sabotaged('collector-1'));
    await work(openModelRepository({ blobs, world: machine.world }));
  }

  #sabotaged(client: ClientName): SabotagedClient {
    const { random, world } = this.#machine(client);
    return { name: client, random, world, stall: (durationMs) => this.#stall(client, durationMs) };
  }

  #blobsOf(client: ClientName): RemoteBlobs {
    const existing = this.#blobs.get(client);
    if (existing !== undefined) return existing;
    const blobs = new RemoteBlobs({ machine: this.#machine(client), network: this.#simulation.network });
    this.#blobs.set(client, blobs);
    return blobs;
  }

  #machine(client: ClientName): SimulatedMachine {
    return this.#simulation.machine(client);
  }

  /** What a client may be told without anything being wrong, or when something rotted. */
  #isExpected(error: unknown): boolean {
    if (error instanceof BlobsError) return error.retryable;
    if (!(error instanceof BackupError)) return false;
    const isRot = error.code === 'damaged' && this.#checker.hasRotten;
    return isRot || ['store', 'fenced', 'no-snapshot'].includes(error.code);
  }

  get #nowMs(): number {
    return this.#simulation.clock.monotonicMs();
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function describe(request: StoreRequest): string {
  const { do: what, ...rest } = request;
  if ('names' in rest) return `${what} ${rest.names.join(' ')}`;
  return 'prefix' in rest ? `${what} ${rest.prefix}` : `${what} ${rest.name}`;
}

const unusedBlobs: Blobs = {
  put: unused,
  get: unused,
  head: unused,
  delete: unused,
  list: unused,
  close: async () => {},
};

function unused(): never {
  throw new Error('the checker asks nobody');
}
