// ListOffsets: offsets by time, and the ends of partitions.
//
//   | timestamp | from version | offset |
//   | --- | --- | --- |
//   | -1, -2 | 1 | the latest, the earliest |
//   | -3 | 7 | of the largest timestamp |
//   | -4 | 8 | the earliest on this broker's disk (KIP-405) |
//   | -5 | 9 | the latest in the blobs engine (KIP-1005), none without one |
//   | -6 | 11 | the earliest that is not there yet (KIP-1023), none without one |

import type { OpenPartition } from '../../broker/topics/topic.ts';
import { kafkaErrors } from '../../errors.ts';
import type { ListOffsetsPartition } from '../messages/list-offsets-request.ts';
import type { ListOffsetsPartitionResponse } from '../messages/list-offsets-response.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Handler } from './handler.ts';
import { faultOfEpoch, findTopic, hasPartition } from './partitions.ts';
import { refusal, refusalOf } from './refusals.ts';

/** Of timestamps that stand for something. */
const sinceVersion: Readonly<Record<number, number>> = { [-3]: 7, [-4]: 8, [-5]: 9, [-6]: 11 };

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
          const isKnown = version >= (sinceVersion[question.timestamp] ?? 1);
          const answered = isKnown
            ? await answer(question, { open, committed, parts })
            : refused(partitionIndex, kafkaErrors.UNSUPPORTED_VERSION.code);
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
      return { offset: partition.startOffset, timestampMs: -1 };
    case -4:
      return { offset: partition.tiers?.localStartOffset ?? partition.startOffset, timestampMs: -1 };
    case -5:
      return lastRemote(partition);
    case -6:
      return firstWaiting(partition);
    case -3:
      return partition.maxTimestamp();
    default: {
      if (timestamp < 0) return undefined;
      const found = await partition.offsetOfTime(timestamp);
      return found !== undefined && found.offset < end ? found : undefined;
    }
  }
}

function lastRemote({ tiers }: OpenPartition): { offset: number; timestampMs: number } | undefined {
  const endOffset = tiers?.remoteEndOffset;
  return endOffset === undefined ? undefined : { offset: endOffset - 1, timestampMs: -1 };
}

function firstWaiting({
  tiers,
  startOffset,
}: OpenPartition): { offset: number; timestampMs: number } | undefined {
  if (tiers === undefined || !tiers.isUsed) return undefined;
  return { offset: Math.max(tiers.remoteEndOffset ?? 0, startOffset), timestampMs: -1 };
}
