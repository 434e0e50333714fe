// Fetch: batches go to the client as they lie in the log. It waits until there are `minBytes`, for as long as the client
// allows; partitions are read in their order until the answer is full.

import { kafkaErrors } from '../../errors.ts';
import { movesOnBy } from '../../filter/moves-on.ts';
import { fetchBytesMax, fetchWaitMsMax, filterLookedAtBytesMax } from '../../limits.ts';
import type { BrokerParts } from '../handlers/broker-parts.ts';
import type { Handler, HandlerContext } from '../handlers/handler.ts';
import type { FetchRequest } from '../messages/fetch-request.ts';
import type { FetchableTopicResponse, FetchResponse, PartitionData } from '../messages/fetch-response.ts';
import type { AnswerMemory } from './answer-memory.ts';
import type { Fetching, FetchPlan, FetchSessions } from './fetch-sessions.ts';
import {
  type FetchFiltering,
  type Filtering,
  forgetRead,
  hasNews,
  isFailed,
  openFetch,
  type PartitionFetch,
  readFetch,
} from './partition-fetch.ts';
import type { ReadBuffers, ReadLease } from './read-buffers.ts';

export type FetchParts = BrokerParts & {
  readonly sessions: FetchSessions;
  readonly memory: AnswerMemory;
  readonly buffers: ReadBuffers;
  readonly filtering?: Filtering | undefined;
  /** Milliseconds that the client has to wait for what it got, by its quotas. */
  readonly throttle: (context: HandlerContext, bytes: number) => number;
};

type Accepted = Exclude<FetchPlan, { kind: 'refused' }>;
type Fetch = {
  readonly request: FetchRequest;
  readonly committed: boolean;
  readonly parts: FetchParts;
  readonly partitions: readonly PartitionFetch[];
  readonly filtering: FetchFiltering | undefined;
  /** What this fetch has taken of the memory of all. */
  takenBytes: number;
  /** Of what is in the answer. */
  readonly leases: ReadLease[];
};

export function fetchHandler(parts: FetchParts): Handler<'fetch'> {
  return async (request, context): Promise<FetchResponse> => {
    const plan = parts.sessions.plan(request, context.access.principal.arn);
    if (plan.kind === 'refused')
      return { throttleTimeMs: 0, errorCode: kafkaErrors[plan.code].code, sessionId: 0, responses: [] };
    const partitions: PartitionFetch[] = [];
    for (const fetching of plan.fetchings)
      partitions.push(await openFetch(fetching, { parts, access: context.access }));
    const committed = request.isolationLevel === 1;
    const filtering = filteringOf(parts, { context, partitionCount: partitions.length });
    const fetch: Fetch = { request, committed, parts, partitions, filtering, takenBytes: 0, leases: [] };
    context.whenSent(() => release(fetch));
    const sizeBytes = await readUntilEnough(fetch, context.signal);
    const throttleTimeMs = parts.throttle(context, sizeBytes);
    if (throttleTimeMs > 0) context.mute(throttleTimeMs);
    return { throttleTimeMs, errorCode: 0, sessionId: plan.session?.id ?? 0, responses: answer(plan, fetch) };
  };
}

function filteringOf(
  { filtering }: FetchParts,
  { context, partitionCount }: { context: HandlerContext; partitionCount: number },
): FetchFiltering | undefined {
  if (filtering === undefined) return undefined;
  const { clientId, clientHost, version } = context;
  return {
    ...filtering,
    client: { clientId, clientHost },
    movesOnBy: movesOnBy(version),
    lookedAtBytesMax: Math.ceil(filterLookedAtBytesMax / Math.max(partitionCount, 1)),
  };
}

/** Bytes that were read. */
async function readUntilEnough(fetch: Fetch, signal: AbortSignal): Promise<number> {
  const { request, partitions, parts } = fetch;
  const { clock } = parts;
  const untilMs = clock.monotonicMs() + Math.min(Math.max(request.maxWaitMs, 0), fetchWaitMsMax);
  for (;;) {
    const advanced = advanceOf(fetch);
    try {
      const sizeBytes = await readOnce(fetch);
      const leftMs = untilMs - clock.monotonicMs();
      const isEnough = sizeBytes >= request.minBytes || partitions.some(isDone) || partitions.length === 0;
      if (isEnough || leftMs <= 0 || signal.aborted) return sizeBytes;
      await untilFirst(advanced.promise, { leftMs, signal, clock });
    } finally {
      advanced.stop();
    }
  }
}

