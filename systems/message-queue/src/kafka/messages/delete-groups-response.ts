// DeleteGroupsResponse, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteGroupsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DeleteGroupsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The deletion results. */
  readonly results: readonly DeletableGroupResult[];
};

export type DeletableGroupResult = {
  /** The group id. */
  readonly groupId: string;
  /** The deletion error, or 0 if the deletion succeeded. */
  readonly errorCode: number;
};

export function decodeDeleteGroupsResponse(reader: Reader, version: number): DeleteGroupsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const results = reader.array(flexible, decodeDeletableGroupResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function decodeDeletableGroupResult(reader: Reader, version: number): DeletableGroupResult {
  const flexible = version >= 2;
  const groupId = reader.string(flexible);
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { groupId, errorCode };
}

export function encodeDeleteGroupsResponse(
  writer: Writer,
  message: DeleteGroupsResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.results, encodeDeletableGroupResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeDeletableGroupResult(writer: Writer, message: DeletableGroupResult, version: number): void {
  const flexible = version >= 2;
  writer.string(flexible, message.groupId);
  writer.int16(message.errorCode);
  if (flexible) writer.noTaggedFields();
}
