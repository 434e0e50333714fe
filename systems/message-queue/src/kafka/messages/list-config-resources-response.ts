// ListConfigResourcesResponse, versions 0 to 1, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListConfigResourcesResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ListConfigResourcesResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** Each config resource in the response. */
  readonly configResources: readonly ConfigResource[];
};

export type ConfigResource = {
  /** The resource name. */
  readonly resourceName: string;
  /** The resource type. */
  readonly resourceType?: number | undefined;
};

export function decodeListConfigResourcesResponse(
  reader: Reader,
  version: number,
): ListConfigResourcesResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const configResources = reader.array(true, decodeConfigResource, version);
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, configResources };
}

function decodeConfigResource(reader: Reader, version: number): ConfigResource {
  const resourceName = reader.string(true);
  let resourceType: ConfigResource['resourceType'] = 16;
  if (version >= 1) resourceType = reader.int8();
  reader.skipTaggedFields();
  return { resourceName, resourceType };
}

export function encodeListConfigResourcesResponse(
  writer: Writer,
  message: ListConfigResourcesResponse,
  version: number,
): void {
  writer.int32(message.throttleTimeMs);
  writer.int16(message.errorCode);
  writer.array(true, message.configResources, encodeConfigResource, version);
  writer.noTaggedFields();
}

function encodeConfigResource(writer: Writer, message: ConfigResource, version: number): void {
  writer.string(true, message.resourceName);
  if (version >= 1) writer.int8(message.resourceType ?? 16);
  writer.noTaggedFields();
}
