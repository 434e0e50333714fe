// ListOffsets: offsets by time, and the ends of partitions.
//
//   -1 latest   -2 earliest   -3 largest timestamp   -4 earliest on this broker's disk   -5, -6 of tiered storage: none

import type { OpenPartition } from '../../broker/topics/topic.ts';
import { kafkaErrors } from '../../errors.ts';
import type { ListOffsetsPartition } from '../messages/list-offsets-request.ts';
import type { ListOffsetsPartitionResponse } from '../messages/list-offsets-response.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Handler } from './handler.ts';
import { faultOfEpoch, findTopic, hasPartition } from './partitions.ts';
import { refusal, refusalOf } from './refusals.ts';

export function listOffsetsHandler(parts: BrokerParts): Handler<'listOffsets'> {
  return async ({ topics: wanted, isolationLevel }, { access, version }) => {
    const committed = isolationLevel === 1;
    const topics = [];
    for (const { name, partitions: asked } of wanted) {
      const found = await findTopic({ name }, 'describe', { topics: parts.topics, access });
      const partitions: ListOffsetsPartitionResponse[] = [];
      for (const question of asked) {
        const { partitionIndex } = question;
        if ('code' in found) partitions.push(refused(partitionIndex, refusal(found.code).errorCode));
        else if (!hasPartition(found.topic, partitionIndex))
          partitions.push(refused(partitionIndex, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code));
        else {
          const open = () => parts.topics.partition(found.topic, partitionIndex);
          const answered = await answer(question, { open, committed, parts });
          // Versions before cannot say it.
          partitions.push(version >= 4 ? answered : { ...answered, leaderEpoch: -1 });
        }
      }
      topics.push({ name, partitions });
    }
    return { throttleTimeMs: 0, topics };
  };
}

function refused(partitionIndex: number, errorCode: number): ListOffsetsPartitionResponse {
  return { partitionIndex, errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}

async function answer(
  { partitionIndex, currentLeaderEpoch, timestamp }: ListOffsetsPartition,
  {
    open,
    committed,
    parts,
  }: { open: () => OpenPartition | Promise<OpenPartition>; committed: boolean; parts: BrokerParts },
): Promise<ListOffsetsPartitionResponse> {
  try {
    const partition = await open();
    const fault = faultOfEpoch(partition, currentLeaderEpoch);
    if (fault !== undefined) return refused(partitionIndex, kafkaErrors[fault].code);
    const end = committed ? partition.lastStableOffset : partition.highWatermark;
    const found = await offsetAt(partition, timestamp, end);
    const { leaderEpoch } = partition;
    if (found === undefined) return refused(partitionIndex, kafkaErrors.NONE.code);
    const { offset, timestampMs } = found;
    return { partitionIndex, errorCode: kafkaErrors.NONE.code, timestamp: timestampMs, offset, leaderEpoch };
  } catch (error) {
    return refused(partitionIndex, refusalOf(error, parts.log).errorCode);
  }
}

async function offsetAt(
  partition: OpenPartition,
  timestamp: number,
  end: number,
): Promise<{ offset: number; timestampMs: number } | undefined> {
  switch (timestamp) {
    case -1:
      return { offset: end, timestampMs: -1 };
    case -2:
    case -4:
      return { offset: partition.startOffset, timestampMs: -1 };
    case -3:
      return partition.maxTimestamp();
    default: {
      if (timestamp < 0) return undefined;
      const found = await partition.offsetOfTime(timestamp);
      return found !== undefined && found.offset < end ? found : undefined;
    }
  }
}
