// Committed offsets in the shape of Kafka's messages: which partitions a request names, and answers per partition.

import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import { type Uuid, zeroUuid } from '../kafka/wire/values.ts';
import type { OffsetInput } from '../metadata/offsets.ts';
import type { GroupTopic, TopicsView } from './group-context.ts';
import type { GroupSettings } from './group-settings.ts';

/** OffsetCommit's and TxnOffsetCommit's. */
export type CommitTopic = {
  readonly name: string;
  readonly topicId?: Uuid;
  readonly partitions: readonly CommitPartition[];
};
type CommitPartition = {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
};

export type AnsweredTopic = {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
};

/** What a commit comes to: what to store, and the answer when that is done or when `code` refuses all that is well. */
export type CommitPlan = {
  readonly offsets: readonly OffsetInput[];
  readonly answer: (code: KafkaErrorCode) => readonly AnsweredTopic[];
};

/** From OffsetCommit 10 on topics have ids, and no names. */
export function findTopic(
  topics: TopicsView,
  { name, topicId = zeroUuid }: { readonly name: string; readonly topicId?: Uuid },
): GroupTopic | KafkaErrorCode {
  if (topicId !== zeroUuid) return topics.findById(topicId) ?? 'UNKNOWN_TOPIC_ID';
  return topics.find(name) ?? 'UNKNOWN_TOPIC_OR_PARTITION';
}

export function planCommit(
  wanted: readonly CommitTopic[],
  { topics, settings, wallMs }: { topics: TopicsView; settings: GroupSettings; wallMs: number },
): CommitPlan {
  const offsets: OffsetInput[] = [];
  const planned = wanted.map((topic) => {
    const found = findTopic(topics, topic);
    const codes = topic.partitions.map((partition) => {
      const code = refusalOf(partition, found, settings);
      if (code === undefined && typeof found !== 'string')
        offsets.push(offsetOf(partition, found.topicId, wallMs));
      return code;
    });
    return { topic, codes };
  });
  const answer = (code: KafkaErrorCode) =>
    planned.map(({ topic, codes }) => ({
      name: topic.name,
      topicId: topic.topicId ?? zeroUuid,
      partitions: topic.partitions.map(({ partitionIndex }, index) => ({
        partitionIndex,
        errorCode: kafkaErrors[codes[index] ?? code].code,
      })),
    }));
  return { offsets, answer };
}

function refusalOf(
  { partitionIndex, committedOffset, committedMetadata }: CommitPartition,
  topic: GroupTopic | KafkaErrorCode,
  { offsetMetadataBytesMax }: GroupSettings,
): KafkaErrorCode | undefined {
  if (typeof topic === 'string') return topic;
  if (partitionIndex < 0 || partitionIndex >= topic.partitionCount) return 'UNKNOWN_TOPIC_OR_PARTITION';
  const metadata = committedMetadata ?? '';
  if (metadata.length > offsetMetadataBytesMax || Buffer.byteLength(metadata) > offsetMetadataBytesMax)
    return 'OFFSET_METADATA_TOO_LARGE';
  // From no client; the store does not take it.
  return Number.isSafeInteger(committedOffset) ? undefined : 'INVALID_REQUEST';
}

function offsetOf(partition: CommitPartition, topicId: Uuid, committedMs: number): OffsetInput {
  return {
    topicId,
    partition: partition.partitionIndex,
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    committedMs,
  };
}
