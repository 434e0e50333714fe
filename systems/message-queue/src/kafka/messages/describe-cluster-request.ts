// DescribeClusterRequest, versions 0 to 2, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeClusterRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type DescribeClusterRequest = {
  /** Whether to include cluster authorized operations. */
  readonly includeClusterAuthorizedOperations: boolean;
  /** The endpoint type to describe. 1=brokers, 2=controllers. */
  readonly endpointType: number;
  /** Whether to include fenced brokers when listing brokers. */
  readonly includeFencedBrokers: boolean;
};

export function decodeDescribeClusterRequest(reader: Reader, version: number): DescribeClusterRequest {
  const includeClusterAuthorizedOperations = reader.bool();
  let endpointType: DescribeClusterRequest['endpointType'] = 1;
  if (version >= 1) endpointType = reader.int8();
  let includeFencedBrokers: DescribeClusterRequest['includeFencedBrokers'] = false;
  if (version >= 2) includeFencedBrokers = reader.bool();
  reader.skipTaggedFields();
  return { includeClusterAuthorizedOperations, endpointType, includeFencedBrokers };
}

export function encodeDescribeClusterRequest(
  writer: Writer,
  message: DescribeClusterRequest,
  version: number,
): void {
  writer.bool(message.includeClusterAuthorizedOperations);
  if (version >= 1) writer.int8(message.endpointType);
  if (!(version >= 1) && (message.endpointType ?? 1) !== 1)
    writer.refuse('DescribeClusterRequest.endpointType', version);
  if (version >= 2) writer.bool(message.includeFencedBrokers);
  if (!(version >= 2) && (message.includeFencedBrokers ?? false) !== false)
    writer.refuse('DescribeClusterRequest.includeFencedBrokers', version);
  writer.noTaggedFields();
}
