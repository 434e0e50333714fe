// What a heartbeat of the consumer protocol has to say, and of which members it is taken.

import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../kafka/messages/consumer-group-heartbeat-request.ts';
import type { ConsumerGroupHeartbeatResponse } from '../../kafka/messages/consumer-group-heartbeat-response.ts';
import { assignors, isAssignor } from '../assignors/assignors.ts';
import type { ConsumerMember } from './consumer-member.ts';
import { isSubset, partitionSet } from './partition-set.ts';

/** Epochs that say what a member wants. */
export const joinEpoch = 0;
export const leaveEpoch = -1;
/** A static member that will come back. */
export const staticLeaveEpoch = -2;

export type Refusal = { readonly code: KafkaErrorCode; readonly detail: string };

export function refusalOfHeartbeat(
  request: ConsumerGroupHeartbeatRequest,
  version: number,
): Refusal | undefined {
  const detail = whatIsInvalid(request, version);
  if (detail !== undefined) return { code: 'INVALID_REQUEST', detail };
  const { serverAssignor } = request;
  if (serverAssignor === null || isAssignor(serverAssignor)) return undefined;
  const known = Object.keys(assignors).join(', ');
  return { code: 'UNSUPPORTED_ASSIGNOR', detail: `there is no assignor '${serverAssignor}', but: ${known}` };
}

function whatIsInvalid(request: ConsumerGroupHeartbeatRequest, version: number): string | undefined {
  const { memberId, memberEpoch, instanceId, rackId } = request;
  // From version 1 on the client makes its id.
  if (memberId === '' && (version >= 1 || memberEpoch !== joinEpoch)) return 'the member id is empty';
  if (instanceId === '') return 'the instance id is empty';
  if (rackId === '') return 'the rack id is empty';
  if (memberEpoch < staticLeaveEpoch) return `the member epoch ${memberEpoch} is none`;
  if (memberEpoch === staticLeaveEpoch && instanceId === null) return 'the instance id is missing';
  return memberEpoch === joinEpoch ? whatJoinLacks(request) : undefined;
}

function whatJoinLacks(request: ConsumerGroupHeartbeatRequest): string | undefined {
  if (request.rebalanceTimeoutMs === -1) return 'who joins has to give a rebalance timeout';
  if (request.topicPartitions === null || request.topicPartitions.length > 0)
    return 'who joins has to say that it has no partitions';
  if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null)
    return 'who joins has to give topics or a regular expression';
  return undefined;
}

export function refusedHeartbeat({ code, detail }: Refusal): ConsumerGroupHeartbeatResponse {
  return {
    throttleTimeMs: 0,
    errorCode: kafkaErrors[code].code,
    errorMessage: detail,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
}

/** Says everything, so its client may have missed what it was told before. */
export function isFull(request: ConsumerGroupHeartbeatRequest): boolean {
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request;
  const subscribes = subscribedTopicNames !== null || subscribedTopicRegex !== null;
  return rebalanceTimeoutMs !== -1 && subscribes && topicPartitions !== null;
}

/** The epoch before will do when the answer with the new one got lost. */
export function fencing(member: ConsumerMember, request: ConsumerGroupHeartbeatRequest): Refusal | undefined {
  const { memberEpoch, topicPartitions } = request;
  if (memberEpoch === member.epoch) return undefined;
  const missedOne = memberEpoch === member.previousEpoch && topicPartitions !== null;
  if (memberEpoch < member.epoch && missedOne && isSubset(partitionSet(topicPartitions), member.assigned))
    return undefined;
  const detail = `the member is in epoch ${member.epoch}, not ${memberEpoch}`;
  return { code: 'FENCED_MEMBER_EPOCH', detail };
}

export function unknownMember(memberId: string): Refusal {
  return { code: 'UNKNOWN_MEMBER_ID', detail: `the group has no member '${memberId}'` };
}

export function fencedInstance(instanceId: string): Refusal {
  return { code: 'FENCED_INSTANCE_ID', detail: `the instance '${instanceId}' is another member's` };
}
