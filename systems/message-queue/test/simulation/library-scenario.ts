// Producers and members of a group in the broker's process, whose machine crashes, whose clock jumps and whose disk and
// database fail now and then. What was acknowledged is handled at least once, by a handler that resolved; of a partition a
// record is begun only when those in front of it are done; and nobody is given what was never sent.

import assert from 'node:assert/strict';
import {
  checkedLog,
  type Log,
  LogError,
  type LogRecord,
  openSimulatedSql,
  type Subscription,
  simulatedSqlFaults,
} from '@cairn/engines';
import { silentLog } from '@cairn/telemetry';
import type { Timer, World } from '@cairn/world';
import { CallsUnderWay, type Scenario, type SeededRandom, type Simulation } from '@cairn/world/simulated';
import { logPartitions } from '../../src/broker/topics/log-partitions.ts';
import { Topics } from '../../src/broker/topics/topics.ts';
import type { GroupCoordinator } from '../../src/groups/group-coordinator.ts';
import { openGroupCoordinator } from '../../src/groups/open-group-coordinator.ts';
import { openLibrary } from '../../src/library/open-library.ts';
import store from '../../src/metadata/store.ts';

const topic = 'records';
const group = 'handlers';
const partitionsMax = 4;
const membersMax = 3;

export type LibraryStep =
  | { readonly do: 'produce'; readonly keys: readonly (string | null)[] }
  | { readonly do: 'subscribe'; readonly slowMs: number; readonly failsOneIn: number }
  | { readonly do: 'stop'; readonly pick: number }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'partitions' | 'close' }
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly do: 'fail'; readonly what: 'commit' | 'write' | 'sync' | 'read' };

export type LibraryScenarioOptions = {
  readonly name: string;
  /** Puts mistakes below the library. */
  readonly mutateGroups?: (groups: GroupCoordinator) => GroupCoordinator;
  readonly mutateWorld?: (world: World) => World;
};

export function libraryScenario(options: LibraryScenarioOptions): Scenario<LibraryStep> {
  return {
    name: options.name,
    eventsMax: 400_000,
    plan: (random) => Array.from({ length: random.between({ min: 8, max: 60 }) }, () => planStep(random)),
    run: (simulation, steps) => new LibraryRun(simulation, options).run(steps),
  };
}

function planStep(random: SeededRandom): LibraryStep {
  const dice = random.integer(100);
  if (dice < 38) {
    const key = () => random.pick(['a', 'b', 'c', 'd', 'e', null, null]);
    return { do: 'produce', keys: Array.from({ length: random.between({ min: 1, max: 8 }) }, key) };
  }
  if (dice < 52)
    return { do: 'subscribe', slowMs: random.pick([0, 0, 3, 40, 900]), failsOneIn: random.pick([0, 3, 10]) };
  if (dice < 60) return { do: 'stop', pick: random.integer(100) };
  if (dice < 80) return { do: 'pause', forMs: random.pick([1, 10, 100, 1_500, 12_000]) };
  if (dice < 83) return { do: 'partitions' };
  if (dice < 85) return { do: 'close' };
  if (dice < 87) return { do: 'jump', byMs: random.pick([-60_000, 60_000]) };
  if (dice < 95) return { do: 'crash', afterMs: random.integer(30), powerLoss: random.chance(2 / 3) };
  return { do: 'fail', what: random.pick(['commit', 'write', 'sync', 'read'] as const) };
}

type Sent = { place: string | undefined; isDone: boolean };
type Running = { readonly log: Log; readonly topics: Topics; close(): Promise<void> };

class LibraryRun {
  readonly #simulation: Simulation;
  readonly #options: LibraryScenarioOptions;
  readonly #calls: CallsUnderWay;
  readonly #crashes: Timer[] = [];
  /** By what they say. */
  readonly #sent = new Map<string, Sent>();
  #running: Running | undefined;
  #members: Subscription[] = [];
  /** Partitions that a handler of this process has a record of. */
  #handling = new Set<number>();
  #life = 0;

  constructor(simulation: Simulation, options: LibraryScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#calls = new CallsUnderWay(this.#machine);
  }

