// ListGroupsRequest, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's ListGroupsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Writer, writeCompactString, writeString } from '../wire/writer.ts';

export type ListGroupsRequest = {
  /** The states of the groups we want to list. If empty, all groups are returned with their state. */
  readonly statesFilter: readonly string[];
  /** The types of the groups we want to list. If empty, all groups are returned with their type. */
  readonly typesFilter: readonly string[];
};

export function decodeListGroupsRequest(reader: Reader, version: number): ListGroupsRequest {
  const flexible = version >= 3;
  let statesFilter: ListGroupsRequest['statesFilter'] = [];
  if (version >= 4) statesFilter = reader.array(flexible, flexible ? readCompactString : readString, version);
  let typesFilter: ListGroupsRequest['typesFilter'] = [];
  if (version >= 5) typesFilter = reader.array(flexible, flexible ? readCompactString : readString, version);
  if (flexible) reader.skipTaggedFields();
  return { statesFilter, typesFilter };
}

export function encodeListGroupsRequest(writer: Writer, message: ListGroupsRequest, version: number): void {
  const flexible = version >= 3;
  if (version >= 4)
    writer.array(flexible, message.statesFilter, flexible ? writeCompactString : writeString, version);
  if (!(version >= 4) && (message.statesFilter?.length ?? 0) > 0)
    writer.refuse('ListGroupsRequest.statesFilter', version);
  if (version >= 5)
    writer.array(flexible, message.typesFilter, flexible ? writeCompactString : writeString, version);
  if (!(version >= 5) && (message.typesFilter?.length ?? 0) > 0)
    writer.refuse('ListGroupsRequest.typesFilter', version);
  if (flexible) writer.noTaggedFields();
}
