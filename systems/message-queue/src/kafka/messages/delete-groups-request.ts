// DeleteGroupsRequest, versions 0 to 2, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteGroupsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Writer, writeCompactString, writeString } from '../wire/writer.ts';

export type DeleteGroupsRequest = {
  /** The group names to delete. */
  readonly groupsNames: readonly string[];
};

export function decodeDeleteGroupsRequest(reader: Reader, version: number): DeleteGroupsRequest {
  const flexible = version >= 2;
  const groupsNames = reader.array(flexible, flexible ? readCompactString : readString, version);
  if (flexible) reader.skipTaggedFields();
  return { groupsNames };
}

export function encodeDeleteGroupsRequest(
  writer: Writer,
  message: DeleteGroupsRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.array(flexible, message.groupsNames, flexible ? writeCompactString : writeString, version);
  if (flexible) writer.noTaggedFields();
}
