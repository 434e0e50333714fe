// A member of a group in a cluster. The client joins, sends heartbeats and joins again by itself; here partitions get lanes
// as they are assigned, and lanes get what is fetched.
//
//   assigned    a lane for each new partition, from what the group committed; lanes of others are lost
//   fetching    from each broker, of the partitions whose lanes are idle; those that work hold nothing up
//   committing  at intervals, before the client joins again, and at the end
//
// The client does not wait for us before it joins again: what was not committed by then is done twice.

import type { World } from '@cairn/world';
import { Consumer, type GroupAssignment } from '@platformatic/kafka';
import type { Subscription } from '../log.ts';
import type { EngineSubscribe, LogEngine } from '../log-engine.ts';
import { LogError } from '../log-error.ts';
import { clientOptions } from './client-options.ts';
import { fetchIntoLanes } from './fetch-into-lanes.ts';
import { isOutOfRange, kafkaError } from './kafka-error.ts';
import { type AssignedPartition, KafkaOffsets } from './kafka-offsets.ts';
import type { KafkaPlace } from './kafka-place.ts';
import { assignRanges } from './range-assigner.ts';
import { RecordLane } from './record-lane.ts';

export type KafkaSubscriptionOptions = {
  readonly place: KafkaPlace;
  readonly request: EngineSubscribe;
  readonly world: World;
  readonly produce: LogEngine['produce'];
};

const retryMs = 500;
const handlersMsMax = 50_000;
const leaveMsMax = 5_000;