  async run(steps: readonly LibraryStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step, await this.#open());
    for (const crash of this.#crashes) crash.cancel();
    await this.#calls.settled();
    this.#crash({ powerLoss: true });
    await this.#drain();
    this.#calls.check();
    await this.#running?.close();
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  #perform(step: LibraryStep, running: Running): Promise<void> | void {
    switch (step.do) {
      case 'produce':
        return this.#calls.start(this.#produce(running, step.keys));
      case 'subscribe':
        if (this.#members.length < membersMax) this.#calls.start(this.#subscribe(running, step));
        return;
      case 'stop': {
        const [member] = this.#members.splice(step.pick % Math.max(this.#members.length, 1), 1);
        return this.#calls.start(member?.stop() ?? Promise.resolve());
      }
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
      case 'partitions':
        return this.#calls.start(this.#addPartition(running));
      case 'close':
        return this.#close();
      case 'jump':
        return this.#machine.clockJump(step.byMs);
      case 'crash':
        this.#crashes.push(this.#simulation.clock.setTimer(step.afterMs, () => this.#crash(step)));
        return;
      case 'fail':
        // Reads that fail in passing do not add up to a place that cannot be read: that would be damage.
        if (step.what === 'read') this.#machine.disk.failNoMore();
        if (step.what === 'commit') simulatedSqlFaults(this.#machine, store.name).failCommits = 1;
        else this.#machine.disk.failNext(step.what, 1);
    }
  }

  async #produce({ log }: Running, keys: readonly (string | null)[]): Promise<void> {
    const records = keys.map((key) => ({ key, value: `${this.#sent.size}-${key}` }));
    // Several calls of one turn, as different parts of a process make them.
    const calls = records.map((record) => {
      const value = `${record.value}/${this.#sent.size}`;
      this.#sent.set(value, { place: undefined, isDone: false });
      return this.#produceOne(log, { key: record.key, value });
    });
    await Promise.all(calls);
  }

  async #produceOne(log: Log, record: { key: string | null; value: string }): Promise<void> {
    try {
      const [place] = await log.produce({ topic, records: [record] });
      const sent = this.#sent.get(record.value)!;
      const text = `${place!.partition}/${place!.offset}`;
      assert(
        sent.place === undefined || sent.place === text,
        `${record.value} is at ${sent.place} and ${text}`,
      );
      sent.place = text;
    } catch (error) {
      assert(isTrouble(error), `produce failed: ${error}`);
    }
  }

  async #subscribe(
    { log }: Running,
    { slowMs, failsOneIn }: Pick<LibraryStep & { do: 'subscribe' }, 'slowMs' | 'failsOneIn'>,
  ): Promise<void> {
    const life = this.#life;
    const { clock, random } = this.#machine.world;
    const subscription = await log.subscribe({
      ...{ topics: [topic], group, retry: { delayMs: 5, delayMsMax: 50 }, commitEveryMs: 50 },
      handle: async (record, { signal }) => {
        this.#begin(record, signal);
        try {
          if (slowMs > 0) await clock.sleep(random.integer(slowMs));
          if (failsOneIn > 0 && random.integer(failsOneIn) === 0) throw new Error('the handler failed');
          this.#sent.get(textOf(record))!.isDone = true;
        } finally {
          this.#handling.delete(record.partition);
        }
      },
    });
    if (life === this.#life) this.#members.push(subscription);
    subscription.ended.catch((error: unknown) => this.#calls.fail(error));
  }

  #begin(record: LogRecord, signal: AbortSignal): void {
    const { partition, offset } = record;
    const failed = (what: string) => {
      const error = new Error(`${partition}/${offset} (${textOf(record)}) ${what}`);
      this.#calls.fail(error);
      return error;
    };
    const sent = this.#sent.get(textOf(record));
    if (sent === undefined) throw failed('was never sent');
    const place = `${partition}/${offset}`;
    if (sent.place !== undefined && sent.place !== place) throw failed(`was acknowledged at ${sent.place}`);
    // Nobody was told where it is, since the process died before.
    sent.place ??= place;
    if (this.#handling.has(partition) && !signal.aborted) throw failed('is begun while another is handled');
    this.#handling.add(partition);
    for (const [value, other] of this.#sent) {
      const [itsPartition, itsOffset] = other.place?.split('/').map(Number) ?? [];
      if (itsPartition === partition && itsOffset! < offset && !other.isDone)
        throw failed(`is begun before ${value} at ${other.place} is done`);
    }
  }

  async #addPartition({ topics }: Running): Promise<void> {
    const found = topics.find(topic)!;
    if (found.partitionCount >= partitionsMax) return;
    await topics.addPartitions(found, found.partitionCount + 1).catch((error) => {
      assert(isTrouble(error), `no partition was added: ${error}`);
    });
  }

  /** Until all that was acknowledged is done: by one member, of a machine on which nothing fails any more. */
  async #drain(): Promise<void> {
    const undone = () => [...this.#sent].filter(([, { place, isDone }]) => place !== undefined && !isDone);
    for (let attempt = 0; attempt < 40 && undone().length > 0; attempt++) {
      const running = await this.#open();
      if (this.#members.length === 0) await this.#subscribe(running, { slowMs: 0, failsOneIn: 0 });
      await this.#simulation.clock.sleep(5_000);
    }
    this.#calls.check();
    const lost = undone().map(([value, { place }]) => `${value} at ${place}`);
    assert.deepEqual(lost, [], 'was acknowledged, and is not handled');
  }

  async #close(): Promise<void> {
    await this.#calls.settled();
    const running = this.#running;
    this.#forget();
    if (running !== undefined)
      await this.#machine.orCrash(running.close().catch((error) => assert(isTrouble(error), String(error))));
  }

  #crash({ powerLoss }: { powerLoss: boolean }): void {
    this.#forget();
    this.#machine.crash({ powerLoss });
  }

