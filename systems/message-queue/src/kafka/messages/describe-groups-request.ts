// DescribeGroupsRequest, versions 0 to 6, flexible from 5.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeGroupsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Writer, writeCompactString, writeString } from '../wire/writer.ts';

export type DescribeGroupsRequest = {
  /** The names of the groups to describe. */
  readonly groups: readonly string[];
  /** Whether to include authorized operations. */
  readonly includeAuthorizedOperations: boolean;
};

export function decodeDescribeGroupsRequest(reader: Reader, version: number): DescribeGroupsRequest {
  const flexible = version >= 5;
  const groups = reader.array(flexible, flexible ? readCompactString : readString, version);
  let includeAuthorizedOperations: DescribeGroupsRequest['includeAuthorizedOperations'] = false;
  if (version >= 3) includeAuthorizedOperations = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { groups, includeAuthorizedOperations };
}

export function encodeDescribeGroupsRequest(
  writer: Writer,
  message: DescribeGroupsRequest,
  version: number,
): void {
  const flexible = version >= 5;
  writer.array(flexible, message.groups, flexible ? writeCompactString : writeString, version);
  if (version >= 3) writer.bool(message.includeAuthorizedOperations);
  if (!(version >= 3) && (message.includeAuthorizedOperations ?? false) !== false)
    writer.refuse('DescribeGroupsRequest.includeAuthorizedOperations', version);
  if (flexible) writer.noTaggedFields();
}
