// ConsumerProtocolSubscription, versions 0 to 3, none is flexible.
//
// Written by `npm run kafka-messages` from Apache Kafka's ConsumerProtocolSubscription.json (Apache License 2.0). Not to be edited.

import { type Reader, readInt32, readString } from '../wire/reader.ts';
import { type Writer, writeInt32, writeString } from '../wire/writer.ts';

export type ConsumerProtocolSubscription = {
  /** The topics that the member wants to consume. */
  readonly topics: readonly string[];
  /** User data that will be passed back to the consumer. */
  readonly userData: Uint8Array | null;
  /** The partitions that the member owns. */
  readonly ownedPartitions: readonly TopicPartition[];
  /** The generation id of the member. */
  readonly generationId: number;
  /** The rack id of the member. */
  readonly rackId: string | null;
};

export type TopicPartition = {
  /** The topic name. */
  readonly topic: string;
  /** The partition ids. */
  readonly partitions: readonly number[];
};

export function decodeConsumerProtocolSubscription(
  reader: Reader,
  version: number,
): ConsumerProtocolSubscription {
  const topics = reader.array(false, readString, version);
  const userData = reader.nullableBytes(false);
  let ownedPartitions: ConsumerProtocolSubscription['ownedPartitions'] = [];
  if (version >= 1) ownedPartitions = reader.array(false, decodeTopicPartition, version);
  let generationId: ConsumerProtocolSubscription['generationId'] = -1;
  if (version >= 2) generationId = reader.int32();
  let rackId: ConsumerProtocolSubscription['rackId'] = null;
  if (version >= 3) rackId = reader.nullableString(false);
  return { topics, userData, ownedPartitions, generationId, rackId };
}

function decodeTopicPartition(reader: Reader, version: number): TopicPartition {
  const topic = reader.string(false);
  const partitions = reader.array(false, readInt32, version);
  return { topic, partitions };
}

export function encodeConsumerProtocolSubscription(
  writer: Writer,
  message: ConsumerProtocolSubscription,
  version: number,
): void {
  writer.array(false, message.topics, writeString, version);
  writer.nullableBytes(false, message.userData);
  if (version >= 1) writer.array(false, message.ownedPartitions, encodeTopicPartition, version);
  if (version >= 2) writer.int32(message.generationId);
  if (version >= 3) writer.nullableString(false, message.rackId);
}

function encodeTopicPartition(writer: Writer, message: TopicPartition, version: number): void {
  writer.string(false, message.topic);
  writer.array(false, message.partitions, writeInt32, version);
}
