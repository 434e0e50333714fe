// DescribeTopicPartitions: topics in the order of their names, in pages of at most so many partitions.

import type { Topic } from '../../broker/topics/topic.ts';
import { kafkaErrors } from '../../errors.ts';
import type {
  Cursor,
  DescribeTopicPartitionsResponseTopic,
} from '../messages/describe-topic-partitions-response.ts';
import { zeroUuid } from '../wire/values.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import type { Handler } from './handler.ts';
import { findTopic } from './partitions.ts';

/** Whatever a client asks for, as Kafka's `max.request.partition.size.limit`. */
const partitionsPerPageMax = 2_000;

export function describeTopicPartitionsHandler(parts: BrokerParts): Handler<'describeTopicPartitions'> {
  return async ({ topics: wanted, responsePartitionLimit, cursor }, { access }) => {
    const isAll = wanted.length === 0;
    const asked = isAll ? parts.topics.all() : wanted;
    const names = [...new Set(asked.map(({ name }) => name))].sort();
    let left = Math.min(Math.max(responsePartitionLimit, 1), partitionsPerPageMax);
    const topics: DescribeTopicPartitionsResponseTopic[] = [];
    for (const [place, name] of names.entries()) {
      if (cursor !== null && name < cursor.topicName) continue;
      const found = await findTopic({ name }, 'describe', { topics: parts.topics, access });
      if ('code' in found) {
        if (!isAll) topics.push(unknownTopic(name, kafkaErrors[found.code].code));
        continue;
      }
      const from = name === cursor?.topicName ? cursor.partitionIndex : 0;
      const to = Math.min(found.topic.partitionCount, from + left);
      if (to > from || from === 0)
        topics.push(describe(found.topic, { from, to, leaderEpoch: parts.topics.leaderEpoch }));
      left -= Math.max(0, to - from);
      if (left > 0) continue;
      const nextCursor = cursorBehind(found.topic, { to, following: names[place + 1] });
      return { throttleTimeMs: 0, topics, nextCursor };
    }
    return { throttleTimeMs: 0, topics, nextCursor: null };
  };
}

/** Null behind the last partition of the last topic. */
function cursorBehind(
  { name, partitionCount }: Topic,
  { to, following }: { to: number; following: string | undefined },
): Cursor | null {
  if (to < partitionCount) return { topicName: name, partitionIndex: to };
  return following === undefined ? null : { topicName: following, partitionIndex: 0 };
}

function describe(
  { name, topicId }: Topic,
  { from, to, leaderEpoch }: { from: number; to: number; leaderEpoch: number },
): DescribeTopicPartitionsResponseTopic {
  const partitions = Array.from({ length: Math.max(0, to - from) }, (_, index) => ({
    errorCode: kafkaErrors.NONE.code,
    partitionIndex: from + index,
    leaderId: nodeId,
    leaderEpoch,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
    offlineReplicas: [],
  }));
  return { errorCode: kafkaErrors.NONE.code, name, topicId, isInternal: false, partitions };
}

function unknownTopic(name: string, errorCode: number): DescribeTopicPartitionsResponseTopic {
  return { errorCode, name, topicId: zeroUuid, isInternal: false, partitions: [] };
}
