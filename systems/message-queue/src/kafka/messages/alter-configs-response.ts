// AlterConfigsResponse, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's AlterConfigsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type AlterConfigsResponse = {
  /** Duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The responses for each resource. */
  readonly responses: readonly AlterConfigsResourceResponse[];
};

export type AlterConfigsResourceResponse = {
  /** The resource error code. */
  readonly errorCode: number;
  /** The resource error message, or null if there was no error. */
  readonly errorMessage: string | null;
  /** The resource type. */
  readonly resourceType: number;
  /** The resource name. */
  readonly resourceName: string;
};

export function decodeAlterConfigsResponse(reader: Reader, version: number): AlterConfigsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const responses = reader.array(flexible, decodeAlterConfigsResourceResponse, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, responses };
}

function decodeAlterConfigsResourceResponse(reader: Reader, version: number): AlterConfigsResourceResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  const resourceType = reader.int8();
  const resourceName = reader.string(flexible);
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, resourceType, resourceName };
}

export function encodeAlterConfigsResponse(
  writer: Writer,
  message: AlterConfigsResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.responses, encodeAlterConfigsResourceResponse, version);
  if (flexible) writer.noTaggedFields();
}

function encodeAlterConfigsResourceResponse(
  writer: Writer,
  message: AlterConfigsResourceResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  writer.int8(message.resourceType);
  writer.string(flexible, message.resourceName);
  if (flexible) writer.noTaggedFields();
}
