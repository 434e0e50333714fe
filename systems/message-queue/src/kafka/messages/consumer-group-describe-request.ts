// ConsumerGroupDescribeRequest, versions 0 to 1, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's ConsumerGroupDescribeRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString } from '../wire/reader.ts';
import { type Writer, writeCompactString } from '../wire/writer.ts';

export type ConsumerGroupDescribeRequest = {
  /** The ids of the groups to describe. */
  readonly groupIds: readonly string[];
  /** Whether to include authorized operations. */
  readonly includeAuthorizedOperations: boolean;
};

export function decodeConsumerGroupDescribeRequest(
  reader: Reader,
  version: number,
): ConsumerGroupDescribeRequest {
  const groupIds = reader.array(true, readCompactString, version);
  const includeAuthorizedOperations = reader.bool();
  reader.skipTaggedFields();
  return { groupIds, includeAuthorizedOperations };
}

export function encodeConsumerGroupDescribeRequest(
  writer: Writer,
  message: ConsumerGroupDescribeRequest,
  version: number,
): void {
  writer.array(true, message.groupIds, writeCompactString, version);
  writer.bool(message.includeAuthorizedOperations);
  writer.noTaggedFields();
}
