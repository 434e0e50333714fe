// CreatePartitionsRequest, versions 0 to 3, flexible from 2.
//
// Written by `npm run kafka-messages` from Apache Kafka's CreatePartitionsRequest.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Writer, writeInt32 } from '../wire/writer.ts';

export type CreatePartitionsRequest = {
  /** Each topic that we want to create new partitions inside. */
  readonly topics: readonly CreatePartitionsTopic[];
  /** The time in ms to wait for the partitions to be created. */
  readonly timeoutMs: number;
  /** If true, then validate the request, but don't actually increase the number of partitions. */
  readonly validateOnly: boolean;
};

export type CreatePartitionsTopic = {
  /** The topic name. */
  readonly name: string;
  /** The new partition count. */
  readonly count: number;
  /** The new partition assignments. */
  readonly assignments: readonly CreatePartitionsAssignment[] | null;
};

export type CreatePartitionsAssignment = {
  /** The assigned broker IDs. */
  readonly brokerIds: readonly number[];
};

export function decodeCreatePartitionsRequest(reader: Reader, version: number): CreatePartitionsRequest {
  const flexible = version >= 2;
  const topics = reader.array(flexible, decodeCreatePartitionsTopic, version);
  const timeoutMs = reader.int32();
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { topics, timeoutMs, validateOnly };
}

function decodeCreatePartitionsTopic(reader: Reader, version: number): CreatePartitionsTopic {
  const flexible = version >= 2;
  const name = reader.string(flexible);
  const count = reader.int32();
  const assignments = reader.nullableArray(flexible, decodeCreatePartitionsAssignment, version);
  if (flexible) reader.skipTaggedFields();
  return { name, count, assignments };
}

function decodeCreatePartitionsAssignment(reader: Reader, version: number): CreatePartitionsAssignment {
  const flexible = version >= 2;
  const brokerIds = reader.array(flexible, readInt32, version);
  if (flexible) reader.skipTaggedFields();
  return { brokerIds };
}

export function encodeCreatePartitionsRequest(
  writer: Writer,
  message: CreatePartitionsRequest,
  version: number,
): void {
  const flexible = version >= 2;
  writer.array(flexible, message.topics, encodeCreatePartitionsTopic, version);
  writer.int32(message.timeoutMs);
  writer.bool(message.validateOnly);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatePartitionsTopic(writer: Writer, message: CreatePartitionsTopic, version: number): void {
  const flexible = version >= 2;
  writer.string(flexible, message.name);
  writer.int32(message.count);
  writer.nullableArray(flexible, message.assignments, encodeCreatePartitionsAssignment, version);
  if (flexible) writer.noTaggedFields();
}

function encodeCreatePartitionsAssignment(
  writer: Writer,
  message: CreatePartitionsAssignment,
  version: number,
): void {
  const flexible = version >= 2;
  writer.array(flexible, message.brokerIds, writeInt32, version);
  if (flexible) writer.noTaggedFields();
}
