// Producers of delayed records and of retries, idempotent and not, on a broker whose machine crashes and loses power, whose
// clock jumps, whose disk and databases fail, and whose topics are deleted. What was acknowledged appears exactly once, not
// before its time by the broker's clock, in its topic or among the dead letters; of an idempotent producer nothing is twice
// that was not acknowledged either; and once all is delivered nothing of it is left in the store.

import assert from 'node:assert/strict';
import { openSimulatedSql, simulatedSqlFaults } from '@cairn/engines';
import { silentTelemetry } from '@cairn/telemetry';
import type { Timer, World } from '@cairn/world';
import { CallsUnderWay, type Scenario, type SeededRandom, type Simulation } from '@cairn/world/simulated';
import { TopicAppends } from '../../src/broker/topic-appends.ts';
import { logPartitions } from '../../src/broker/topics/log-partitions.ts';
import type { Topic } from '../../src/broker/topics/topic.ts';
import { Topics } from '../../src/broker/topics/topics.ts';
import type { Delays } from '../../src/delays/delays.ts';
import { delaysOver } from '../../src/delays/open-delays.ts';
import delayStore, { type DelaySql } from '../../src/delays/store/delay-store.ts';
import metadataStore from '../../src/metadata/store.ts';
import type { Partition } from '../../src/partition/partition.ts';
import { batchOfRecords, type Seen, seenIn } from '../delays/delay-fixture.ts';
import { DelayModel } from './delay-model.ts';

/** Records say that they are from 1970: retention would take them. */
const kept = { 'retention.ms': '-1' };
const settings = {
  delayed: { ...kept, 'cairn.delayed': 'true' },
  retry: { ...kept, 'cairn.retry.delays.ms': '20,400', 'cairn.retry.dead.letter.topic': 'dead' },
  doomed: { ...kept, 'cairn.delayed': 'true' },
} as const satisfies Record<string, Record<string, string>>;
type Name = keyof typeof settings;
const retryDelaysMs = [20, 400];
const names = ['delayed', 'retry', 'doomed', 'dead'];

export type DelayStep =
  | {
      readonly do: 'produce';
      readonly topic: Name;
      readonly producer: number;
      /** By record: how long it is delayed, or its attempts. */
      readonly delaysMs: readonly number[];
    }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'wait' | 'close' | 'delete' | 'upkeep' }
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly do: 'fail'; readonly what: 'commit' | 'topics' | 'write' | 'sync' };

export type Around = { readonly world: World; readonly sql: Pick<DelaySql, 'read' | 'write'> };
export type DelayScenarioOptions = {
  readonly name: string;
  /** Puts a mistake between the delays and what is around them. */
  readonly mutate?: (around: Around) => Around;
};

export function delayScenario(options: DelayScenarioOptions): Scenario<DelayStep> {
  return {
    name: options.name,
    eventsMax: 400_000,
    plan: (random) => Array.from({ length: random.between({ min: 10, max: 60 }) }, () => planStep(random)),
    run: (simulation, steps) => new DelayRun(simulation, options).run(steps),
  };
}

function planStep(random: SeededRandom): DelayStep {
  const dice = random.integer(100);
  if (dice < 52) {
    const topic = random.pick(['delayed', 'delayed', 'retry', 'doomed'] as const);
    const delays = topic === 'retry' ? [0, 1, 2, 3] : [0, 5, 30, 30, 400, 5_000, 60_000];
    const delaysMs = Array.from({ length: random.between({ min: 1, max: 4 }) }, () => random.pick(delays));
    return { do: 'produce', topic, producer: random.integer(3), delaysMs };
  }
  if (dice < 70) return { do: 'pause', forMs: random.pick([1, 5, 20, 60, 500, 6_000]) };
  if (dice < 73) return { do: 'wait' };
  if (dice < 74) return { do: 'close' };
  if (dice < 76) return { do: 'delete' };
  if (dice < 77) return { do: 'upkeep' };
  if (dice < 81) return { do: 'jump', byMs: random.pick([-60_000, -500, 500, 60_000]) };
  if (dice < 93) return { do: 'crash', afterMs: random.integer(30), powerLoss: random.chance(2 / 3) };
  return { do: 'fail', what: random.pick(['commit', 'commit', 'topics', 'write', 'sync'] as const) };
}

