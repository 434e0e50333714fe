// Several who own a repository rotate its keys, add and remove passwords, collect and repair at the same time, over a bad network, crashing and
// standing still, while copies of what opens it rot one at a time.

import assert from 'node:assert/strict';
import { type Blobs, BlobsError } from '@cairn/engines';
import type { Scenario, SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { verifyRepository } from '../../src/check/verify-repository.ts';
import { collectGarbage } from '../../src/collect/collect-garbage.ts';
import { addKey, removeKey } from '../../src/core/keys/manage-keys.ts';
import { rotateKeys } from '../../src/core/keys/rotate-keys.ts';
import type { Repository } from '../../src/core/repository.ts';
import { BackupError } from '../../src/errors.ts';
import { keyringVersionName } from '../../src/format/object-names.ts';
import { stretchPasswordInPlace } from '../../src/keys/stretch-password.ts';
import { repairRepository } from '../../src/repair/repair-repository.ts';
import {
  initTestRepository,
  openTestRepository,
  storeChunks,
  testCost,
  testPassword,
  testSnapshot,
} from '../memory-repository.ts';
import { drowsy } from './drowsy-blobs.ts';
import { badWeather, minuteMs } from './gc-scenario.ts';
import { KeysChecker } from './keys-checker.ts';
import { type KeysOperation, type KeysStep, keysPlan, type Owner, owners } from './keys-plan.ts';
import { ObjectStoreServer } from './object-store-server.ts';
import { RemoteBlobs } from './remote-blobs.ts';

/** Changes what a client's library does to the store. */
export type KeysSabotage = (blobs: Blobs, machine: SimulatedMachine) => Blobs;

const cheaply = { cost: testCost, stretch: stretchPasswordInPlace };
const restMinutesMax = 24 * 60;
/** What may be told to who meets another's rotation, or rot that came and was mended between two of his reads. */
const expected: readonly string[] = [
  ...['store', 'fenced', 'wrong-password', 'damaged', 'repository-replaced'],
  ...['invalid-argument', 'denied'], // somebody else removed that password, or it is the last
];

type AddedKey = { readonly id: string; readonly password: string; readonly keyringVersion: number };

export type KeysScenarioOptions = {
  readonly name: string;
  readonly sabotage?: KeysSabotage;
  /** `keysPlan` unless given. */
  readonly plan?: Scenario<KeysStep>['plan'];
};

export function keysScenario(options: KeysScenarioOptions): Scenario<KeysStep> {
  const { name, sabotage = (blobs) => blobs, plan = keysPlan } = options;
  return {
    name,
    plan,
    run: (simulation, steps) => new KeysRun(simulation, sabotage).run(steps),
    eventsMax: 1_000_000,
  };
}

class KeysRun {
  readonly #simulation: Simulation;
  readonly #sabotage: KeysSabotage;
  readonly #server: ObjectStoreServer;
  readonly #checker: KeysChecker;
  readonly #blobs = new Map<Owner, RemoteBlobs>();
  readonly #busy = new Map<Owner, Promise<void>>();
  readonly #added = new Map<string, AddedKey>();
  #passwords = 0;
  #failure: unknown;

  constructor(simulation: Simulation, sabotage: KeysSabotage) {
    this.#simulation = simulation;
    this.#sabotage = sabotage;
    const machine = simulation.machine('store');
    this.#server = new ObjectStoreServer({ machine, network: simulation.network });
    this.#checker = new KeysChecker(this.#server, machine.world);
  }

  async run(steps: readonly KeysStep[]): Promise<void> {
    await initTestRepository({ blobs: this.#blobsOf('owner-1'), world: this.#machine('owner-1').world });
    this.#watch();
    this.#simulation.network.setConditions(badWeather);
    for (const step of steps) {
      await this.#step(step);
      await this.#simulation.clock.sleep(this.#simulation.random.integer(2 * minuteMs));
      await this.#throwFailure();
    }
    await this.#heal();
    await this.#checkMended();
  }

  #watch(): void {
    this.#server.onRequest = (from, request) =>
      this.#simulation.note(`${from}: ${request.do} ${'name' in request ? request.name : ''}`);
    this.#server.onChange = (name) => this.#attempt(() => this.#checker.changed(name));
    for (const name of this.#server.names()) this.#checker.changed(name);
  }

  async #step(step: KeysStep): Promise<void> {
    switch (step.do) {
      case 'rot':
        return this.#rot(step);
      case 'crash':
        return this.#crash(step.client);
      case 'stall':
        return this.#machine(step.client).stall(step.minutes * minuteMs);
      case 'weather':
        return this.#simulation.network.setConditions(step.bad ? badWeather : {});
      case 'wait':
        return this.#simulation.clock.sleep(step.minutes * minuteMs);
      default:
        return this.#start(step);
    }
  }

  /** Does nothing on a client that is at something. */
  #start(operation: KeysOperation): void {
    const { client } = operation;
    if (this.#busy.has(client)) return;
    const machine = this.#machine(client);
    if (!machine.running) machine.restart();
    const work = machine.orCrash(this.#operate(operation, machine)).then(
      () => {},
      (error: unknown) => {
        if (!isExpected(error)) this.#failure ??= error;
      },
    );
    this.#busy.set(client, work);
    void work.then(() => this.#busy.delete(client));
  }

  async #operate(operation: KeysOperation, machine: SimulatedMachine): Promise<void> {
    const { client } = operation;
    const blobs = drowsy(this.#sabotage(this.#blobsOf(client), machine), machine);
    const repository = await openTestRepository({ blobs, world: machine.world });
    const who = { host: client, user: 'model' };
    switch (operation.do) {
      case 'rotate':
        await rotateKeys(repository, { ...who, ...cheaply, password: testPassword });
        return;
      case 'add':
        return this.#add(repository, client);
      case 'remove':
        return this.#remove(repository, operation.which);
      case 'gc':
        await collectGarbage(repository, who);
        return;
      case 'repair':
        await repairRepository(repository, {
          ...who,
          workers: 1,
          dryRun: false,
          readData: false,
          forget: false,
        });
        return;
      case 'backup':
        return this.#backUp(repository, client);
      default:
        operation satisfies never;
    }
  }

  async #add(repository: Repository, client: Owner): Promise<void> {
    this.#passwords += 1;
    const password = `added ${this.#passwords}`;
    const id = await addKey(repository, { host: client, user: 'model', ...cheaply, password });
    this.#added.set(id, { id, password, keyringVersion: repository.root.keyringVersion });
  }

  async #remove(repository: Repository, which: number): Promise<void> {
    const id = [...this.#added.keys()].at(which % this.#added.size);
    if (id === undefined) return;
    this.#added.delete(id);
    await removeKey(repository, id);
  }

  async #backUp(repository: Repository, client: Owner): Promise<void> {
    const session = await repository.openSession({ purpose: 'create', host: client, user: 'model' });
    try {
      const fingerprints = await storeChunks(repository, session, [Buffer.from(client)]);
      if ((await session.commit(testSnapshot(fingerprints))) === 'committed') this.#checker.wrote(repository);
    } finally {
      await session.abandon();
    }
  }

  #rot({ what, which }: Extract<KeysStep, { do: 'rot' }>): void {
    const spare = this.#checker.spare();
    const name = spare.at(which % spare.length);
    if (name === undefined) return;
    const bytes = Buffer.from(this.#server.bytesOf(name)!);
    const at = Math.abs(which) % bytes.length;
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
    this.#simulation.note(`${name} rots: ${what}`);
    this.#server.hurt(name, what === 'all' ? undefined : bytes);
  }

  #crash(client: Owner): void {
    const machine = this.#machine(client);
    if (!machine.running) return;
    machine.crash({ powerLoss: false });
    this.#blobs.delete(client);
  }

  /** The network is well, and all work has ended. */
  async #heal(): Promise<void> {
    this.#simulation.network.heal();
    for (let left = restMinutesMax; left > 0 && this.#busy.size > 0; left -= 1)
      await this.#simulation.clock.sleep(minuteMs);
    assert.deepEqual([...this.#busy.keys()], [], 'work did not end');
    await this.#simulation.clock.sleep(badWeather.lateMs.max);
    await this.#throwFailure();
  }

  /** One who is alone repairs: then nothing is lacking, who was added since the last rotation gets in, and keys can be rotated. */
  async #checkMended(): Promise<void> {
    const machine = this.#machine('owner-1');
    if (!machine.running) machine.restart();
    const { world } = machine;
    const blobs = this.#blobsOf('owner-1');
    const open = (password = testPassword) => openTestRepository({ blobs, world, password });
    const repository = await open();
    const { keyringVersion } = repository.root;
    const repairing = { host: 'owner-1', user: 'model', workers: 1, readData: false, forget: false };
    await repairRepository(repository, { ...repairing, dryRun: false });
    assert.deepEqual(this.#checker.lacking(keyringVersionName(keyringVersion)), []);
    const { findings } = await verifyRepository(repository, { readData: { kind: 'all' }, workers: 1 });
    assert.deepEqual(
      findings.filter(({ object }) => /^(config|keyring)/.test(object)),
      [],
    );
    for (const { password, keyringVersion: version } of this.#added.values())
      if (version === keyringVersion) assert.equal((await open(password)).root.keyringVersion, version);
    await rotateKeys(repository, { host: 'owner-1', user: 'model', ...cheaply, password: testPassword });
    assert.equal((await open()).root.keyringVersion, keyringVersion + 1);
    await this.#throwFailure();
  }

  #blobsOf(client: Owner): RemoteBlobs {
    const existing = this.#blobs.get(client);
    if (existing !== undefined) return existing;
    const blobs = new RemoteBlobs({ machine: this.#machine(client), network: this.#simulation.network });
    this.#blobs.set(client, blobs);
    return blobs;
  }

  #machine(client: Owner): SimulatedMachine {
    assert(owners.includes(client));
    return this.#simulation.machine(client);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  async #throwFailure(): Promise<void> {
    await this.#checker.settled();
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function isExpected(error: unknown): boolean {
  if (error instanceof BlobsError) return error.retryable;
  return error instanceof BackupError && expected.includes(error.code);
}
