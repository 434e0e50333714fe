// OffsetDelete: what a group committed for some partitions is gone afterwards. Not of topics that its members consume.

import { type KafkaErrorCode, kafkaErrors } from '../errors.ts';
import type { OffsetDeleteRequest } from '../kafka/messages/offset-delete-request.ts';
import type { OffsetDeleteResponse } from '../kafka/messages/offset-delete-response.ts';
import type { PartitionName } from '../metadata/offsets.ts';
import type { GroupTopic } from './group-context.ts';
import type { Group, GroupHost } from './group-host.ts';
import type { GroupParts } from './group-parts.ts';

export async function deleteOffsets(
  parts: GroupParts,
  request: OffsetDeleteRequest,
): Promise<OffsetDeleteResponse> {
  const host = parts.hosts.find(request.groupId);
  if (host === undefined) return refused('GROUP_ID_NOT_FOUND');
  try {
    return await host.exclusively(() => deleteNow(parts, request, host));
  } catch {
    return refused('COORDINATOR_NOT_AVAILABLE');
  }
}

async function deleteNow(
  { sql, topics: known }: GroupParts,
  request: OffsetDeleteRequest,
  { id: groupId, group }: GroupHost,
): Promise<OffsetDeleteResponse> {
  if (!group.isEmpty && group.protocolType !== 'consumer') return refused('NON_EMPTY_GROUP');
  const doomed: PartitionName[] = [];
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      const code = refusalOf(known.find(name), partitionIndex, group);
      if (typeof code !== 'string') doomed.push({ topicId: code.topicId, partition: partitionIndex });
      return { partitionIndex, errorCode: typeof code === 'string' ? kafkaErrors[code].code : 0 };
    }),
  }));
  if (doomed.length > 0) await sql.write('deleteOffsets', { groupId, partitions: doomed });
  return { errorCode: 0, throttleTimeMs: 0, topics };
}

function refusalOf(
  topic: GroupTopic | undefined,
  partition: number,
  group: Group,
): GroupTopic | KafkaErrorCode {
  if (topic === undefined || partition < 0 || partition >= topic.partitionCount)
    return 'UNKNOWN_TOPIC_OR_PARTITION';
  return isSubscribed(group, topic) ? 'GROUP_SUBSCRIBED_TO_TOPIC' : topic;
}

/** Where it is not known, it may be. */
function isSubscribed(group: Group, { name, topicId }: GroupTopic): boolean {
  if (group.isEmpty) return false;
  return group.type === 'consumer'
    ? group.subscribedIds().has(topicId)
    : (group.subscribed()?.has(name) ?? true);
}

function refused(code: KafkaErrorCode): OffsetDeleteResponse {
  return { errorCode: kafkaErrors[code].code, throttleTimeMs: 0, topics: [] };
}
