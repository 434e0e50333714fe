// Fetch sessions (KIP-227): the broker remembers what a client fetches, the client sends what changed, and the answer has
// only partitions that have something to say.
//
//   | session id, epoch | meaning                                                                          |
//   | ----------------- | -------------------------------------------------------------------------------- |
//   | 0, 0              | everything that is fetched, and a new session with it; id 0 when there is no room |
//   | 0, -1             | everything that is fetched, no session                                           |
//   | n, 0              | the same as 0, 0; session n ends                                                 |
//   | n, -1             | the same as 0, -1; session n ends                                                |
//   | n, e              | the changes since e - 1: the answers before it have come                         |
//
// Partitions that had something in an answer move behind the others, so that each gets its turn however small answers are.

import type { Clock, Random } from '@cairn/world';
import { fetchSessionIdleMs, fetchSessionPartitionsMax, fetchSessionsMax } from '../../limits.ts';
import type { FetchPartition, FetchRequest } from '../messages/fetch-request.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';

/** A partition as a client fetches it, and what it was told of it last. */
export type Fetching = {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly wanted: FetchPartition;
  told:
    | { readonly highWatermark: number; readonly lastStableOffset: number; readonly startOffset: number }
    | undefined;
};

export type FetchSession = {
  readonly id: number;
  /** Of whoever made it: nobody else may use it. */
  readonly owner: string;
  nextEpoch: number;
  usedMs: number;
  /** In the order of their turns. */
  readonly partitions: Map<string, Fetching>;
};

export type FetchPlan =
  | { readonly kind: 'refused'; readonly code: 'FETCH_SESSION_ID_NOT_FOUND' | 'INVALID_FETCH_SESSION_EPOCH' }
  | {
      readonly kind: 'full';
      readonly session: FetchSession | undefined;
      readonly fetchings: readonly Fetching[];
    }
  | { readonly kind: 'incremental'; readonly session: FetchSession; readonly fetchings: readonly Fetching[] };

export type FetchSessionsOptions = {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly random: Random;
  readonly sessionsMax?: number;
};

const epochMax = 2 ** 31 - 1;

export class FetchSessions {
  readonly #options: FetchSessionsOptions;
  /** The one that was used longest ago first. */
  readonly #sessions = new Map<number, FetchSession>();
  #partitionCount = 0;

  constructor(options: FetchSessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  plan(request: FetchRequest, owner: string): FetchPlan {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch > 0) return this.#incremental(request, owner);
    if (sessionId !== 0) this.#endOwn(sessionId, owner);
    const fetchings = fetchingsOf(request);
    if (sessionEpoch === 0 && fetchings.length > 0)
      return { kind: 'full', session: this.#create(fetchings, owner), fetchings };
    return { kind: 'full', session: undefined, fetchings };
  }

  /** Puts behind the others what had its turn. */
  hadTurn(session: FetchSession, fetching: Fetching): void {
    const key = keyOf(fetching);
    if (session.partitions.get(key) !== fetching) return;
    session.partitions.delete(key);
    session.partitions.set(key, fetching);
  }

  #incremental(request: FetchRequest, owner: string): FetchPlan {
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined || session.owner !== owner)
      return { kind: 'refused', code: 'FETCH_SESSION_ID_NOT_FOUND' };
    if (session.nextEpoch !== request.sessionEpoch)
      return { kind: 'refused', code: 'INVALID_FETCH_SESSION_EPOCH' };
    session.nextEpoch = session.nextEpoch === epochMax ? 1 : session.nextEpoch + 1;
    this.#use(session);
    this.#forget(session, request);
    for (const fetching of fetchingsOf(request)) this.#update(session, fetching);
    return { kind: 'incremental', session, fetchings: [...session.partitions.values()] };
  }

  #forget(session: FetchSession, { forgottenTopicsData }: FetchRequest): void {
    for (const { topic, topicId, partitions } of forgottenTopicsData)
      for (const partition of partitions)
        if (session.partitions.delete(keyOf({ topic, topicId, wanted: { partition } })))
          this.#partitionCount--;
  }

  /** One that is there keeps its turn, and what was told of it. */
  #update(session: FetchSession, fetching: Fetching): void {
    const key = keyOf(fetching);
    const known = session.partitions.get(key);
    if (known === undefined) this.#partitionCount++;
    else fetching.told = known.told;
    session.partitions.set(key, fetching);
  }

  #create(fetchings: readonly Fetching[], owner: string): FetchSession | undefined {
    if (!this.#makeRoom(fetchings.length)) return undefined;
    const { clock, random } = this.#options;
    const partitions = new Map(fetchings.map((fetching) => [keyOf(fetching), fetching]));
    const session = { id: this.#newId(random), owner, nextEpoch: 1, usedMs: clock.monotonicMs(), partitions };
    this.#sessions.set(session.id, session);
    this.#partitionCount += partitions.size;
    return session;
  }

  #makeRoom(partitionCount: number): boolean {
    const { clock, sessionsMax = fetchSessionsMax } = this.#options;
    const isFull = () =>
      this.#sessions.size >= sessionsMax || this.#partitionCount + partitionCount > fetchSessionPartitionsMax;
    for (const session of this.#sessions.values()) {
      if (!isFull()) return true;
      if (clock.monotonicMs() - session.usedMs < fetchSessionIdleMs) return false;
      this.#end(session);
    }
    return !isFull();
  }

  #newId(random: Random): number {
    for (;;) {
      const id = random.integer(2 ** 31 - 1) + 1;
      if (!this.#sessions.has(id)) return id;
    }
  }

  #use(session: FetchSession): void {
    session.usedMs = this.#options.clock.monotonicMs();
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
  }

  #endOwn(id: number, owner: string): void {
    const session = this.#sessions.get(id);
    if (session?.owner === owner) this.#end(session);
  }

  #end(session: FetchSession): void {
    this.#sessions.delete(session.id);
    this.#partitionCount -= session.partitions.size;
  }
}

function fetchingsOf({ topics }: FetchRequest): readonly Fetching[] {
  return topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((wanted): Fetching => ({ topic, topicId, wanted, told: undefined })),
  );
}

function keyOf({
  topic,
  topicId,
  wanted,
}: Pick<Fetching, 'topic' | 'topicId'> & { readonly wanted: Pick<FetchPartition, 'partition'> }): string {
  return `${topicId === zeroUuid ? topic : topicId} ${wanted.partition}`;
}
