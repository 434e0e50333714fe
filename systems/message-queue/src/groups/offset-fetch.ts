// OffsetFetch: what a group committed. Read from the store each time; who asks after its rebalance ended finds what was
// committed before, since the end of a rebalance is stored no earlier.

import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import type { OffsetFetchRequest, OffsetFetchRequestGroup } from '../kafka/messages/offset-fetch-request.ts';
import type {
  OffsetFetchResponse,
  OffsetFetchResponseGroup,
  OffsetFetchResponsePartitions,
  OffsetFetchResponseTopics,
} from '../kafka/messages/offset-fetch-response.ts';
import { type Uuid, zeroUuid } from '../kafka/wire/values.ts';
import type { FoundOffset, FoundOffsets, PartitionName } from '../metadata/offsets.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { GroupContext, TopicsView } from './group-context.ts';
import type { GroupHosts } from './group-hosts.ts';
import { findTopic } from './offset-answers.ts';

export type OffsetFetchParts = {
  readonly sql: MetadataSql;
  readonly hosts: GroupHosts;
  readonly topics: TopicsView;
};
type WantedGroup = Pick<OffsetFetchRequestGroup, 'groupId' | 'memberId' | 'memberEpoch'> & {
  readonly topics: readonly WantedTopic[] | null;
};
type WantedTopic = {
  readonly name: string;
  readonly topicId?: Uuid;
  readonly partitionIndexes: readonly number[];
};

/** Rows that are looked up on the calling thread; more are read by another one. */
const lookupsMax = 100;

export async function fetchOffsets(
  parts: OffsetFetchParts,
  request: OffsetFetchRequest,
  { version }: GroupContext,
): Promise<OffsetFetchResponse> {
  const { requireStable } = request;
  if (version >= 8) {
    const groups: OffsetFetchResponseGroup[] = [];
    for (const group of request.groups) groups.push(await fetchGroup(parts, group, requireStable));
    return { groups };
  }
  const wanted = { groupId: request.groupId, memberId: null, memberEpoch: -1, topics: request.topics };
  const { topics, errorCode = 0 } = await fetchGroup(parts, wanted, requireStable);
  return { errorCode, topics: topics.map((topic) => ({ ...topic, name: topic.name ?? '' })) };
}

async function fetchGroup(
  parts: OffsetFetchParts,
  wanted: WantedGroup,
  requireStable: boolean,
): Promise<OffsetFetchResponseGroup> {
  const { groupId, topics } = wanted;
  const host = parts.hosts.find(groupId);
  const code =
    host?.group.type === 'consumer' && !host.group.isEmpty ? host.group.checkFetch(wanted) : 'NONE';
  const errorCode = kafkaErrors[code].code;
  if (code !== 'NONE')
    return { groupId, errorCode, topics: (topics ?? []).map((topic) => refused(topic, code)) };
  if (host === undefined)
    return { groupId, errorCode, topics: (topics ?? []).map((topic) => refused(topic, 'NONE')) };
  try {
    const answered =
      topics === null
        ? await fetchAll(parts, groupId, requireStable)
        : await fetchTopics(parts, { groupId, topics, requireStable });
    return { groupId, errorCode, topics: answered };
  } catch {
    // Which failure it is, the engine has told already.
    const failed: KafkaErrorCode = 'COORDINATOR_NOT_AVAILABLE';
    return {
      groupId,
      errorCode: kafkaErrors[failed].code,
      topics: (topics ?? []).map((topic) => refused(topic, failed)),
    };
  }
}

async function fetchAll(
  { sql, topics }: OffsetFetchParts,
  groupId: string,
  requireStable: boolean,
): Promise<OffsetFetchResponseTopics[]> {
  const found = await sql.read('findGroupOffsets', { groupId });
  const byTopic = Map.groupBy(
    [...found.committed, ...(requireStable ? found.unstable : [])],
    (row) => row.topicId,
  );
  return Array.from(byTopic).flatMap(([topicId, rows]) => {
    const topic = topics.findById(topicId as Uuid);
    if (topic === undefined) return [];
    const partitionIndexes = [...new Set(rows.map(({ partition }) => partition))];
    return [answerTopic(topic, { found: indexed(found), partitionIndexes, requireStable })];
  });
}

async function fetchTopics(
  { sql, topics }: OffsetFetchParts,
  wanted: { groupId: string; topics: readonly WantedTopic[]; requireStable: boolean },
): Promise<OffsetFetchResponseTopics[]> {
  const { groupId, requireStable } = wanted;
  const known = wanted.topics.map((topic) => ({ topic, found: findTopic(topics, topic) }));
  const partitions: PartitionName[] = known.flatMap(({ topic, found }) =>
    typeof found === 'string'
      ? []
      : topic.partitionIndexes.map((partition) => ({ topicId: found.topicId, partition })),
  );
  const input = { groupId, partitions, withPending: requireStable };
  const isFew = partitions.length <= lookupsMax;
  const rows = indexed(await (isFew ? sql.lookup('findOffsets', input) : sql.read('findOffsets', input)));
  return known.map(({ topic, found }) => {
    // Of a name that is not there nothing is committed; an id that is not there is an error of its own.
    if (typeof found === 'string') return refused(topic, found === 'UNKNOWN_TOPIC_ID' ? found : 'NONE');
    const { partitionIndexes } = topic;
    return {
      ...answerTopic(found, { found: rows, partitionIndexes, requireStable }),
      name: topic.name || found.name,
    };
  });
}

type Indexed = { readonly committed: Map<string, FoundOffset>; readonly unstable: Set<string> };

function indexed({ committed, unstable }: FoundOffsets): Indexed {
  return {
    committed: new Map(committed.map((row) => [keyOf(row), row])),
    unstable: new Set(unstable.map(keyOf)),
  };
}

function keyOf({ topicId, partition }: PartitionName): string {
  return `${topicId}/${partition}`;
}

function answerTopic(
  { name, topicId }: { readonly name: string; readonly topicId: Uuid },
  options: { found: Indexed; partitionIndexes: readonly number[]; requireStable: boolean },
): OffsetFetchResponseTopics {
  const { found, partitionIndexes, requireStable } = options;
  const partitions = partitionIndexes.map((partitionIndex) => {
    const key = keyOf({ topicId, partition: partitionIndex });
    if (requireStable && found.unstable.has(key)) return nothing(partitionIndex, 'UNSTABLE_OFFSET_COMMIT');
    const row = found.committed.get(key);
    if (row === undefined) return nothing(partitionIndex, 'NONE');
    if (!row.isIntact) return nothing(partitionIndex, 'UNKNOWN_SERVER_ERROR');
    const { offset, leaderEpoch, metadata } = row;
    return {
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      metadata,
      errorCode: 0,
    };
  });
  return { name, topicId, partitions };
}

function refused(topic: WantedTopic, code: KafkaErrorCode): OffsetFetchResponseTopics {
  const partitions = topic.partitionIndexes.map((partitionIndex) => nothing(partitionIndex, code));
  return { name: topic.name, topicId: topic.topicId ?? zeroUuid, partitions };
}

function nothing(partitionIndex: number, code: KafkaErrorCode): OffsetFetchResponsePartitions {
  const errorCode = kafkaErrors[code].code;
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode };
}
