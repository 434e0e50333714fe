// DeleteTopicsRequest, versions 1 to 6, flexible from 4.
//
// Written by `npm run kafka-messages` from Apache Kafka's DeleteTopicsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import type { Uuid } from '../wire/values.ts';
import { type Writer, writeCompactString, writeString } from '../wire/writer.ts';

export type DeleteTopicsRequest = {
  /** The name or topic ID of the topic. */
  readonly topics: readonly DeleteTopicState[];
  /** The names of the topics to delete. */
  readonly topicNames: readonly string[];
  /** The length of time in milliseconds to wait for the deletions to complete. */
  readonly timeoutMs: number;
};

export type DeleteTopicState = {
  /** The topic name. */
  readonly name: string | null;
  /** The unique topic ID. */
  readonly topicId: Uuid;
};

export function decodeDeleteTopicsRequest(reader: Reader, version: number): DeleteTopicsRequest {
  const flexible = version >= 4;
  let topics: DeleteTopicsRequest['topics'] = [];
  if (version >= 6) topics = reader.array(flexible, decodeDeleteTopicState, version);
  let topicNames: DeleteTopicsRequest['topicNames'] = [];
  if (version <= 5) topicNames = reader.array(flexible, flexible ? readCompactString : readString, version);
  const timeoutMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { topics, topicNames, timeoutMs };
}

function decodeDeleteTopicState(reader: Reader, _version: number): DeleteTopicState {
  const name = reader.nullableString(true);
  const topicId = reader.uuid();
  reader.skipTaggedFields();
  return { name, topicId };
}

export function encodeDeleteTopicsRequest(
  writer: Writer,
  message: DeleteTopicsRequest,
  version: number,
): void {
  const flexible = version >= 4;
  if (version >= 6) writer.array(flexible, message.topics, encodeDeleteTopicState, version);
  if (!(version >= 6) && (message.topics?.length ?? 0) > 0)
    writer.refuse('DeleteTopicsRequest.topics', version);
  if (version <= 5)
    writer.array(flexible, message.topicNames, flexible ? writeCompactString : writeString, version);
  writer.int32(message.timeoutMs);
  if (flexible) writer.noTaggedFields();
}

function encodeDeleteTopicState(writer: Writer, message: DeleteTopicState, _version: number): void {
  writer.nullableString(true, message.name);
  writer.uuid(message.topicId);
  writer.noTaggedFields();
}
