// HeartbeatRequest, versions 0 to 4, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's HeartbeatRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type HeartbeatRequest = {
  /** The group id. */
  readonly groupId: string;
  /** The generation of the group. */
  readonly generationId: number;
  /** The member ID. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId: string | null;
};

export function decodeHeartbeatRequest(reader: Reader, version: number): HeartbeatRequest {
  const flexible = version >= 4;
  const groupId = reader.string(flexible);
  const generationId = reader.int32();
  const memberId = reader.string(flexible);
  let groupInstanceId: HeartbeatRequest['groupInstanceId'] = null;
  if (version >= 3) groupInstanceId = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { groupId, generationId, memberId, groupInstanceId };
}

export function encodeHeartbeatRequest(writer: Writer, message: HeartbeatRequest, version: number): void {
  const flexible = version >= 4;
  writer.string(flexible, message.groupId);
  writer.int32(message.generationId);
  writer.string(flexible, message.memberId);
  if (version >= 3) writer.nullableString(flexible, message.groupInstanceId);
  if (!(version >= 3) && (message.groupInstanceId ?? null) !== null)
    writer.refuse('HeartbeatRequest.groupInstanceId', version);
  if (flexible) writer.noTaggedFields();
}
