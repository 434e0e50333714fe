// SyncGroupResponse, versions 0 to 5, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's SyncGroupResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type SyncGroupResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The group protocol type. */
  readonly protocolType?: string | null | undefined;
  /** The group protocol name. */
  readonly protocolName?: string | null | undefined;
  /** The member assignment. */
  readonly assignment: Uint8Array;
};

export function decodeSyncGroupResponse(reader: Reader, version: number): SyncGroupResponse {
  const flexible = version >= 4;
  let throttleTimeMs: SyncGroupResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  let protocolType: SyncGroupResponse['protocolType'] = null;
  if (version >= 5) protocolType = reader.nullableString(flexible);
  let protocolName: SyncGroupResponse['protocolName'] = null;
  if (version >= 5) protocolName = reader.nullableString(flexible);
  const assignment = reader.bytes(flexible);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, protocolType, protocolName, assignment };
}

export function encodeSyncGroupResponse(writer: Writer, message: SyncGroupResponse, version: number): void {
  const flexible = version >= 4;
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  writer.int16(message.errorCode);
  if (version >= 5) writer.nullableString(flexible, message.protocolType ?? null);
  if (version >= 5) writer.nullableString(flexible, message.protocolName ?? null);
  writer.bytes(flexible, message.assignment);
  if (flexible) writer.noTaggedFields();
}
