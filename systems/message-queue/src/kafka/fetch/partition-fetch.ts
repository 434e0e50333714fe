// One partition of a fetch: found and allowed, read, and what the answer says of it.

import type { OpenPartition } from '../../broker/topics/topic.ts';
import { kafkaErrors } from '../../errors.ts';
import type { FilterWork } from '../../filter/filter-work.ts';
import { FilteredRead } from '../../filter/filtered-read.ts';
import type { MovesOnBy } from '../../filter/moves-on.ts';
import type { FetchingClient, GroupFilters } from '../../groups/configs/group-filters.ts';
import type { Fetched } from '../../partition/partition.ts';
import type { BrokerParts } from '../handlers/broker-parts.ts';
import { faultOfEpoch, findTopic, hasPartition } from '../handlers/partitions.ts';
import { refusalOf } from '../handlers/refusals.ts';
import type { PartitionData } from '../messages/fetch-response.ts';
import type { Access } from '../security/access.ts';
import type { Fetching } from './fetch-sessions.ts';

/** What a fetch has of a partition: refused for good, or to be read when there is something. */
export type PartitionFetch = {
  readonly fetching: Fetching;
  readonly partition: OpenPartition | undefined;
  readonly topic: string;
  data: PartitionData;
  /** Of records, but for what only moves the consumer on. */
  sizeBytes: number;
  /** Of a partition that is filtered: how far it came. */
  filtered: FilteredRead | undefined;
  /** It was not looked at all that there is. */
  isBehind: boolean;
};

/** Filters of groups, and who fetches. */
export type Filtering = {
  readonly filters: Pick<GroupFilters, 'ofFetch'>;
  readonly work: FilterWork;
};
export type FetchFiltering = Filtering & {
  readonly client: FetchingClient;
  readonly movesOnBy: MovesOnBy;
  /** Of each partition of the fetch. */
  readonly lookedAtBytesMax: number;
};

const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, abortedTransactions: null };

const unread = { sizeBytes: 0, filtered: undefined, isBehind: false } as const;

export async function openFetch(
  fetching: Fetching,
  { parts, access }: { parts: BrokerParts; access: Access },
): Promise<PartitionFetch> {
  const { partition: index, currentLeaderEpoch } = fetching.wanted;
  const refused = (errorCode: number): PartitionFetch => ({
    fetching,
    partition: undefined,
    topic: fetching.topic,
    ...unread,
    data: { partitionIndex: index, errorCode, ...nothing, records: [] },
  });
  const reference = { name: fetching.topic, topicId: fetching.topicId };
  const found = await findTopic(reference, 'read', { topics: parts.topics, access });
  if ('code' in found) return refused(kafkaErrors[found.code].code);
  if (!hasPartition(found.topic, index)) return refused(kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code);
  try {
    const opening = parts.topics.partition(found.topic, index);
    const partition = opening instanceof Promise ? await opening : opening;
    const fault = faultOfEpoch(partition, currentLeaderEpoch);
    if (fault !== undefined) return refused(kafkaErrors[fault].code);
    return { fetching, partition, topic: found.topic.name, data: nothingNew(partition, index), ...unread };
  } catch (error) {
    return refused(refusalOf(error, parts.log).errorCode);
  }
}

/** Whether reading would give anything: records, or an error. */
export function hasNews({ partition, fetching }: PartitionFetch, committed: boolean): boolean {
  if (partition === undefined) return true;
  const end = committed ? partition.lastStableOffset : partition.highWatermark;
  return fetching.wanted.fetchOffset !== end || divergence(partition, fetching) !== undefined;
}

