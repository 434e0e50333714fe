// ListTransactionsRequest, versions 0 to 2, flexible from 0.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListTransactionsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readInt64 } from '../wire/reader.ts';
import { type Writer, writeCompactString, writeInt64 } from '../wire/writer.ts';

export type ListTransactionsRequest = {
  /** The transaction states to filter by: if empty, all transactions are returned; if non-empty, then only transactions matching one of the filtered states will be returned. */
  readonly stateFilters: readonly string[];
  /** The producerIds to filter by: if empty, all transactions will be returned; if non-empty, only transactions which match one of the filtered producerIds will be returned. */
  readonly producerIdFilters: readonly number[];
  /** Duration (in millis) to filter by: if < 0, all transactions will be returned; otherwise, only transactions running longer than this duration will be returned. */
  readonly durationFilter: number;
  /** The transactional ID regular expression pattern to filter by: if it is empty or null, all transactions are returned; Otherwise then only the transactions matching the given regular expression will be returned. */
  readonly transactionalIdPattern: string | null;
};

export function decodeListTransactionsRequest(reader: Reader, version: number): ListTransactionsRequest {
  const stateFilters = reader.array(true, readCompactString, version);
  const producerIdFilters = reader.array(true, readInt64, version);
  let durationFilter: ListTransactionsRequest['durationFilter'] = -1;
  if (version >= 1) durationFilter = reader.int64();
  let transactionalIdPattern: ListTransactionsRequest['transactionalIdPattern'] = null;
  if (version >= 2) transactionalIdPattern = reader.nullableString(true);
  reader.skipTaggedFields();
  return { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern };
}

export function encodeListTransactionsRequest(
  writer: Writer,
  message: ListTransactionsRequest,
  version: number,
): void {
  writer.array(true, message.stateFilters, writeCompactString, version);
  writer.array(true, message.producerIdFilters, writeInt64, version);
  if (version >= 1) writer.int64(message.durationFilter);
  if (!(version >= 1) && (message.durationFilter ?? -1) !== -1)
    writer.refuse('ListTransactionsRequest.durationFilter', version);
  if (version >= 2) writer.nullableString(true, message.transactionalIdPattern);
  if (!(version >= 2) && (message.transactionalIdPattern ?? null) !== null)
    writer.refuse('ListTransactionsRequest.transactionalIdPattern', version);
  writer.noTaggedFields();
}
