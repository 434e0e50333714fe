// The table of handlers: which API is served by what. What coordinators serve is added by their owners.

import { type FetchParts, fetchHandler } from '../fetch/fetch.ts';
import type { QuotaName } from '../quotas/quota-entity.ts';
import { type AclParts, createAclsHandler, deleteAclsHandler, describeAclsHandler } from './acls.ts';
import { alterClientQuotasHandler, describeClientQuotasHandler, type QuotaParts } from './client-quotas.ts';
import { describeClusterHandler, findCoordinatorHandler } from './cluster.ts';
import {
  alterConfigsHandler,
  describeConfigsHandler,
  incrementalAlterConfigsHandler,
  listConfigResourcesHandler,
} from './configs.ts';
import { describeTopicPartitionsHandler } from './describe-topic-partitions.ts';
import type { HandlerContext, Handlers } from './handler.ts';
import { listOffsetsHandler } from './list-offsets.ts';
import {
  deleteRecordsHandler,
  describeLogDirsHandler,
  describeProducersHandler,
  offsetForLeaderEpochHandler,
} from './logs.ts';
import { metadataHandler } from './metadata.ts';
import { type ProduceParts, produceHandler } from './produce.ts';
import { alterScramHandler, describeScramHandler, type ScramParts } from './scram-credentials.ts';
import { createPartitionsHandler, createTopicsHandler, deleteTopicsHandler } from './topic-changes.ts';

export type HandlerParts = Omit<ProduceParts & FetchParts, 'throttle'> & AclParts & QuotaParts & ScramParts;

export function createHandlers(parts: HandlerParts): Handlers {
  const throttle = (quota: QuotaName) => (context: HandlerContext, bytes: number) =>
    parts.quotas.take(quota, { user: context.access.principal.name, client: context.clientId, bytes });
  return {
    produce: produceHandler({ ...parts, throttle: throttle('producer_byte_rate') }),
    fetch: fetchHandler({ ...parts, throttle: throttle('consumer_byte_rate') }),
    listOffsets: listOffsetsHandler(parts),
    metadata: metadataHandler(parts),
    describeCluster: describeClusterHandler(parts),
    findCoordinator: findCoordinatorHandler(parts),
    describeTopicPartitions: describeTopicPartitionsHandler(parts),
    createTopics: createTopicsHandler(parts),
    deleteTopics: deleteTopicsHandler(parts),
    createPartitions: createPartitionsHandler(parts),
    describeConfigs: describeConfigsHandler(parts),
    alterConfigs: alterConfigsHandler(parts),
    incrementalAlterConfigs: incrementalAlterConfigsHandler(parts),
    listConfigResources: listConfigResourcesHandler(parts),
    describeLogDirs: describeLogDirsHandler(parts),
    deleteRecords: deleteRecordsHandler(parts),
    offsetForLeaderEpoch: offsetForLeaderEpochHandler(parts),
    describeProducers: describeProducersHandler(parts),
    describeAcls: describeAclsHandler(parts),
    createAcls: createAclsHandler(parts),
    deleteAcls: deleteAclsHandler(parts),
    describeClientQuotas: describeClientQuotasHandler(parts),
    alterClientQuotas: alterClientQuotasHandler(parts),
    describeUserScramCredentials: describeScramHandler(parts),
    alterUserScramCredentials: alterScramHandler(),
  };
}
