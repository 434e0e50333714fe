// Metadata: the broker, and topics with their partitions. A topic that is not there is made, where the client, its request
// and the configuration want it.

import type { Topic } from '../../broker/topics/topic.ts';
import { faultOfTopicName } from '../../broker/topics/topic-name.ts';
import { TopicsError } from '../../broker/topics/topics-error.ts';
import { type KafkaErrorCode, kafkaErrors } from '../../errors.ts';
import type { MetadataRequest, MetadataRequestTopic } from '../messages/metadata-request.ts';
import type { MetadataResponse, MetadataResponseTopic } from '../messages/metadata-response.ts';
import { zeroUuid } from '../wire/values.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import { brokerAddress } from './cluster.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { findTopic } from './partitions.ts';
import { refusalOf } from './refusals.ts';

/** That nobody asked for them. */
const noOperations = -(2 ** 31);

export function metadataHandler(parts: BrokerParts): Handler<'metadata'> {
  return async (request, context): Promise<MetadataResponse> => {
    const topics = await describedTopics(request, { parts, context });
    const isAsked = request.includeClusterAuthorizedOperations;
    return {
      brokers: [{ nodeId, ...brokerAddress(parts, context), rack: null }],
      clusterId: parts.clusterId,
      controllerId: nodeId,
      topics,
      clusterAuthorizedOperations: isAsked ? await context.access.operations('cluster', '') : noOperations,
    };
  };
}

type Asking = {
  readonly parts: BrokerParts;
  readonly context: HandlerContext;
};

async function describedTopics(
  request: MetadataRequest,
  { parts, context }: Asking,
): Promise<readonly MetadataResponseTopic[]> {
  const { topics: wanted, includeTopicAuthorizedOperations } = request;
  const describe = (topic: Topic) =>
    describeTopic(topic, { parts, context, includeTopicAuthorizedOperations });
  // Version 0 has no null: no names mean all.
  if (wanted === null || (context.version === 0 && wanted.length === 0)) {
    const visible: MetadataResponseTopic[] = [];
    for (const topic of parts.topics.all())
      if (await context.access.allows('topic', topic.name, 'describe')) visible.push(await describe(topic));
    return visible;
  }
  const described: MetadataResponseTopic[] = [];
  for (const reference of wanted) {
    const found = await findOrCreate(reference, request, { parts, context });
    described.push(
      'topic' in found ? await describe(found.topic) : unknownTopic(reference, found.code, context.version),
    );
  }
  return described;
}

async function findOrCreate(
  { name, topicId }: MetadataRequestTopic,
  { allowAutoTopicCreation }: MetadataRequest,
  { parts, context }: Asking,
): Promise<{ topic: Topic } | { code: KafkaErrorCode }> {
  const reference = { name: name ?? '', topicId: name === null ? topicId : zeroUuid };
  const found = await findTopic(reference, 'describe', { topics: parts.topics, access: context.access });
  if ('topic' in found || found.code !== 'UNKNOWN_TOPIC_OR_PARTITION' || name === null) return found;
  if (faultOfTopicName(name) !== undefined) return { code: 'INVALID_TOPIC_EXCEPTION' };
  // Version 3 and before cannot say that they do not want it.
  if (!parts.autoCreateTopics || !(allowAutoTopicCreation || context.version < 4)) return found;
  const { access } = context;
  if (!((await access.allowsCluster('create')) || (await access.allows('topic', name, 'create'))))
    return { code: 'TOPIC_AUTHORIZATION_FAILED' };
  return create(name, parts);
}

async function create(
  name: string,
  { topics, log }: BrokerParts,
): Promise<{ topic: Topic } | { code: KafkaErrorCode }> {
  try {
    return { topic: await topics.create({ name }) };
  } catch (error) {
    const existing = topics.find(name);
    // Somebody else made it meanwhile.
    if (existing !== undefined) return { topic: existing };
    if (error instanceof TopicsError) return { code: error.code };
    refusalOf(error, log);
    return { code: 'UNKNOWN_SERVER_ERROR' };
  }
}

async function describeTopic(
  topic: Topic,
  {
    parts,
    context,
    includeTopicAuthorizedOperations,
  }: Asking & { includeTopicAuthorizedOperations: boolean },
): Promise<MetadataResponseTopic> {
  const { leaderEpoch } = parts.topics;
  const { name, topicId, partitionCount } = topic;
  const partitions = Array.from({ length: partitionCount }, (_, partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId: nodeId,
    leaderEpoch,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    offlineReplicas: [],
  }));
  const topicAuthorizedOperations = includeTopicAuthorizedOperations
    ? await context.access.operations('topic', name)
    : noOperations;
  return { errorCode: 0, name, topicId, isInternal: false, partitions, topicAuthorizedOperations };
}

function unknownTopic(
  { name, topicId }: MetadataRequestTopic,
  code: KafkaErrorCode,
  version: number,
): MetadataResponseTopic {
  return {
    errorCode: kafkaErrors[code].code,
    // Versions before have no null.
    name: name ?? (version >= 12 ? null : ''),
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: noOperations,
  };
}
