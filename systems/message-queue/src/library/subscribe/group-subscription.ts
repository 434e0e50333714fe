// A subscription: generation after generation of its group until it is stopped.
//
//   join         the group gives this member partitions; what it has committed of each is looked up
//   serve        each partition has a consumer; heartbeats go on; what was handled is committed at intervals
//   rebalance    nothing more is begun, handlers that run are waited for, the rest is committed: then join again
//   stop         as rebalance, then leave
//
// Handlers that take longer than the group waits are told by their signal, and not waited for any more.

import { type EngineSubscribe, type LogEngine, LogError, type Subscription } from '@cairn/engines';
import type { Log as EventLog } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { GroupCoordinator } from '../../groups/group-coordinator.ts';
import { libraryMember } from '../../limits.ts';
import { libraryError } from '../library-error.ts';
import type { LibraryTopics } from '../library-topics.ts';
import type { AssignedPartition } from './assignment.ts';
import { Commits } from './commits.ts';
import { type Generation, Membership } from './membership.ts';
import { beginningOf, PartitionConsumer } from './partition-consumer.ts';
import { Turn } from './turn.ts';

export type GroupSubscriptionOptions = {
  readonly request: EngineSubscribe;
  readonly groups: GroupCoordinator;
  readonly topics: LibraryTopics;
  readonly world: World;
  readonly log: EventLog;
  readonly produce: LogEngine['produce'];
  /** Called with how many records the group's filter kept away. */
  readonly onDropped?: ((records: number) => void) | undefined;
};

export class GroupSubscription implements Subscription {
  readonly #options: GroupSubscriptionOptions;
  readonly #membership: Membership;
  readonly #stopping = new AbortController();
  readonly #turn: Turn;
  readonly ended: Promise<void>;
  #tellStarted: () => void = () => {};

