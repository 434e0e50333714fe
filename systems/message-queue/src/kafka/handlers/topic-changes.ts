// CreateTopics, DeleteTopics, CreatePartitions. Each topic of a request stands for itself: what one is refused for does
// not hold up the others, which go side by side.

import { settingNames } from '../../broker/topics/setting-definitions.ts';
import type { Topic } from '../../broker/topics/topic.ts';
import { TopicsError } from '../../broker/topics/topics-error.ts';
import type { CreatePartitionsTopic } from '../messages/create-partitions-request.ts';
import type { CreatableTopic } from '../messages/create-topics-request.ts';
import type { CreatableTopicResult } from '../messages/create-topics-response.ts';
import type { DeleteTopicState } from '../messages/delete-topics-request.ts';
import type { DeletableTopicResult } from '../messages/delete-topics-response.ts';
import { zeroUuid } from '../wire/values.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import { synonymsOf } from './config-entries.ts';
import { mayLetterTo, newDeadLetterTopic } from './dead-letter-access.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { findTopic } from './partitions.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

export function createTopicsHandler(parts: BrokerParts): Handler<'createTopics'> {
  return async ({ topics: wanted, validateOnly }, context) => {
    const twice = namedTwice(wanted.map(({ name }) => name));
    const create = async (topic: CreatableTopic): Promise<CreatableTopicResult> => {
      if (twice.has(topic.name))
        return { name: topic.name, ...refusal('INVALID_REQUEST', 'the topic is named twice') };
      if (!(await mayCreate(topic.name, context)))
        return { name: topic.name, ...refusal('TOPIC_AUTHORIZATION_FAILED') };
      return createTopic(topic, { validateOnly, parts, context });
    };
    return { throttleTimeMs: 0, topics: await Promise.all(wanted.map(create)) };
  };
}

export async function mayCreate(name: string, { access }: HandlerContext): Promise<boolean> {
  return (await access.allowsCluster('create')) || (await access.allows('topic', name, 'create'));
}

async function createTopic(
  wanted: CreatableTopic,
  { validateOnly, parts, context }: { validateOnly: boolean; parts: BrokerParts; context: HandlerContext },
): Promise<CreatableTopicResult> {
  const { name } = wanted;
  try {
    const texts = Object.fromEntries(wanted.configs.map(({ name, value }) => [name, value]));
    if (!(await mayLetterTo(newDeadLetterTopic(texts), context.access)))
      throw new TopicsError(
        'TOPIC_AUTHORIZATION_FAILED',
        'its dead letters would go where you may not write',
      );
    const wish = { name, partitionCount: partitionsOf(wanted), texts };
    const made = validateOnly ? undefined : await parts.topics.create(wish);
    const valid = made ?? { ...parts.topics.validate(wish), topicId: zeroUuid };
    const { partitionCount, topicId } = valid;
    const common = { name, topicId, ...noError, numPartitions: partitionCount, replicationFactor: 1 };
    if (context.version < 5) return { name, topicId, ...noError };
    if (!(await context.access.allows('topic', name, 'describeConfigs')))
      return {
        name,
        topicId,
        ...noError,
        topicConfigErrorCode: refusal('TOPIC_AUTHORIZATION_FAILED').errorCode,
        configs: null,
      };
    return { ...common, configs: configsOf(valid, parts) };
  } catch (error) {
    return { name, ...refusalOf(error, parts.log), configs: null };
  }
}

/** Undefined is the broker's default. */
function partitionsOf({ numPartitions, replicationFactor, assignments }: CreatableTopic): number | undefined {
  if (assignments.length === 0) {
    if (replicationFactor !== -1 && replicationFactor !== 1)
      throw new TopicsError('INVALID_REPLICATION_FACTOR', `there is 1 broker, not ${replicationFactor}`);
    // 0 is no number of partitions either: only -1 asks for the default.
    return numPartitions === -1 ? undefined : numPartitions;
  }
  if (numPartitions !== -1 || replicationFactor !== -1)
    throw new TopicsError(
      'INVALID_REQUEST',
      'replicas are assigned, so neither partitions nor replicas are counted',
    );
  const sorted = assignments.toSorted((left, right) => left.partitionIndex - right.partitionIndex);
  for (const [index, { partitionIndex, brokerIds }] of sorted.entries()) {
    if (partitionIndex !== index)
      throw new TopicsError(
        'INVALID_REPLICA_ASSIGNMENT',
        'partitions are to be numbered from 0 without a gap',
      );
    requireThisBroker(brokerIds);
  }
  return sorted.length;
}

