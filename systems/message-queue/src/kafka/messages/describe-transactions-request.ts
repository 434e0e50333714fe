// DescribeTransactionsRequest, versions 0 to 0, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's DescribeTransactionsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString } from '../wire/reader.ts';
import { type Writer, writeCompactString } from '../wire/writer.ts';

export type DescribeTransactionsRequest = {
  /** Array of transactionalIds to include in describe results. If empty, then no results will be returned. */
  readonly transactionalIds: readonly string[];
};

export function decodeDescribeTransactionsRequest(
  reader: Reader,
  version: number,
): DescribeTransactionsRequest {
  const transactionalIds = reader.array(true, readCompactString, version);
  reader.skipTaggedFields();
  return { transactionalIds };
}

export function encodeDescribeTransactionsRequest(
  writer: Writer,
  message: DescribeTransactionsRequest,
  version: number,
): void {
  writer.array(true, message.transactionalIds, writeCompactString, version);
  writer.noTaggedFields();
}
