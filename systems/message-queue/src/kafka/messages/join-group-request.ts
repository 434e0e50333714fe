// JoinGroupRequest, versions 0 to 9, flexible from 6.
//
// Written by `npm run kafka-messages` from Apache Kafka's JoinGroupRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type JoinGroupRequest = {
  /** The group identifier. */
  readonly groupId: string;
  /** The coordinator considers the consumer dead if it receives no heartbeat after this timeout in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** The maximum time in milliseconds that the coordinator will wait for each member to rejoin when rebalancing the group. */
  readonly rebalanceTimeoutMs: number;
  /** The member id assigned by the group coordinator. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId: string | null;
  /** The unique name the for class of protocols implemented by the group we want to join. */
  readonly protocolType: string;
  /** The list of protocols that the member supports. */
  readonly protocols: readonly JoinGroupRequestProtocol[];
  /** The reason why the member (re-)joins the group. */
  readonly reason: string | null;
};

export type JoinGroupRequestProtocol = {
  /** The protocol name. */
  readonly name: string;
  /** The protocol metadata. */
  readonly metadata: Uint8Array;
};

export function decodeJoinGroupRequest(reader: Reader, version: number): JoinGroupRequest {
  const flexible = version >= 6;
  const groupId = reader.string(flexible);
  const sessionTimeoutMs = reader.int32();
  let rebalanceTimeoutMs: JoinGroupRequest['rebalanceTimeoutMs'] = -1;
  if (version >= 1) rebalanceTimeoutMs = reader.int32();
  const memberId = reader.string(flexible);
  let groupInstanceId: JoinGroupRequest['groupInstanceId'] = null;
  if (version >= 5) groupInstanceId = reader.nullableString(flexible);
  const protocolType = reader.string(flexible);
  const protocols = reader.array(flexible, decodeJoinGroupRequestProtocol, version);
  let reason: JoinGroupRequest['reason'] = null;
  if (version >= 8) reason = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return {
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    memberId,
    groupInstanceId,
    protocolType,
    protocols,
    reason,
  };
}

function decodeJoinGroupRequestProtocol(reader: Reader, version: number): JoinGroupRequestProtocol {
  const flexible = version >= 6;
  const name = reader.string(flexible);
  const metadata = reader.bytes(flexible);
  if (flexible) reader.skipTaggedFields();
  return { name, metadata };
}

export function encodeJoinGroupRequest(writer: Writer, message: JoinGroupRequest, version: number): void {
  const flexible = version >= 6;
  writer.string(flexible, message.groupId);
  writer.int32(message.sessionTimeoutMs);
  if (version >= 1) writer.int32(message.rebalanceTimeoutMs);
  writer.string(flexible, message.memberId);
  if (version >= 5) writer.nullableString(flexible, message.groupInstanceId);
  if (!(version >= 5) && (message.groupInstanceId ?? null) !== null)
    writer.refuse('JoinGroupRequest.groupInstanceId', version);
  writer.string(flexible, message.protocolType);
  writer.array(flexible, message.protocols, encodeJoinGroupRequestProtocol, version);
  if (version >= 8) writer.nullableString(flexible, message.reason);
  if (flexible) writer.noTaggedFields();
}

function encodeJoinGroupRequestProtocol(
  writer: Writer,
  message: JoinGroupRequestProtocol,
  version: number,
): void {
  const flexible = version >= 6;
  writer.string(flexible, message.name);
  writer.bytes(flexible, message.metadata);
  if (flexible) writer.noTaggedFields();
}