/** Reads up to `bytesMax`. */
export async function readFetch(
  fetch: PartitionFetch,
  options: {
    readonly bytesMax: number;
    readonly atLeastOne: boolean;
    readonly committed: boolean;
    readonly take: (bytes: number) => Buffer;
    readonly filtering: FetchFiltering | undefined;
    parts: BrokerParts;
  },
): Promise<void> {
  const { partition, fetching } = fetch;
  const { partition: partitionIndex, fetchOffset } = fetching.wanted;
  if (partition === undefined) return;
  const divergingEpoch = divergence(partition, fetching);
  if (divergingEpoch !== undefined) {
    fetch.data = { ...nothingNew(partition, partitionIndex), divergingEpoch };
    return;
  }
  const { bytesMax, atLeastOne, committed, parts, take } = options;
  try {
    fetch.filtered = filteredRead({ ...fetch, partition }, options);
    const fetched: Fetched & { readonly isBehind?: boolean } =
      fetch.filtered === undefined
        ? await partition.read({ offset: fetchOffset, bytesMax, atLeastOne, committed, take })
        : await fetch.filtered.read({ bytesMax, atLeastOne });
    fetch.isBehind = fetched.isBehind ?? false;
    fetch.data = dataOf(fetched, { partitionIndex, committed });
    fetch.sizeBytes = fetched.sizeBytes;
  } catch (error) {
    const { errorCode } = refusalOf(error, parts.log);
    fetch.data = { partitionIndex, errorCode, ...nothing, records: [] };
  }
}

/** Its buffers are used for something else from now on. */
export function forgetRead(fetch: PartitionFetch): void {
  if (fetch.sizeBytes === 0) return;
  fetch.data = { ...fetch.data, records: [] };
  fetch.sizeBytes = 0;
}

/** Goes on where it was, unless the filter is another one by now, or it found more than there is room for. */
function filteredRead(
  { partition, topic, fetching, filtered }: PartitionFetch & { partition: OpenPartition },
  {
    filtering,
    bytesMax,
    committed,
  }: { filtering: FetchFiltering | undefined; bytesMax: number; committed: boolean },
): FilteredRead | undefined {
  if (filtering === undefined) return undefined;
  const { filters, client, work, movesOnBy, lookedAtBytesMax } = filtering;
  const { partition: index, fetchOffset: offset } = fetching.wanted;
  const filter = filters.ofFetch(client, { topic, partition: index });
  if (filter === undefined) return undefined;
  if (filtered?.filter === filter && filtered.sizeBytes <= bytesMax) return filtered;
  return new FilteredRead({ partition, offset, committed, filter, movesOnBy, lookedAtBytesMax, work });
}

function dataOf(
  fetched: Fetched,
  { partitionIndex, committed }: { partitionIndex: number; committed: boolean },
): PartitionData {
  const { records, highWatermark, lastStableOffset, startOffset, abortedTransactions } = fetched;
  return {
    partitionIndex,
    errorCode: kafkaErrors.NONE.code,
    highWatermark,
    lastStableOffset,
    logStartOffset: startOffset,
    abortedTransactions: committed ? abortedTransactions : null,
    records,
  };
}

function nothingNew(partition: OpenPartition, partitionIndex: number): PartitionData {
  const { highWatermark, lastStableOffset, startOffset } = partition;
  const ends = { highWatermark, lastStableOffset, logStartOffset: startOffset };
  return {
    partitionIndex,
    errorCode: kafkaErrors.NONE.code,
    ...ends,
    abortedTransactions: null,
    records: [],
  };
}

/** What the client had before has another end here: it has to go back to where both agree. */
function divergence(
  partition: OpenPartition,
  { wanted }: Fetching,
): { readonly epoch: number; readonly endOffset: number } | undefined {
  const { lastFetchedEpoch, fetchOffset } = wanted;
  if (lastFetchedEpoch < 0) return undefined;
  const known = partition.endOffsetOfEpoch(lastFetchedEpoch);
  if (known === undefined) return undefined;
  const { leaderEpoch: epoch, endOffset } = known;
  return epoch < lastFetchedEpoch || endOffset < fetchOffset ? { epoch, endOffset } : undefined;
}

export function isFailed({ data }: PartitionFetch): boolean {
  return data.errorCode !== kafkaErrors.NONE.code || data.divergingEpoch !== undefined;
}