/** Waiting gives no more of it: it failed, or the client has to ask again for what is behind. */
function isDone(fetch: PartitionFetch): boolean {
  return isFailed(fetch) || fetch.isBehind;
}

/** Listens from before the reading on: what comes during it is not missed. */
function advanceOf({ partitions }: Fetch): { readonly promise: Promise<void>; readonly stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stops = partitions.map(({ partition }) => partition?.onAdvance(resolve));
  return {
    promise,
    stop: () => {
      for (const stop of stops) stop?.();
    },
  };
}

async function untilFirst(
  advanced: Promise<void>,
  { leftMs, signal, clock }: { leftMs: number; signal: AbortSignal; clock: BrokerParts['clock'] },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(leftMs, resolve);
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort);
  try {
    await Promise.race([advanced, promise]);
  } finally {
    timer.cancel();
    // The signal lives as long as the connection.
    signal.removeEventListener('abort', onAbort);
  }
}

/** Buffers are larger than what is read into them, and what does not fit is read over again. */
function hold(fetch: Fetch, { lease, sizeBytes }: { lease: ReadLease; sizeBytes: number }): void {
  const heldBytes = Math.max(sizeBytes, lease.bytes);
  fetch.leases.push(lease);
  fetch.takenBytes += heldBytes;
  fetch.parts.memory.take(heldBytes);
}

function release(fetch: Fetch): void {
  fetch.parts.memory.give(fetch.takenBytes);
  fetch.takenBytes = 0;
  for (const lease of fetch.leases.splice(0)) lease.giveBack();
}

async function readOnce(fetch: Fetch): Promise<number> {
  const { request, committed, parts, partitions, filtering } = fetch;
  const bytesMax = Math.min(Math.max(request.maxBytes, 0), fetchBytesMax);
  // What was read before is read again.
  for (const each of partitions) forgetRead(each);
  release(fetch);
  let sizeBytes = 0;
  for (const each of partitions) {
    if (!hasNews(each, committed)) continue;
    const left = Math.min(Math.max(bytesMax - sizeBytes, 0), parts.memory.leftBytes);
    // Of the first one that has any, a batch is given however large it is: the client could not go on without it.
    const atLeastOne = sizeBytes === 0;
    const wanted = Math.min(Math.max(each.fetching.wanted.partitionMaxBytes, 0), left);
    if (wanted === 0 && !atLeastOne) continue;
    const lease = parts.buffers.lease();
    await readFetch(each, {
      ...{ bytesMax: wanted, atLeastOne, committed, filtering, parts, take: lease.take },
    });
    // What did not fit was read to see it: of thousands of partitions that would be held by nobody's count.
    if (each.sizeBytes === 0) lease.giveBack();
    else hold(fetch, { lease, sizeBytes: each.sizeBytes });
    sizeBytes += each.sizeBytes;
  }
  return sizeBytes;
}

/** Partitions in their order; those of a topic that follow each other together. */
function answer(plan: Accepted, { parts, partitions }: Fetch): readonly FetchableTopicResponse[] {
  const topics: { topic: string; topicId: Fetching['topicId']; partitions: PartitionData[] }[] = [];
  for (const fetch of partitions) {
    const { fetching, data } = fetch;
    if (plan.kind === 'incremental' && !isWorthTelling(fetch)) continue;
    fetching.told = isFailed(fetch) ? undefined : toldOf(data);
    if (plan.session !== undefined && hasRecords(fetch)) parts.sessions.hadTurn(plan.session, fetching);
    const { topic, topicId } = fetching;
    const last = topics.at(-1);
    if (last?.topic === topic && last.topicId === topicId) last.partitions.push(data);
    else topics.push({ topic, topicId, partitions: [data] });
  }
  return topics;
}

function isWorthTelling(fetch: PartitionFetch): boolean {
  const { told } = fetch.fetching;
  if (hasRecords(fetch) || isFailed(fetch) || told === undefined) return true;
  const now = toldOf(fetch.data);
  return (
    now.highWatermark !== told.highWatermark ||
    now.lastStableOffset !== told.lastStableOffset ||
    now.startOffset !== told.startOffset
  );
}

/** Or what moves the consumer on. */
function hasRecords({ data }: PartitionFetch): boolean {
  return data.records !== null && data.records.length > 0;
}

function toldOf({ highWatermark, lastStableOffset = -1, logStartOffset = -1 }: PartitionData) {
  return { highWatermark, lastStableOffset, startOffset: logStartOffset };
}