export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #consumer: Consumer;
  readonly #stopping = new AbortController();
  readonly #lanes = new Map<string, RecordLane>();
  /** Of partitions that were lost, until their handler ended: it may come back before. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #offsets: KafkaOffsets;
  #assigning: Promise<void> = Promise.resolve();
  #committing: Promise<void> = Promise.resolve();
  #woken = Promise.withResolvers<void>();
  #hasJoined = false;
  #joining: Promise<void> | undefined;
  #failure: unknown;
  readonly ended: Promise<void>;

  private constructor(options: KafkaSubscriptionOptions) {
    const { place, request } = options;
    this.#options = options;
    this.#consumer = new Consumer({
      ...clientOptions(place),
      groupId: request.group,
      ...{ sessionTimeout: 10_000, rebalanceTimeout: 60_000, heartbeatInterval: 1_000 },
      ...{ autocommit: false, isolationLevel: request.uncommitted ? 0 : 1 },
      protocols: ['range', 'roundrobin'].map((name) => ({ name, version: 0 })),
      partitionAssigner: assignRanges,
    });
    this.#offsets = new KafkaOffsets(this.#consumer, request.from);
    this.#consumer.on('consumer:group:join', () => this.#assign());
    this.#consumer.on('consumer:group:rebalance', () => void this.#commit());
    this.#consumer.on('error', () => void this.#joinAgain());
    this.ended = this.#run();
    this.ended.catch(() => {});
  }

  /** Resolves when the group has given it partitions, none perhaps. Throws LogError. */
  static async start(options: KafkaSubscriptionOptions): Promise<KafkaSubscription> {
    const subscription = new KafkaSubscription(options);
    const failed = subscription.ended.then(() => new LogError('closed', { attempted: 'subscribe' }));
    const error = await Promise.race([subscription.#join(), failed]);
    if (error !== undefined) throw error;
    return subscription;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.ended.catch(() => {});
  }

  async #join(): Promise<undefined> {
    const { topics, group } = this.#options.request;
    try {
      const metadata = await this.#consumer.metadata({ topics: [...topics], autocreateTopics: true });
      for (const topic of topics) {
        if (!metadata.topics.has(topic))
          throw new LogError('unknown-topic', { attempted: `read '${topic}'` });
        this.#consumer.topics.track(topic);
      }
      await this.#consumer.joinGroup({});
      this.#hasJoined = true;
      await this.#assigning;
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      const failure = kafkaError(error, `join the group ${JSON.stringify(group)}`);
      this.#fail(failure);
      throw failure;
    }
  }

  /** When the client gave up: it does not try for ever, as we do. */
  #joinAgain(): Promise<void> {
    if (!this.#hasJoined) return Promise.resolve();
    this.#joining ??= this.#untilDone('join the group', () => this.#consumer.joinGroup({}))
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        this.#joining = undefined;
      });
    return this.#joining;
  }

  /** Tries again what may pass. Throws LogError for what does not; undefined when it is to end before. */
  async #untilDone<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    while (!this.#isEnding()) {
      try {
        return await work();
      } catch (error) {
        const failure = kafkaError(error, `${what} ${JSON.stringify(this.#options.request.group)}`);
        if (!failure.retryable) throw failure;
        await this.#options.world.clock.sleep(retryMs, this.#stopping.signal).catch(() => {});
      }
    }
    return undefined;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.world;
    const committing = this.#commitAtIntervals();
    const stopped = new Promise<void>((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!this.#isEnding()) {
      try {
        // What a broker that is away holds up does not hold up the end.
        await Promise.race([this.#fetchOnce(), stopped]);
      } catch (error) {
        if (isOutOfRange(error)) {
          await this.#untilDone('look up offsets of', () =>
            this.#offsets.stayWithin([...this.#lanes.values()]),
          );
          continue;
        }
        const failure = kafkaError(error, 'fetch records');
        if (!failure.retryable && failure.code !== 'unknown-topic') this.#fail(failure);
        this.#consumer.clearMetadata();
        await clock.sleep(retryMs, this.#stopping.signal).catch(() => {});
      }
    }
    this.#stopping.abort();
    await this.#within(handlersMsMax, this.#handlersSettled());
    // Behind a join that waits for others nothing gets through: then the group is left to notice.
    await this.#within(
      leaveMsMax,
      committing.then(() => this.#commit()),
    );
    await this.#within(leaveMsMax, this.#consumer.close(true));
    if (this.#failure !== undefined) throw kafkaError(this.#failure, 'consume');
  }

  /** Asks every broker once; waits when there is nothing to ask for. */
  async #fetchOnce(): Promise<void> {
    await this.#assigning;
    const lanes = [...this.#lanes.values()];
    const failed = lanes.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) return this.#fail(failed.failure);
    if (!lanes.some(({ isIdle }) => isIdle)) return this.#untilWoken();
    await fetchIntoLanes(this.#consumer, { lanes, topics: this.#options.request.topics });
  }

  #assign(): void {
    this.#assigning = this.#assigning
      .then(() => this.#take(this.#consumer.assignments ?? []))
      .catch((error: unknown) => this.#fail(kafkaError(error, 'look up committed offsets')))
      .finally(() => this.#wake());
  }

  async #take(assignments: readonly GroupAssignment[]): Promise<void> {
    const assigned = new Map<string, AssignedPartition>(
      assignments.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => [`${topic}/${partition}`, { topic, partition }] as const),
      ),
    );
    for (const [key, lane] of this.#lanes)
      if (!assigned.has(key)) {
        this.#lanes.delete(key);
        this.#leaving.set(
          key,
          lane.lose().finally(() => this.#leaving.delete(key)),
        );
      }
    const added = [...assigned].filter(([key]) => !this.#lanes.has(key));
    const places = added.map(([, place]) => place);
    const offsets = await this.#untilDone('look up offsets of', () => this.#offsets.startOf(places));
    if (offsets === undefined) return;
    for (const [index, [key, place]] of added.entries()) {
      await this.#leaving.get(key);
      const { request, world, produce } = this.#options;
      const options = { request, clock: world.clock, produce, stopping: this.#stopping.signal };
      const lane = new RecordLane(
        { ...place, ...offsets[index]! },
        { ...options, onIdle: () => this.#wake() },
      );
      this.#lanes.set(key, lane);
    }
    // Else a member that comes after this one would begin elsewhere.
    if (this.#options.request.from === 'latest') await this.#commit();
  }

  async #commitAtIntervals(): Promise<void> {
    const { request, world } = this.#options;
    while (!this.#isEnding()) {
      await world.clock.sleep(request.commitEveryMs, this.#stopping.signal).catch(() => {});
      if (!this.#isEnding()) await this.#commit();
    }
  }

  /** One after the other. What was not committed is done again by whoever is next: no reason to end. */
  #commit(): Promise<void> {
    this.#committing = this.#committing
      .then(() => this.#offsets.commit([...this.#lanes.values()]))
      .catch((error: unknown) => {
        const failure = kafkaError(error, 'commit offsets');
        if (failure.code === 'denied') this.#fail(failure);
      });
    return this.#committing;
  }

  async #handlersSettled(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.settled()));
    for (const lane of this.#lanes.values()) if (lane.failure !== undefined) this.#fail(lane.failure);
  }

  /** Waits for it so long at most, and for nothing it may fail of. */
  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.world.clock.setTimer(ms, resolve);
    await Promise.race([work.catch(() => {}), late]);
    timer.cancel();
  }

  #isEnding(): boolean {
    return this.#stopping.signal.aborted || this.#failure !== undefined;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }

  #wake(): void {
    this.#woken.resolve();
  }

  async #untilWoken(): Promise<void> {
    await this.#woken.promise;
    this.#woken = Promise.withResolvers();
  }
}