function requireThisBroker(brokerIds: readonly number[]): void {
  if (brokerIds.length === 1 && brokerIds[0] === nodeId) return;
  throw new TopicsError('INVALID_REPLICA_ASSIGNMENT', `a partition can only be assigned to broker ${nodeId}`);
}

function configsOf(
  { texts }: Pick<Topic, 'texts'>,
  { topics }: BrokerParts,
): CreatableTopicResult['configs'] {
  return settingNames.map((name) => {
    const [{ value, source: configSource }] = synonymsOf(name, texts, topics.configs);
    return { name, value, readOnly: false, configSource, isSensitive: false };
  });
}

export function deleteTopicsHandler(parts: BrokerParts): Handler<'deleteTopics'> {
  return async ({ topics: states, topicNames }, context) => {
    const wanted = context.version >= 6 ? states : topicNames.map((name) => ({ name, topicId: zeroUuid }));
    const responses = await Promise.all(wanted.map((state) => deleteTopic(state, { parts, context })));
    return { throttleTimeMs: 0, responses };
  };
}

async function deleteTopic(
  { name, topicId }: DeleteTopicState,
  { parts, context }: { parts: BrokerParts; context: HandlerContext },
): Promise<DeletableTopicResult> {
  if (name !== null && topicId !== zeroUuid)
    return { name, topicId, ...refusal('INVALID_REQUEST', 'a topic is named or identified, not both') };
  const reference = { name: name ?? '', topicId };
  const found = await findTopic(reference, 'delete', { topics: parts.topics, access: context.access });
  if ('code' in found) return { name, topicId, ...refusal(found.code) };
  const { topic } = found;
  try {
    await parts.topics.delete(topic);
    return { name: topic.name, topicId: topic.topicId, ...noError };
  } catch (error) {
    return { name: topic.name, topicId: topic.topicId, ...refusalOf(error, parts.log) };
  }
}

export function createPartitionsHandler(parts: BrokerParts): Handler<'createPartitions'> {
  return async ({ topics: wanted, validateOnly }, context) => {
    const twice = namedTwice(wanted.map(({ name }) => name));
    const add = async (topic: CreatePartitionsTopic) => {
      const { name } = topic;
      if (twice.has(name)) return { name, ...refusal('INVALID_REQUEST', 'the topic is named twice') };
      return { name, ...(await addPartitions(topic, { validateOnly, parts, context })) };
    };
    return { throttleTimeMs: 0, results: await Promise.all(wanted.map(add)) };
  };
}

async function addPartitions(
  { name, count, assignments }: CreatePartitionsTopic,
  { validateOnly, parts, context }: { validateOnly: boolean; parts: BrokerParts; context: HandlerContext },
): Promise<Refusal> {
  const found = await findTopic({ name }, 'alter', { topics: parts.topics, access: context.access });
  if ('code' in found) return refusal(found.code);
  const { topic } = found;
  try {
    parts.topics.validatePartitions(topic, count);
    if (assignments !== null && assignments.length !== count - topic.partitionCount)
      return refusal('INVALID_REPLICA_ASSIGNMENT', `${count - topic.partitionCount} assignments are wanted`);
    for (const { brokerIds } of assignments ?? []) requireThisBroker(brokerIds);
    if (!validateOnly) await parts.topics.addPartitions(topic, count);
    return noError;
  } catch (error) {
    return refusalOf(error, parts.log);
  }
}

function namedTwice(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.size === seen.add(name).size));
}
