// What a group committed, and how far that is behind: read and changed the way a client's administrator does.

import { z } from 'zod';
import type { Topic } from '../../broker/topics/topic.ts';
import { kafkaErrors } from '../../errors.ts';
import { zeroUuid } from '../../kafka/wire/values.ts';
import { requireNoError } from '../api-errors.ts';
import type { ApiParts } from '../api-parts.ts';

export const offsetItem = z.strictObject({
  topic: z.string(),
  partition: z.int(),
  /** Absent when there is none, or its row is damaged. */
  committed: z.int().optional(),
  end: z.int(),
  /** Below 0: it was committed beyond the end. */
  lag: z.int().optional(),
  metadata: z.string().optional(),
});
export type OffsetItem = z.output<typeof offsetItem>;

export type NewOffset = { readonly topic: string; readonly partition: number; readonly offset: number };

const fetchVersion = 9;
const commitVersion = 9;
const asker = { clientId: 'management-api', clientHost: '' };

type Committed = { readonly topic: string; readonly partition: number; readonly offset: number | undefined };

/** All of a group, by topic and partition. */
export async function committedOf({ queue }: ApiParts, groupId: string): Promise<readonly Committed[]> {
  const wanted = { groupId, memberId: null, memberEpoch: -1, topics: null };
  const request = { groupId, topics: null, groups: [wanted], requireStable: false };
  const { groups } = await queue.groups.offsetFetch(request, { ...asker, version: fetchVersion });
  const [group] = groups ?? [];
  requireNoError(group?.errorCode, `read the offsets of group '${groupId}'`);
  const found = (group?.topics ?? []).flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, errorCode }) => ({
      topic: name ?? '',
      partition: partitionIndex,
      offset: errorCode === kafkaErrors.NONE.code ? committedOffset : undefined,
    })),
  );
  return found.sort(byPlace);
}

function byPlace(a: Committed, b: Committed): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
}

/** Also of partitions that members consume and nothing was committed for. */
export async function offsetsOf(
  parts: ApiParts,
  groupId: string,
  consumed: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): Promise<readonly OffsetItem[]> {
  const items: OffsetItem[] = [];
  const committed = await committedOf(parts, groupId);
  const known = new Set(committed.map(({ topic, partition }) => `${topic}/${partition}`));
  const others = consumed
    .flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition, offset: undefined })),
    )
    .filter(({ topic, partition }) => !known.has(`${topic}/${partition}`));
  for (const { topic, partition, offset } of [...committed, ...others].sort(byPlace)) {
    const found = parts.queue.topics.find(topic);
    if (found === undefined || partition >= found.partitionCount) continue;
    const end = await endOf(parts, found, partition);
    items.push({
      topic,
      partition,
      end,
      ...(offset !== undefined && { committed: offset, lag: end - offset }),
    });
  }
  return items;
}

/** Of who is in no group: refused while the group has members. The group is made when there is none. */
export async function commitOffsets(
  { queue }: ApiParts,
  { groupId, offsets }: { groupId: string; offsets: readonly NewOffset[] },
): Promise<void> {
  const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
  const topics = Array.from(byTopic, ([name, list]) => ({
    name,
    topicId: zeroUuid,
    partitions: list.map(({ partition, offset }) => ({
      ...{ partitionIndex: partition, committedOffset: offset },
      ...{ committedLeaderEpoch: -1, committedMetadata: null },
    })),
  }));
  const request = {
    ...{ groupId, generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null },
    ...{ retentionTimeMs: -1, topics },
  };
  const answer = await queue.groups.offsetCommit(request, { ...asker, version: commitVersion });
  for (const { name, partitions } of answer.topics)
    for (const { partitionIndex, errorCode } of partitions)
      requireNoError(errorCode, `commit ${name}/${partitionIndex} for group '${groupId}'`);
}

async function endOf({ queue }: ApiParts, topic: Topic, partition: number): Promise<number> {
  return (await queue.topics.partition(topic, partition)).highWatermark;
}
