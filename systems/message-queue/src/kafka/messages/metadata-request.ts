// MetadataRequest, versions 0 to 13, flexible from 9.
//
// Written by `npm run kafka-messages` from Apache Kafka's MetadataRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type MetadataRequest = {
  /** The topics to fetch metadata for. */
  readonly topics: readonly MetadataRequestTopic[] | null;
  /** If this is true, the broker may auto-create topics that we requested which do not already exist, if it is configured to do so. */
  readonly allowAutoTopicCreation: boolean;
  /** Whether to include cluster authorized operations. */
  readonly includeClusterAuthorizedOperations: boolean;
  /** Whether to include topic authorized operations. */
  readonly includeTopicAuthorizedOperations: boolean;
};

export type MetadataRequestTopic = {
  /** The topic id. */
  readonly topicId: Uuid;
  /** The topic name. */
  readonly name: string | null;
};

export function decodeMetadataRequest(reader: Reader, version: number): MetadataRequest {
  const flexible = version >= 9;
  const topics =
    version >= 1
      ? reader.nullableArray(flexible, decodeMetadataRequestTopic, version)
      : reader.array(flexible, decodeMetadataRequestTopic, version);
  let allowAutoTopicCreation: MetadataRequest['allowAutoTopicCreation'] = true;
  if (version >= 4) allowAutoTopicCreation = reader.bool();
  let includeClusterAuthorizedOperations: MetadataRequest['includeClusterAuthorizedOperations'] = false;
  if (version >= 8 && version <= 10) includeClusterAuthorizedOperations = reader.bool();
  let includeTopicAuthorizedOperations: MetadataRequest['includeTopicAuthorizedOperations'] = false;
  if (version >= 8) includeTopicAuthorizedOperations = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return {
    topics,
    allowAutoTopicCreation,
    includeClusterAuthorizedOperations,
    includeTopicAuthorizedOperations,
  };
}

function decodeMetadataRequestTopic(reader: Reader, version: number): MetadataRequestTopic {
  const flexible = version >= 9;
  let topicId: MetadataRequestTopic['topicId'] = zeroUuid;
  if (version >= 10) topicId = reader.uuid();
  const name = version >= 10 ? reader.nullableString(flexible) : reader.string(flexible);
  if (flexible) reader.skipTaggedFields();
  return { topicId, name };
}

export function encodeMetadataRequest(writer: Writer, message: MetadataRequest, version: number): void {
  const flexible = version >= 9;
  if (message.topics === null && !(version >= 1)) writer.refuse('MetadataRequest.topics', version);
  writer.nullableArray(flexible, message.topics, encodeMetadataRequestTopic, version);
  if (version >= 4) writer.bool(message.allowAutoTopicCreation);
  if (!(version >= 4) && (message.allowAutoTopicCreation ?? true) !== true)
    writer.refuse('MetadataRequest.allowAutoTopicCreation', version);
  if (version >= 8 && version <= 10) writer.bool(message.includeClusterAuthorizedOperations);
  if (!(version >= 8 && version <= 10) && (message.includeClusterAuthorizedOperations ?? false) !== false)
    writer.refuse('MetadataRequest.includeClusterAuthorizedOperations', version);
  if (version >= 8) writer.bool(message.includeTopicAuthorizedOperations);
  if (!(version >= 8) && (message.includeTopicAuthorizedOperations ?? false) !== false)
    writer.refuse('MetadataRequest.includeTopicAuthorizedOperations', version);
  if (flexible) writer.noTaggedFields();
}

function encodeMetadataRequestTopic(writer: Writer, message: MetadataRequestTopic, version: number): void {
  const flexible = version >= 9;
  if (version >= 10) writer.uuid(message.topicId);
  if (message.name === null && !(version >= 10)) writer.refuse('MetadataRequestTopic.name', version);
  writer.nullableString(flexible, message.name);
  if (flexible) writer.noTaggedFields();
}