  private constructor(options: GroupSubscriptionOptions) {
    const { groups, topics, world, request } = options;
    this.#options = options;
    this.#turn = new Turn(world.clock);
    this.#membership = new Membership({
      ...{ groups, topics, clock: world.clock },
      ...{ group: request.group, subscribed: request.topics },
    });
    this.ended = this.#run();
    // Who does not look at it finds it in the log.
    this.ended.catch(() => {});
  }

  /** Resolves when the group has given it partitions, none perhaps. Throws LogError. */
  static async start(options: GroupSubscriptionOptions): Promise<GroupSubscription> {
    const subscription = new GroupSubscription(options);
    const { promise: started, resolve } = Promise.withResolvers<void>();
    subscription.#tellStarted = resolve;
    await Promise.race([started, subscription.ended]);
    return subscription;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const { log, request } = this.#options;
    // After the constructor.
    await Promise.resolve();
    try {
      for (;;) {
        const generation = await this.#membership.join(this.#stopping.signal);
        if (generation === undefined) return;
        await this.#serve(generation);
        if (this.#stopping.signal.aborted) return;
      }
    } catch (error) {
      log.error('a subscription ended', { group: request.group, topics: request.topics, error });
      throw libraryError(error, `consume as a member of ${JSON.stringify(request.group)}`);
    } finally {
      await this.#membership.leave();
    }
  }

  async #serve(generation: Generation): Promise<void> {
    const { world, request, topics } = this.#options;
    const { clock } = world;
    const ended = new AbortController();
    const ending = AbortSignal.any([ended.signal, this.#stopping.signal]);
    const [lost, drained] = [new AbortController(), new AbortController()];
    const commits = new Commits(this.#membership, generation);
    // Another number of partitions, or a topic that was made or deleted, is for the leader to divide anew.
    const stopListening = topics.all.onChange(({ kind, topic }) => {
      if (kind !== 'configured' && request.topics.includes(topic.name)) ended.abort();
    });
    const beats = this.#beat(generation, { ended, lost, drained: drained.signal });
    const keepingUp = commits.keepUp({ clock, everyMs: request.commitEveryMs, signal: ending });
    try {
      const consumers = await this.#consumers(generation, { commits, ending, lost: lost.signal });
      this.#tellStarted();
      const running = consumers.map((consumer) => consumer.run().finally(() => ended.abort()));
      if (running.length === 0) await aborted(ending);
      await this.#drain(Promise.allSettled(running), { ending, lost });
      if (!lost.signal.aborted) await commits.finish(clock);
      await firstFailure(running, lost.signal);
    } finally {
      ended.abort();
      drained.abort();
      stopListening();
      await Promise.all([beats, keepingUp]);
    }
  }

  async #consumers(
    { partitions }: Generation,
    { commits, ending, lost }: { commits: Commits; ending: AbortSignal; lost: AbortSignal },
  ): Promise<readonly PartitionConsumer[]> {
    const { request, topics, world, log, produce, groups, onDropped } = this.#options;
    const { readBytesMin, readBytesMax, prefetchBytesMax } = libraryMember;
    const share = Math.floor(prefetchBytesMax / Math.max(partitions.length, 1));
    const options = {
      ...{ request, topics, log, produce, ending, lost },
      ...{ clock: world.clock, turn: this.#turn, onDropped },
      filter: () => groups.filters.ofGroup(request.group),
      bytesMax: Math.min(Math.max(share, readBytesMin), readBytesMax),
      onHandled: (place: AssignedPartition, offset: number) => commits.note(place, offset),
    };
    const offsets = await this.#offsets(partitions, { commits, ending });
    return partitions.flatMap((place, index) => {
      const offset = offsets[index];
      return offset === undefined ? [] : [new PartitionConsumer(place, offset, options)];
    });
  }

  /** Undefined for partitions that are not there any more, and for all once it is to end. */
  async #offsets(
    partitions: readonly AssignedPartition[],
    { commits, ending }: { commits: Commits; ending: AbortSignal },
  ): Promise<readonly (number | undefined)[]> {
    const { world, log, request } = this.#options;
    while (!ending.aborted) {
      try {
        const committed = await this.#membership.committed(partitions);
        const offsets: (number | undefined)[] = [];
        for (const [index, place] of partitions.entries())
          offsets.push(committed[index] ?? (await this.#beginning(place, commits)));
        // Else a member that comes after this one would begin elsewhere.
        await commits.flush();
        return offsets;
      } catch (error) {
        if (error instanceof LogError && !error.retryable) throw error;
        log.warn('committed offsets could not be looked up; it is tried again', {
          ...{ group: request.group, error },
        });
        await world.clock.sleep(libraryMember.retryMs, ending).catch(() => {});
      }
    }
    return [];
  }

  async #beginning(place: AssignedPartition, commits: Commits): Promise<number | undefined> {
    const { topics, request } = this.#options;
    const topic = topics.all.find(place.topic);
    if (topic === undefined || place.partition >= topic.partitionCount) return undefined;
    const partition = await topics.all.partition(topic, place.partition);
    const offset = beginningOf(partition, request.from);
    if (request.from === 'latest') commits.note(place, offset);
    return offset;
  }

  /** Waits for handlers, for as long as the group waits for us. */
  async #drain(
    all: Promise<unknown>,
    { ending, lost }: { ending: AbortSignal; lost: AbortController },
  ): Promise<void> {
    const { clock } = this.#options.world;
    await Promise.race([all, aborted(ending)]);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimer(libraryMember.drainMsMax, () => {
      lost.abort();
      resolve();
    });
    await Promise.race([all, late, aborted(lost.signal)]);
    timer.cancel();
  }

  /** Until handlers were waited for: a member that is silent meanwhile would lose what it commits. */
  async #beat(
    generation: Generation,
    { ended, lost, drained }: { ended: AbortController; lost: AbortController; drained: AbortSignal },
  ): Promise<void> {
    const { clock } = this.#options.world;
    while (!drained.aborted) {
      await clock.sleep(libraryMember.heartbeatMs, drained).catch(() => {});
      if (drained.aborted) return;
      const outcome = await this.#membership.heartbeat(generation);
      if (outcome !== 'ok') ended.abort();
      if (outcome === 'lost') return lost.abort();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Of consumers that have ended; what one of them meets later, whose partition is another's, is nobody's concern. */
async function firstFailure(running: readonly Promise<void>[], lost: AbortSignal): Promise<void> {
  if (lost.aborted) for (const each of running) each.catch(() => {});
  else await Promise.all(running);
}
