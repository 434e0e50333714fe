// CreateTopicsRequest, versions 2 to 7, flexible from 5.
//
// Written by `npm run kafka-messages` from Apache Kafka's CreateTopicsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type CreateTopicsRequest = {
  /** The topics to create. */
  readonly topics: readonly CreatableTopic[];
  /** How long to wait in milliseconds before timing out the request. */
  readonly timeoutMs: number;
  /** If true, check that the topics can be created as specified, but don't create anything. */
  readonly validateOnly: boolean;
};

export type CreatableTopic = {
  /** The topic name. */
  readonly name: string;
  /** The number of partitions to create in the topic, or -1 if we are either specifying a manual partition assignment or using the default partitions. */
  readonly numPartitions: number;
  /** The number of replicas to create for each partition in the topic, or -1 if we are either specifying a manual partition assignment or using the default replication factor. */
  readonly replicationFactor: number;
  /** The manual partition assignment, or the empty array if we are using automatic assignment. */
  readonly assignments: readonly CreatableReplicaAssignment[];
  /** The custom topic configurations to set. */
  readonly configs: readonly CreatableTopicConfig[];
};

export type CreatableTopicConfig = {
  /** The configuration name. */
  readonly name: string;
  /** The configuration value. */
  readonly value: string | null;
};

export type CreatableReplicaAssignment = {
  /** The partition index. */
  readonly partitionIndex: number;
  /** The brokers to place the partition on. */
  readonly brokerIds: readonly number[];
};

export function decodeCreateTopicsRequest(reader: Reader, version: number): CreateTopicsRequest {
  const flexible = version >= 5;
  const topics = reader.array(flexible, decodeCreatableTopic, version);
  const timeoutMs = reader.int32();
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { topics, timeoutMs, validateOnly };
}

function decodeCreatableTopic(reader: Reader, version: number): CreatableTopic {
  const flexible = version >= 5;
  const name = reader.string(flexible);
  const numPartitions = reader.int32();
  const replicationFactor = reader.int16();
  const assignments = reader.array(flexible, decodeCreatableReplicaAssignment, version);
  const configs = reader.array(flexible, decodeCreatableTopicConfig, version);
  if (flexible) reader.skipTaggedFields();
  return { name, numPartitions, replicationFactor, assignments, configs };
}

function decodeCreatableTopicConfig(reader: Reader, version: number): CreatableTopicConfig {
  const flexible = version >= 5;
  const name = reader.string(flexible);
  const value = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { name, value };
}

function decodeCreatableReplicaAssignment(reader: Reader, version: number): CreatableReplicaAssignment {
  const flexible = version >= 5;
  const partitionIndex = reader.int32();
  const brokerIds = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, brokerIds };
}

export function encodeCreateTopicsRequest(
  writer: Writer,
  message: CreateTopicsRequest,
  version: number,
): void {
  const flexible = version >= 5;
  writer.array(flexible, message.topics, encodeCreatableTopic, version);
  writer.int32(message.timeoutMs);
  writer.bool(message.validateOnly);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatableTopic(writer: Writer, message: CreatableTopic, version: number): void {
  const flexible = version >= 5;
  writer.string(flexible, message.name);
  writer.int32(message.numPartitions);
  writer.int16(message.replicationFactor);
  writer.array(flexible, message.assignments, encodeCreatableReplicaAssignment, version);
  writer.array(flexible, message.configs, encodeCreatableTopicConfig, version);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatableTopicConfig(writer: Writer, message: CreatableTopicConfig, version: number): void {
  const flexible = version >= 5;
  writer.string(flexible, message.name);
  writer.nullableString(flexible, message.value);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatableReplicaAssignment(
  writer: Writer,
  message: CreatableReplicaAssignment,
  version: number,
): void {
  const flexible = version >= 5;
  writer.int32(message.partitionIndex);
  writer.array(flexible, message.brokerIds, writeInt32, version);
  if (flexible) writer.noTaggedFields();
}
