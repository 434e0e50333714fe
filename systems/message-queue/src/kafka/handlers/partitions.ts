// Finds the partitions that a request names, and asks whether the client may: what most handlers begin with.

import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import type { KafkaErrorCode } from '../../errors.ts';
import { type Known, whenKnown } from '../../when-known.ts';
import type { Operation } from '../security/operations.ts';
import { type Uuid, zeroUuid } from '../wire/values.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { HandlerContext } from './handler.ts';

/** By name, or by id where the version has ids. */
export type TopicReference = { readonly name: string; readonly topicId?: Uuid | undefined };

export type FoundTopic = { readonly topic: Topic } | { readonly code: KafkaErrorCode };

/** What a client must not know of, by name, is refused whether it is there or not; by id, as if it were not there. */
export function findTopic(
  { name, topicId = zeroUuid }: TopicReference,
  operation: Operation,
  { topics, access }: Finding,
): Known<FoundTopic> {
  if (topicId !== zeroUuid) return findById(topicId, operation, { topics, access });
  return whenKnown(access.allows('topic', name, operation), (isAllowed): FoundTopic => {
    if (!isAllowed) return { code: 'TOPIC_AUTHORIZATION_FAILED' };
    const topic = topics.find(name);
    return topic === undefined ? { code: 'UNKNOWN_TOPIC_OR_PARTITION' } : { topic };
  });
}

type Finding = Pick<BrokerParts, 'topics'> & Pick<HandlerContext, 'access'>;

function findById(topicId: Uuid, operation: Operation, { topics, access }: Finding): Known<FoundTopic> {
  const topic = topics.findById(topicId);
  if (topic === undefined) return { code: 'UNKNOWN_TOPIC_ID' };
  return whenKnown(access.allows('topic', topic.name, operation), (isAllowed): Known<FoundTopic> => {
    if (isAllowed) return { topic };
    return whenKnown(access.allows('topic', topic.name, 'describe'), (isSeen): FoundTopic => {
      return { code: isSeen ? 'TOPIC_AUTHORIZATION_FAILED' : 'UNKNOWN_TOPIC_ID' };
    });
  });
}

export function hasPartition({ partitionCount }: Topic, index: number): boolean {
  return index >= 0 && index < partitionCount;
}

/** What is wrong with the leader epoch that a client knows; -1 is none. */
export function faultOfEpoch(partition: OpenPartition, clientEpoch: number): KafkaErrorCode | undefined {
  if (clientEpoch === -1 || clientEpoch === partition.leaderEpoch) return undefined;
  return clientEpoch < partition.leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH';
}
