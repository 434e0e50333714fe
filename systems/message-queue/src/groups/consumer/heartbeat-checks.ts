// What a heartbeat of the consumer protocol has to say, whatever the group is.

import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../kafka/messages/consumer-group-heartbeat-request.ts';
import type { ConsumerGroupHeartbeatResponse } from '../../kafka/messages/consumer-group-heartbeat-response.ts';
import { assignors, isAssignor } from '../assignors/assignors.ts';

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
