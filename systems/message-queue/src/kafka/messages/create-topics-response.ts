// CreateTopicsResponse, versions 2 to 7, flexible from 5.
//
// Written by `npm run kafka-messages` from Apache Kafka's CreateTopicsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { Writer } from '../wire/writer.ts';

export type CreateTopicsResponse = {
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs: number;
  /** Results for each topic we tried to create. */
  readonly topics: readonly CreatableTopicResult[];
};

export type CreatableTopicResult = {
  /** The topic name. */
  readonly name: string;
  /** The unique topic ID. */
  readonly topicId?: Uuid | undefined;
  /** The error code, or 0 if there was no error. */
  readonly errorCode: number;
  /** The error message, or null if there was no error. */
  readonly errorMessage: string | null;
  /** Optional topic config error returned if configs are not returned in the response. */
  readonly topicConfigErrorCode?: number | undefined;
  /** Number of partitions of the topic. */
  readonly numPartitions?: number | undefined;
  /** Replication factor of the topic. */
  readonly replicationFactor?: number | undefined;
  /** Configuration of the topic. */
  readonly configs?: readonly CreatableTopicConfigs[] | null | undefined;
};

export type CreatableTopicConfigs = {
  /** The configuration name. */
  readonly name: string;
  /** The configuration value. */
  readonly value: string | null;
  /** True if the configuration is read-only. */
  readonly readOnly: boolean;
  /** The configuration source. */
  readonly configSource?: number | undefined;
  /** True if this configuration is sensitive. */
  readonly isSensitive: boolean;
};

export function decodeCreateTopicsResponse(reader: Reader, version: number): CreateTopicsResponse {
  const flexible = version >= 5;
  const throttleTimeMs = reader.int32();
  const topics = reader.array(flexible, decodeCreatableTopicResult, version);
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function decodeCreatableTopicResult(reader: Reader, version: number): CreatableTopicResult {
  const flexible = version >= 5;
  const name = reader.string(flexible);
  let topicId: CreatableTopicResult['topicId'] = zeroUuid;
  if (version >= 7) topicId = reader.uuid();
  const errorCode = reader.int16();
  const errorMessage = reader.nullableString(flexible);
  let topicConfigErrorCode: CreatableTopicResult['topicConfigErrorCode'] = 0;
  let numPartitions: CreatableTopicResult['numPartitions'] = -1;
  if (version >= 5) numPartitions = reader.int32();
  let replicationFactor: CreatableTopicResult['replicationFactor'] = -1;
  if (version >= 5) replicationFactor = reader.int16();
  let configs: CreatableTopicResult['configs'] = [];
  if (version >= 5) configs = reader.nullableArray(flexible, decodeCreatableTopicConfigs, version);
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) topicConfigErrorCode = reader.int16();
      else return false;
      return true;
    });
  return {
    name,
    topicId,
    errorCode,
    errorMessage,
    topicConfigErrorCode,
    numPartitions,
    replicationFactor,
    configs,
  };
}

function decodeCreatableTopicConfigs(reader: Reader, _version: number): CreatableTopicConfigs {
  const name = reader.string(true);
  const value = reader.nullableString(true);
  const readOnly = reader.bool();
  const configSource = reader.int8();
  const isSensitive = reader.bool();
  reader.skipTaggedFields();
  return { name, value, readOnly, configSource, isSensitive };
}

export function encodeCreateTopicsResponse(
  writer: Writer,
  message: CreateTopicsResponse,
  version: number,
): void {
  const flexible = version >= 5;
  writer.int32(message.throttleTimeMs);
  writer.array(flexible, message.topics, encodeCreatableTopicResult, version);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatableTopicResult(writer: Writer, message: CreatableTopicResult, version: number): void {
  const flexible = version >= 5;
  writer.string(flexible, message.name);
  if (version >= 7) writer.uuid(message.topicId ?? zeroUuid);
  writer.int16(message.errorCode);
  writer.nullableString(flexible, message.errorMessage);
  if (version >= 5) writer.int32(message.numPartitions ?? -1);
  if (version >= 5) writer.int16(message.replicationFactor ?? -1);
  if (version >= 5)
    writer.nullableArray(
      flexible,
      message.configs === undefined ? [] : message.configs,
      encodeCreatableTopicConfigs,
      version,
    );
  if (flexible)
    writer.taggedFields((tags) => {
      const topicConfigErrorCode = message.topicConfigErrorCode ?? 0;
      if (version >= 5 && (topicConfigErrorCode ?? 0) !== 0)
        tags.field(0, (writer) => {
          writer.int16(topicConfigErrorCode);
        });
    });
}

function encodeCreatableTopicConfigs(writer: Writer, message: CreatableTopicConfigs, _version: number): void {
  writer.string(true, message.name);
  writer.nullableString(true, message.value);
  writer.bool(message.readOnly);
  writer.int8(message.configSource ?? -1);
  writer.bool(message.isSensitive);
  writer.noTaggedFields();
}
