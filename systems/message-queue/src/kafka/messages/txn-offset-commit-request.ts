// TxnOffsetCommitRequest, versions 0 to 5, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's TxnOffsetCommitRequest.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type TxnOffsetCommitRequest = {
  /** The ID of the transaction. */
  readonly transactionalId: string;
  /** The ID of the group. */
  readonly groupId: string;
  /** The current producer ID in use by the transactional ID. */
  readonly producerId: number;
  /** The current epoch associated with the producer ID. */
  readonly producerEpoch: number;
  /** The generation of the consumer. */
  readonly generationId: number;
  /** The member ID assigned by the group coordinator. */
  readonly memberId: string;
  /** The unique identifier of the consumer instance provided by end user. */
  readonly groupInstanceId: string | null;
  /** Each topic that we want to commit offsets for. */
  readonly topics: readonly TxnOffsetCommitRequestTopic[];
};

export type TxnOffsetCommitRequestTopic = {
  /** The topic name. */
  readonly name: string;
  /** The partitions inside the topic that we want to commit offsets for. */
  readonly partitions: readonly TxnOffsetCommitRequestPartition[];
};

export type TxnOffsetCommitRequestPartition = {
  /** The index of the partition within the topic. */
  readonly partitionIndex: number;
  /** The message offset to be committed. */
  readonly committedOffset: number;
  /** The leader epoch of the last consumed record. */
  readonly committedLeaderEpoch: number;
  /** Any associated metadata the client wants to keep. */
  readonly committedMetadata: string | null;
};

export function decodeTxnOffsetCommitRequest(reader: Reader, version: number): TxnOffsetCommitRequest {
  const flexible = version >= 3;
  const transactionalId = reader.string(flexible);
  const groupId = reader.string(flexible);
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  let generationId: TxnOffsetCommitRequest['generationId'] = -1;
  if (version >= 3) generationId = reader.int32();
  let memberId: TxnOffsetCommitRequest['memberId'] = '';
  if (version >= 3) memberId = reader.string(flexible);
  let groupInstanceId: TxnOffsetCommitRequest['groupInstanceId'] = null;
  if (version >= 3) groupInstanceId = reader.nullableString(flexible);
  const topics = reader.array(flexible, decodeTxnOffsetCommitRequestTopic, version);
  if (flexible) reader.skipTaggedFields();
  return {
    transactionalId,
    groupId,
    producerId,
    producerEpoch,
    generationId,
    memberId,
    groupInstanceId,
    topics,
  };
}

function decodeTxnOffsetCommitRequestTopic(reader: Reader, version: number): TxnOffsetCommitRequestTopic {
  const flexible = version >= 3;
  const name = reader.string(flexible);
  const partitions = reader.array(flexible, decodeTxnOffsetCommitRequestPartition, version);
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function decodeTxnOffsetCommitRequestPartition(
  reader: Reader,
  version: number,
): TxnOffsetCommitRequestPartition {
  const flexible = version >= 3;
  const partitionIndex = reader.int32();
  const committedOffset = reader.int64();
  let committedLeaderEpoch: TxnOffsetCommitRequestPartition['committedLeaderEpoch'] = -1;
  if (version >= 2) committedLeaderEpoch = reader.int32();
  const committedMetadata = reader.nullableString(flexible);
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata };
}

export function encodeTxnOffsetCommitRequest(
  writer: Writer,
  message: TxnOffsetCommitRequest,
  version: number,
): void {
  const flexible = version >= 3;
  writer.string(flexible, message.transactionalId);
  writer.string(flexible, message.groupId);
  writer.int64(message.producerId);
  writer.int16(message.producerEpoch);
  if (version >= 3) writer.int32(message.generationId);
  if (!(version >= 3) && (message.generationId ?? -1) !== -1)
    writer.refuse('TxnOffsetCommitRequest.generationId', version);
  if (version >= 3) writer.string(flexible, message.memberId);
  if (!(version >= 3) && (message.memberId ?? '') !== '')
    writer.refuse('TxnOffsetCommitRequest.memberId', version);
  if (version >= 3) writer.nullableString(flexible, message.groupInstanceId);
  if (!(version >= 3) && (message.groupInstanceId ?? null) !== null)
    writer.refuse('TxnOffsetCommitRequest.groupInstanceId', version);
  writer.array(flexible, message.topics, encodeTxnOffsetCommitRequestTopic, version);
  if (flexible) writer.noTaggedFields();
}

function encodeTxnOffsetCommitRequestTopic(
  writer: Writer,
  message: TxnOffsetCommitRequestTopic,
  version: number,
): void {
  const flexible = version >= 3;
  writer.string(flexible, message.name);
  writer.array(flexible, message.partitions, encodeTxnOffsetCommitRequestPartition, version);
  if (flexible) writer.noTaggedFields();
}

function encodeTxnOffsetCommitRequestPartition(
  writer: Writer,
  message: TxnOffsetCommitRequestPartition,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int32(message.partitionIndex);
  writer.int64(message.committedOffset);
  if (version >= 2) writer.int32(message.committedLeaderEpoch);
  writer.nullableString(flexible, message.committedMetadata);
  if (flexible) writer.noTaggedFields();
}
