// A classic group, a consumer group and one with members of both protocols, which come, leave, die and stall, on a broker that
// crashes, stalls and whose store fails: one owner per partition and generation, never two of a partition, nothing acknowledged lost, no commit of a
// generation that is over; nobody has what it may not describe for long; and when the trouble ends all partitions are consumed
// again.

import assert from 'node:assert/strict';
import { openSimulatedSql, simulatedSqlFaults } from '@cairn/engines';
import { silentLog } from '@cairn/telemetry';
import type { Scenario, SeededRandom, Simulation } from '@cairn/world/simulated';
import type { GroupCoordinator } from '../../src/groups/group-coordinator.ts';
import { openGroupCoordinator } from '../../src/groups/open-group-coordinator.ts';
import metadataStore, { type MetadataSql } from '../../src/metadata/store.ts';
import { context, TestTopics } from '../groups/group-fixture.ts';
import { ClassicClient, type ClientWorld, ConsumerClient, type GroupClient } from './group-clients.ts';
import { GroupObserver } from './group-observer.ts';

export type GroupStep =
  | { readonly do: 'start' | 'leave' | 'die'; readonly client: number }
  | { readonly do: 'stall client'; readonly client: number; readonly forMs: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly do: 'stall broker' | 'jump' | 'pause'; readonly forMs: number }
  | { readonly do: 'fail commits'; readonly count: number }
  | { readonly do: 'hide' | 'show' | 'more partitions' };

export type GroupScenarioOptions = {
  readonly name: string;
  /** Puts a mistake between the coordinator and the store. */
  readonly mutate?: (sql: MetadataSql) => MetadataSql;
};

/** Of each group; the first one is static, but of the mixed one. */
const clientsPerGroup = 4;
const groupNames = ['classic', 'consumer', 'mixed'] as const;
const hiddenFrom = 'bob';
/** Sessions, rebalances and retries are long over by then. */
const restMs = 180_000;

export function groupScenario(options: GroupScenarioOptions): Scenario<GroupStep> {
  return {
    name: options.name,
    plan: (random) => Array.from({ length: random.between({ min: 10, max: 60 }) }, () => planStep(random)),
    run: (simulation, steps) => new GroupRun(simulation, options).run(steps),
  };
}

function planStep(random: SeededRandom): GroupStep {
  const client = random.integer(clientsPerGroup * groupNames.length);
  const dice = random.integer(100);
  if (dice < 30) return { do: 'start', client };
  if (dice < 36) return { do: 'leave', client };
  if (dice < 42) return { do: 'die', client };
  if (dice < 50) return { do: 'stall client', client, forMs: random.pick([2_000, 9_000, 50_000]) };
  if (dice < 64) return { do: 'crash', afterMs: random.integer(2_000), powerLoss: random.chance(1 / 2) };
  if (dice < 67) return { do: 'stall broker', forMs: random.pick([500, 8_000]) };
  if (dice < 69) return { do: 'jump', forMs: random.pick([-3_600_000, 3_600_000]) };
  if (dice < 74) return { do: 'fail commits', count: random.between({ min: 1, max: 3 }) };
  if (dice < 76) return { do: 'more partitions' };
  if (dice < 80) return { do: random.chance(1 / 2) ? 'hide' : 'show' };
  return { do: 'pause', forMs: random.pick([10, 300, 3_000, 20_000]) };
}