type Broker = {
  readonly topics: Topics;
  readonly appends: TopicAppends;
  readonly delays: Delays;
  readonly sql: Pick<DelaySql, 'read' | 'write'>;
};
/** A producer in a topic; the one of number 0 is not idempotent. */
type Producer = { readonly id: number; sequence: number; unanswered: Batch | undefined; isBusy: boolean };
type Batch = { readonly records: Buffer; readonly texts: readonly string[] };

class DelayRun {
  readonly #simulation: Simulation;
  readonly #options: DelayScenarioOptions;
  readonly #model = new DelayModel();
  readonly #calls: CallsUnderWay;
  readonly #crashes: Timer[] = [];
  /** By topic id and number. */
  readonly #producers = new Map<string, Producer>();
  #broker: Broker | undefined;
  #texts = 0;
  #latestMs = 0;

  constructor(simulation: Simulation, options: DelayScenarioOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#calls = new CallsUnderWay(this.#machine);
  }

  async run(steps: readonly DelayStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step, await this.#running());
    for (const crash of this.#crashes) crash.cancel();
    await this.#calls.settled();
    this.#crash({ powerLoss: true });
    await this.#running();
    for (const key of this.#producers.keys()) await this.#retryUntilAnswered(key);
    await this.#delivered();
    const broker = await this.#running();
    for (const name of names) this.#model.verify(name, await this.#seen(broker, name), isThereIn(broker));
    const left = await broker.sql.read('listPending', {});
    assert.deepEqual(left, [], 'everything was delivered, and the store is not empty');
  }

  get #machine() {
    return this.#simulation.machine('broker');
  }

  /** The latest time that the broker's clock has shown. */
  #look(): number {
    if (this.#machine.running) this.#latestMs = Math.max(this.#latestMs, this.#machine.world.clock.nowMs());
    return this.#latestMs;
  }

  #perform(step: DelayStep, broker: Broker): Promise<void> | void {
    switch (step.do) {
      case 'produce':
        return this.#calls.start(this.#produce(broker, step));
      case 'pause':
        return this.#simulation.clock.sleep(step.forMs);
      case 'wait':
        return this.#calls.settled();
      case 'close':
        return this.#close(broker);
      case 'delete':
        return this.#calls.start(this.#recreate(broker));
      case 'upkeep':
        return this.#calls.start(this.#upkeep(broker));
      case 'jump':
        this.#look();
        this.#model.jumped();
        return this.#machine.clockJump(step.byMs);
      case 'crash':
        this.#crashes.push(this.#simulation.clock.setTimer(step.afterMs, () => this.#crash(step)));
        return;
      case 'fail':
        if (step.what === 'commit') simulatedSqlFaults(this.#machine, delayStore.name).failCommits += 1;
        else if (step.what === 'topics')
          simulatedSqlFaults(this.#machine, metadataStore.name).failCommits += 1;
        else this.#machine.disk.failNext(step.what, 1);
    }
  }

  async #produce(broker: Broker, step: DelayStep & { do: 'produce' }): Promise<void> {
    const topic = broker.topics.find(step.topic);
    if (topic === undefined) return;
    const key = `${topic.topicId} ${step.producer}`;
    const id = step.producer === 0 ? -1 : 1_000 + this.#producers.size;
    const producer = this.#producers.getOrInsertComputed(key, () => ({
      ...{ id, sequence: 0, unanswered: undefined, isBusy: false },
    }));
    if (producer.isBusy) return;
    if (producer.unanswered === undefined) producer.unanswered = this.#newBatch(step, { topic, producer });
    await this.#send(broker, topic, producer);
  }

  #newBatch(
    { delaysMs, topic: name }: DelayStep & { do: 'produce' },
    { topic, producer }: { topic: Topic; producer: Producer },
  ): Batch {
    const nowMs = this.#machine.world.clock.nowMs();
    const records = delaysMs.map((delay) => {
      const text = `${name} ${this.#texts++}`;
      const isDead = name === 'retry' && delay >= retryDelaysMs.length;
      const delayMs = name === 'retry' ? (retryDelaysMs[delay] ?? 0) : delay;
      const earliestMs = nowMs + delayMs;
      const place = { topic: isDead ? 'dead' : name, topicId: topic.topicId };
      this.#model.expect(text, { earliestMs, isAcknowledged: false, ...place });
      const headers = {
        [name === 'retry' ? 'cairn-attempts' : 'cairn-deliver-at']: String(
          Math.floor(name === 'retry' ? delay : earliestMs),
        ),
      };
      return { text, headers };
    });
    const { id, sequence } = producer;
    const idempotent = id < 0 ? {} : { producerId: id, producerEpoch: 0, baseSequence: sequence };
    producer.sequence += records.length;
    return { records: batchOfRecords(records, idempotent), texts: records.map(({ text }) => text) };
  }

  async #send({ topics, appends }: Broker, topic: Topic, producer: Producer): Promise<void> {
    const batch = producer.unanswered!;
    producer.isBusy = true;
    // Who is not idempotent does not repeat it: then it might be there twice.
    if (producer.id < 0) producer.unanswered = undefined;
    try {
      const partition = await topics.partition(topic, 0);
      await appends.append({ topic, index: 0, partition }, { records: Buffer.from(batch.records) });
      this.#model.acknowledge(batch.texts);
      producer.unanswered = undefined;
    } catch (error) {
      assert(isTrouble(error), `a produce failed: ${error}`);
    } finally {
      producer.isBusy = false;
    }
  }

  async #retryUntilAnswered(key: string): Promise<void> {
    const producer = this.#producers.get(key)!;
    for (let attempts = 0; producer.unanswered !== undefined; attempts++) {
      assert(attempts < 100, 'a producer got no answer in a hundred attempts');
      const broker = await this.#running();
      const topic = broker.topics.findById(key.split(' ')[0] as Topic['topicId']);
      if (topic === undefined) return;
      await this.#machine.orCrash(this.#send(broker, topic, producer));
    }
  }

  /** Resolves when everything that was acknowledged is seen, and a while later. */
  async #delivered(): Promise<void> {
    this.#look();
    this.#machine.clockJump(600_000);
    for (let attempts = 0; ; attempts++) {
      await this.#simulation.clock.sleep(1_000);
      const broker = await this.#running();
      const missing: string[] = [];
      for (const name of names) {
        const seen = new Set((await this.#seen(broker, name)).map(({ text }) => text));
        missing.push(
          ...this.#model.acknowledgedIn(name, isThereIn(broker)).filter((text) => !seen.has(text)),
        );
      }
      if (missing.length === 0 && attempts > 2) return;
      assert(attempts < 120, `${missing} were acknowledged, and did not come within two minutes`);
    }
  }

  /** What a disk fails that was told to is tried again. */
  async #seen({ topics }: Broker, name: string): Promise<readonly Seen[]> {
    for (let attempts = 0; ; attempts++) {
      const topic = topics.find(name);
      try {
        return topic === undefined ? [] : await seenIn(await topics.partition(topic, 0));
      } catch (error) {
        assert(isTrouble(error) && attempts < 20, `a partition could not be read: ${error}`);
      }
    }
  }

  /** What comes is held against the clock. */
  #watch(partition: Partition): void {
    const machine = this.#machine;
    let offset = partition.endOffset;
    let watching: Promise<void> = Promise.resolve();
    partition.onAdvance(() => {
      watching = watching
        .then(async () => {
          if (partition.highWatermark <= offset) return;
          const seen = await machine.orCrash(seenIn(partition).catch(() => []));
          if (seen.crashed) return;
          const latestMs = this.#look();
          for (const record of seen.value) if (record.offset >= offset) this.#model.sees(record, latestMs);
          offset = (seen.value.at(-1)?.offset ?? offset - 1) + 1;
        })
        .catch((error) => this.#calls.fail(error));
    });
  }

  /** The topic goes, with what is to come, and another one of its name comes. */
  async #recreate({ topics }: Broker): Promise<void> {
    const topic = topics.find('doomed');
    try {
      if (topic !== undefined) await topics.delete(topic);
      await topics.create({ name: 'doomed', texts: settings.doomed });
    } catch (error) {
      assert(isTrouble(error), `a topic could not be made anew: ${error}`);
    }
  }

  async #upkeep({ topics }: Broker): Promise<void> {
    for (const topic of topics.all()) {
      try {
        await (await topics.partition(topic, 0)).upkeep();
      } catch (error) {
        assert(isTrouble(error), `upkeep failed: ${error}`);
      }
    }
  }

  async #close(broker: Broker): Promise<void> {
    await this.#calls.settled();
    if (this.#broker !== broker) return;
    this.#broker = undefined;
    await this.#machine.orCrash(
      (async () => {
        await broker.delays.close();
        await broker.topics.close();
      })(),
    );
  }

  #crash({ powerLoss }: { powerLoss: boolean }): void {
    this.#look();
    this.#broker = undefined;
    this.#machine.crash({ powerLoss });
    // What was under way is never answered.
    for (const producer of this.#producers.values()) producer.isBusy = false;
  }

  async #running(): Promise<Broker> {
    this.#calls.check();
    for (let attempts = 0; ; attempts += 1) {
      assert(attempts < 100, 'the broker could not be opened a hundred times');
      if (this.#broker !== undefined) return this.#broker;
      if (!this.#machine.running) this.#machine.restart();
      const outcome = await this.#machine.orCrash(
        this.#open().catch((error) => assert(isTrouble(error), String(error.stack))),
      );
      if (!outcome.crashed && outcome.value !== undefined) this.#broker = outcome.value;
    }
  }

  async #open(): Promise<Broker> {
    const machine = this.#machine;
    const metadata = await openSimulatedSql(machine, metadataStore);
    const honest = { world: machine.world, sql: await openSimulatedSql(machine, delayStore) };
    const { world, sql } = this.#options.mutate?.(honest) ?? honest;
    const { leaderEpoch } = await metadata.write('startBroker', { newClusterId: 'cluster' });
    const telemetry = silentTelemetry();
    const { log } = telemetry;
    const openPartition = logPartitions({ world: machine.world, log });
    const topics = await Topics.open({
      ...{ sql: metadata, world: machine.world, log, leaderEpoch, directory: '/data/partitions' },
      openPartition: async (request) => {
        const partition = await openPartition(request);
        this.#watch(partition);
        return partition;
      },
    });
    for (const [name, texts] of Object.entries(settings))
      if (topics.find(name) === undefined) await topics.create({ name, texts });
    const delays = await delaysOver(sql, {
      ...{ directory: '/data', metadata, topics, world, telemetry, autoCreateTopics: true },
    });
    return { topics, delays, sql, appends: new TopicAppends(async () => delays) };
  }
}

function isThereIn({ topics }: Broker): (topicId: string) => boolean {
  return (topicId) => topics.findById(topicId as Topic['topicId']) !== undefined;
}

function isTrouble(error: unknown): boolean {
  const known = ['DiskError', 'SegmentLogError', 'PartitionError', 'SqlError', 'TopicsError'];
  return error instanceof Error && known.includes(error.name);
}