  #forget(): void {
    this.#running = undefined;
    this.#members = [];
    this.#handling = new Set();
    this.#life += 1;
  }

  async #open(): Promise<Running> {
    for (let attempts = 0; ; attempts++) {
      assert(attempts < 100, 'the broker could not be opened a hundred times');
      this.#calls.check();
      if (this.#running !== undefined) return this.#running;
      if (!this.#machine.running) this.#machine.restart();
      const opening = this.#openBroker().catch((error) => assert(isTrouble(error), String(error)));
      const outcome = await this.#machine.orCrash(opening);
      if (!outcome.crashed && outcome.value !== undefined) this.#running = outcome.value;
    }
  }

  async #openBroker(): Promise<Running> {
    const honestWorld = this.#machine.world;
    const world = this.#options.mutateWorld?.(honestWorld) ?? honestWorld;
    const log = silentLog;
    const sql = await openSimulatedSql(this.#machine, store);
    const { leaderEpoch } = await sql.write('startBroker', { newClusterId: 'cluster' });
    const openPartition = logPartitions({ world, log });
    const directory = '/data/partitions';
    await world.disk.makeDirectory(directory);
    const topics = await Topics.open({ ...{ sql, world, log, leaderEpoch, directory, openPartition } });
    const honest = await openGroupCoordinator({
      ...{ sql, world, topics, log },
      settings: { initialRebalanceDelayMs: 0 },
    });
    const groups = this.#options.mutateGroups?.(honest) ?? honest;
    if (topics.find(topic) === undefined) await topics.create({ name: topic, partitionCount: 2 });
    const library = checkedLog(
      await openLibrary({ ...{ topics, groups, world, log }, autoCreateTopics: false }),
    );
    const close = async () => {
      await library.close();
      await honest.close();
      await topics.close();
    };
    return { log: library, topics, close };
  }
}

function textOf({ value }: LogRecord): string {
  return Buffer.from(value!).toString();
}

function isTrouble(error: unknown): boolean {
  if (error instanceof LogError) return ['full', 'failed', 'unavailable', 'closed'].includes(error.code);
  return error instanceof Error && troubles.has(error.name);
}

const troubles: ReadonlySet<string> = new Set([
  ...['DiskError', 'SegmentLogError', 'PartitionError', 'SqlError'],
  // Of two that make the same change at once one is refused.
  'TopicsError',
]);