class GroupRun {
  readonly #simulation: Simulation;
  readonly #options: GroupScenarioOptions;
  readonly #topics = new TestTopics();
  readonly #observers = {
    classic: new GroupObserver(),
    consumer: new GroupObserver(),
    mixed: new GroupObserver(),
  };
  readonly #clients = new Map<number, { readonly client: GroupClient; readonly done: Promise<void> }>();
  #groups: GroupCoordinator | undefined;
  readonly #failure = Promise.withResolvers<never>();
  #partitions = 5;
  /** From the user of the last client. */
  #isHidden = false;
  #names = 0;

  constructor(simulation: Simulation, options: GroupScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#topics.set('orders', this.#partitions);
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  /** Ends with the first client that was told what it never must be. */
  run(steps: readonly GroupStep[]): Promise<void> {
    return Promise.race([this.#all(steps), this.#failure.promise]);
  }

  async #all(steps: readonly GroupStep[]): Promise<void> {
    await this.#start();
    for (const step of steps) await this.#perform(step);
    await this.#simulation.clock.sleep(3_000);
    simulatedSqlFaults(this.#machine, 'message-queue').failCommits = 0;
    await this.#restart();
    const [ofConsumer, ofMixed] = [clientsPerGroup, 2 * clientsPerGroup];
    for (const client of [1, ofConsumer + 1, ofConsumer + 3, ofMixed + 1, ofMixed + 2])
      this.#startClient(client);
    this.#isHidden = true;
    await this.#simulation.clock.sleep(restMs);
    this.#verifyHidden();
    this.#verify('consumer');
    this.#isHidden = false;
    await this.#simulation.clock.sleep(restMs);
    for (const group of groupNames) this.#verify(group);
    await this.#downgrade();
    for (const { client } of this.#clients.values()) client.isLeaving = true;
    for (const { done } of this.#clients.values()) await done;
  }

  async #perform(step: GroupStep): Promise<void> {
    switch (step.do) {
      case 'start':
        return this.#startClient(step.client);
      case 'leave':
      case 'die':
        return this.#end(step.client, step.do);
      case 'stall client': {
        const client = this.#clients.get(step.client)?.client;
        if (client !== undefined) client.stallMs = step.forMs;
        return;
      }
      case 'crash':
        await this.#simulation.clock.sleep(step.afterMs);
        return this.#restart(step);
      case 'stall broker':
        return this.#machine.stall(step.forMs);
      case 'jump':
        return this.#machine.clockJump(step.forMs);
      case 'fail commits':
        simulatedSqlFaults(this.#machine, 'message-queue').failCommits = step.count;
        return;
      case 'hide':
      case 'show':
        this.#isHidden = step.do === 'hide';
        return;
      case 'more partitions':
        this.#partitions += 1;
        this.#topics.set('orders', this.#partitions);
        return;
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
    }
  }

  #startClient(number: number): void {
    if (this.#clients.has(number)) return;
    const place = number % clientsPerGroup;
    const group = groupNames[Math.floor(number / clientsPerGroup)]!;
    const isStatic = place === 0 && group !== 'mixed';
    const options = { name: `m${this.#names++}`, group, instanceId: isStatic ? 'static' : null };
    const world = this.#clientWorld(group);
    const isLast = place === clientsPerGroup - 1;
    const consumer = { ...options, user: isLast ? hiddenFrom : 'ada', byExpression: place > 1 };
    const isClassic = group === 'classic' || (group === 'mixed' && place % 2 === 0);
    const client = isClassic ? new ClassicClient(world, options) : new ConsumerClient(world, consumer);
    this.#clients.set(number, { client, done: client.run().catch(this.#failure.reject) });
  }

  #end(number: number, how: 'leave' | 'die'): void {
    const known = this.#clients.get(number);
    if (known === undefined) return;
    if (how === 'die') known.client.isDead = true;
    known.client.isLeaving = true;
    this.#clients.delete(number);
  }

  #clientWorld(group: (typeof groupNames)[number]): ClientWorld {
    return {
      observer: this.#observers[group],
      call: async (work) => {
        if (this.#groups === undefined || !this.#machine.running) return undefined;
        const outcome = await this.#machine.orCrash(work(this.#groups));
        return outcome.crashed ? undefined : outcome.value;
      },
      sleep: (ms) => this.#simulation.clock.sleep(ms),
      partitionCount: () => this.#partitions,
      topicId: () => this.#topics.find('orders')!.topicId,
      isMember: (memberId) => this.#isMember(group, memberId),
      maySee: (user) => !this.#isHidden || user !== hiddenFrom,
    };
  }

  #isMember(group: string, memberId: string): boolean {
    const request = { groupIds: [group], groups: [group], includeAuthorizedOperations: false };
    const members = this.#groups?.consumerGroupDescribe(request).groups[0]?.members ?? [];
    const classic = this.#groups?.describeGroups(request, context(5)).groups[0]?.members ?? [];
    return (
      members.some((member) => member.memberId === memberId && member.memberEpoch >= 0) ||
      classic.some((member) => member.memberId === memberId)
    );
  }

  /** The mixed group, when its members of the consumer protocol go. */
  async #downgrade(): Promise<void> {
    for (const [number, { client }] of this.#clients)
      if (number >= 2 * clientsPerGroup && client instanceof ConsumerClient) this.#end(number, 'leave');
    await this.#simulation.clock.sleep(restMs);
    this.#verify('mixed');
    const { groups } = this.#groups!.listGroups({ statesFilter: [], typesFilter: [] });
    assert.equal(groups.find(({ groupId }) => groupId === 'mixed')?.groupType, 'classic');
  }

  async #start(): Promise<void> {
    const { world } = this.#machine;
    const sql = await openSimulatedSql(this.#machine, metadataStore);
    this.#groups = await openGroupCoordinator({
      sql: this.#options.mutate?.(sql) ?? sql,
      world,
      topics: this.#topics,
      log: silentLog,
      settings: { initialRebalanceDelayMs: 500 },
    });
  }

  async #restart(options: { powerLoss: boolean } = { powerLoss: true }): Promise<void> {
    this.#groups = undefined;
    this.#machine.crash(options);
    this.#machine.restart();
    await this.#start();
  }

  /** Others have it all by then. */
  #verifyHidden(): void {
    for (const { client } of this.#clients.values())
      if (client instanceof ConsumerClient && client.user === hiddenFrom)
        assert.deepEqual([...client.owned], [], `${client.memberId} has what it may not describe`);
  }

  /** Everybody who lives is in one generation, and together they have every partition once. */
  #verify(group: (typeof groupNames)[number]): void {
    const clients = [...this.#clients.values()].map(({ client }) => client);
    const members = clients.filter((client) => client.group === group);
    assert.equal(
      new Set(members.map(({ generation }) => generation)).size,
      1,
      `${group} is not in one generation`,
    );
    const owned = members.flatMap((client) => [...client.owned]).sort((a, b) => a - b);
    const wanted = Array.from({ length: this.#partitions }, (_, number) => number);
    // Clients of the classic protocol look for new partitions themselves; these here do not.
    if (group !== 'classic') assert.deepEqual(owned, wanted, `${group} consumes ${owned}`);
    else assert.deepEqual([...new Set(owned)], owned.slice(), `${group} consumes ${owned}`);
    assert(owned.length >= 5, `${group} consumes only ${owned}`);
    const { commits, rebalances } = this.#observers[group];
    assert(commits > 0 && rebalances > 0, 'nothing happened');
  }
}
