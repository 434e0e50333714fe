// ListConfigResourcesRequest, versions 0 to 1, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListConfigResourcesRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt8 } from '../wire/reader.ts';
import { type Writer, writeInt8 } from '../wire/writer.ts';

export type ListConfigResourcesRequest = {
  /** The list of resource type. If the list is empty, it uses default supported config resource types. */
  readonly resourceTypes: readonly number[];
};

export function decodeListConfigResourcesRequest(
  reader: Reader,
  version: number,
): ListConfigResourcesRequest {
  let resourceTypes: ListConfigResourcesRequest['resourceTypes'] = [];
  if (version >= 1) resourceTypes = reader.array(true, readInt8, version);
  reader.skipTaggedFields();
  return { resourceTypes };
}

export function encodeListConfigResourcesRequest(
  writer: Writer,
  message: ListConfigResourcesRequest,
  version: number,
): void {
  if (version >= 1) writer.array(true, message.resourceTypes, writeInt8, version);
  if (!(version >= 1) && (message.resourceTypes?.length ?? 0) > 0)
    writer.refuse('ListConfigResourcesRequest.resourceTypes', version);
  writer.noTaggedFields();
}
