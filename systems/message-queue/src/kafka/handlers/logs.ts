// What is asked of the logs of partitions besides their records: DeleteRecords, OffsetForLeaderEpoch, DescribeProducers,
// DescribeLogDirs, DescribeTopicPartitions.

import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import { kafkaErrors } from '../../errors.ts';
import { PartitionError } from '../../partition/partition.ts';
import type { Known } from '../../when-known.ts';
import type { PartitionResponse } from '../messages/describe-producers-response.ts';
import type { EpochEndOffset } from '../messages/offset-for-leader-epoch-response.ts';
import type { Operation } from '../security/operations.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { type FoundTopic, faultOfEpoch, findTopic, hasPartition } from './partitions.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

type Asking = { readonly parts: BrokerParts; readonly context: HandlerContext };

/** Calls `answer` with an open partition, or `refuse` with why not. */
async function withPartition<T>(
  found: FoundTopic,
  index: number,
  {
    parts,
    answer,
    refuse,
  }: {
    parts: BrokerParts;
    answer: (partition: OpenPartition, topic: Topic) => T | Promise<T>;
    refuse: (reason: Refusal) => T;
  },
): Promise<T> {
  if ('code' in found) return refuse(refusal(found.code));
  if (!hasPartition(found.topic, index)) return refuse(refusal('UNKNOWN_TOPIC_OR_PARTITION'));
  try {
    return await answer(await parts.topics.partition(found.topic, index), found.topic);
  } catch (error) {
    return refuse(refusalOf(error, parts.log));
  }
}

function find(name: string, operation: Operation, { parts, context }: Asking): Known<FoundTopic> {
  return findTopic({ name }, operation, { topics: parts.topics, access: context.access });
}

export function deleteRecordsHandler(parts: BrokerParts): Handler<'deleteRecords'> {
  return async ({ topics: wanted }, context) => {
    const topics = [];
    for (const { name, partitions: asked } of wanted) {
      const found = await find(name, 'delete', { parts, context });
      const partitions = [];
      for (const { partitionIndex, offset } of asked) {
        const refuse = ({ errorCode }: Refusal) => ({ partitionIndex, lowWatermark: -1, errorCode });
        const answer = async (partition: OpenPartition, topic: Topic) => {
          await deleteBefore(partition, topic, offset);
          return { partitionIndex, lowWatermark: partition.startOffset, errorCode: kafkaErrors.NONE.code };
        };
        partitions.push(await withPartition(found, partitionIndex, { parts, answer, refuse }));
      }
      topics.push({ name, partitions });
    }
    return { throttleTimeMs: 0, topics };
  };
}

async function deleteBefore(partition: OpenPartition, { settings }: Topic, offset: number): Promise<void> {
  if (settings.isCompacted && !settings.isDeleted)
    throw new PartitionError('POLICY_VIOLATION', 'records of a topic that is only compacted are not deleted');
  const before = offset === -1 ? partition.highWatermark : offset;
  if (before < 0 || before > partition.highWatermark)
    throw new PartitionError(
      'OFFSET_OUT_OF_RANGE',
      `${offset} is not between 0 and ${partition.highWatermark}`,
    );
  await partition.deleteRecordsBefore(before);
}

export function offsetForLeaderEpochHandler(parts: BrokerParts): Handler<'offsetForLeaderEpoch'> {
  return async ({ topics: wanted }, context) => {
    const topics = [];
    for (const { topic, partitions: asked } of wanted) {
      const found = await find(topic, 'describe', { parts, context });
      const partitions: EpochEndOffset[] = [];
      for (const { partition: index, currentLeaderEpoch, leaderEpoch } of asked) {
        const refuse = ({ errorCode }: Refusal) => ({
          partition: index,
          errorCode,
          leaderEpoch: -1,
          endOffset: -1,
        });
        const answer = (partition: OpenPartition) => {
          const fault = faultOfEpoch(partition, currentLeaderEpoch);
          if (fault !== undefined) return refuse(refusal(fault));
          const known = partition.endOffsetOfEpoch(leaderEpoch);
          return { ...refuse(noError), ...known };
        };
        partitions.push(await withPartition(found, index, { parts, answer, refuse }));
      }
      topics.push({ topic, partitions });
    }
    return { throttleTimeMs: 0, topics };
  };
}

export function describeProducersHandler(parts: BrokerParts): Handler<'describeProducers'> {
  return async ({ topics: wanted }, context) => {
    const topics = [];
    for (const { name, partitionIndexes } of wanted) {
      const found = await find(name, 'read', { parts, context });
      const partitions: PartitionResponse[] = [];
      for (const partitionIndex of partitionIndexes) {
        const refuse = (reason: Refusal) => ({ partitionIndex, ...reason, activeProducers: [] });
        const answer = (partition: OpenPartition) => ({
          ...refuse(noError),
          activeProducers: producersOf(partition),
        });
        partitions.push(await withPartition(found, partitionIndex, { parts, answer, refuse }));
      }
      topics.push({ name, partitions });
    }
    return { throttleTimeMs: 0, topics };
  };
}

function producersOf(partition: OpenPartition): PartitionResponse['activeProducers'] {
  return partition.producers().map(({ lastTimestampMs, transactionFirstOffset = -1, ...producer }) => ({
    ...producer,
    lastTimestamp: lastTimestampMs,
    currentTxnStartOffset: transactionFirstOffset,
  }));
}

export function describeLogDirsHandler(parts: BrokerParts): Handler<'describeLogDirs'> {
  return async ({ topics: asked }, { access }) => {
    if (!(await access.allowsCluster('describe')))
      return { throttleTimeMs: 0, errorCode: refusal('CLUSTER_AUTHORIZATION_FAILED').errorCode, results: [] };
    const wanted =
      asked ??
      parts.topics
        .all()
        .map(({ name, partitionCount }) => ({ topic: name, partitions: indexes(partitionCount) }));
    const topics = [];
    let totalBytes = await parts.freeBytes();
    const usableBytes = totalBytes;
    for (const { topic: name, partitions: indexesAsked } of wanted) {
      const topic = parts.topics.find(name);
      if (topic === undefined) continue;
      const partitions = [];
      for (const partitionIndex of indexesAsked.filter((index) => hasPartition(topic, index))) {
        const partitionSize = (await parts.topics.partition(topic, partitionIndex)).sizeBytes();
        totalBytes += partitionSize;
        partitions.push({ partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false });
      }
      if (partitions.length > 0) topics.push({ name, partitions });
    }
    const result = { errorCode: 0, logDir: parts.directory, topics, totalBytes, usableBytes };
    return { throttleTimeMs: 0, errorCode: 0, results: [result] };
  };
}

function indexes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
