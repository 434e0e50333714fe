// ListGroupsResponse, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListGroupsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ListGroupsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** Each group in the response. */
  readonly groups: readonly ListedGroup[];
};

export type ListedGroup = {
  /** The group ID. */
  readonly groupId: string;
  /** The group protocol type. */
  readonly protocolType: string;
  /** The group state name. */
  readonly groupState?: string | undefined;
  /** The group type name. */
  readonly groupType?: string | undefined;
};

export function decodeListGroupsResponse(reader: Reader, version: number): ListGroupsResponse {
  const flexible = version >= 3;
  let throttleTimeMs: ListGroupsResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const groups = reader.array(flexible, decodeListedGroup, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, groups };
}

function decodeListedGroup(reader: Reader, version: number): ListedGroup {
  const flexible = version >= 3;
  const groupId = reader.string(flexible);
  const protocolType = reader.string(flexible);
  let groupState: ListedGroup['groupState'] = '';
  if (version >= 4) groupState = reader.string(flexible);
  let groupType: ListedGroup['groupType'] = '';
  if (version >= 5) groupType = reader.string(flexible);
  if (flexible) reader.skipTaggedFields();
  return { groupId, protocolType, groupState, groupType };
}

export function encodeListGroupsResponse(writer: Writer, message: ListGroupsResponse, version: number): void {
  const flexible = version >= 3;
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  writer.int16(message.errorCode);
  writer.array(flexible, message.groups, encodeListedGroup, version);
  if (flexible) writer.noTaggedFields();
}

function encodeListedGroup(writer: Writer, message: ListedGroup, version: number): void {
  const flexible = version >= 3;
  writer.string(flexible, message.groupId);
  writer.string(flexible, message.protocolType);
  if (version >= 4) writer.string(flexible, message.groupState ?? '');
  if (version >= 5) writer.string(flexible, message.groupType ?? '');
  if (flexible) writer.noTaggedFields();
}
