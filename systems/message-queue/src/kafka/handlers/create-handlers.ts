// The table of handlers: which API is served by what. What coordinators serve is added by their owners.

import { type FetchParts, fetchHandler } from '../fetch/fetch.ts';
import { describeClusterHandler, findCoordinatorHandler } from './cluster.ts';
import {
  alterConfigsHandler,
  describeConfigsHandler,
  incrementalAlterConfigsHandler,
  listConfigResourcesHandler,
} from './configs.ts';
import { describeTopicPartitionsHandler } from './describe-topic-partitions.ts';
import type { Handlers } from './handler.ts';
import { listOffsetsHandler } from './list-offsets.ts';
import {
  deleteRecordsHandler,
  describeLogDirsHandler,
  describeProducersHandler,
  offsetForLeaderEpochHandler,
} from './logs.ts';
import { metadataHandler } from './metadata.ts';
import { type ProduceParts, produceHandler } from './produce.ts';
import { createPartitionsHandler, createTopicsHandler, deleteTopicsHandler } from './topic-changes.ts';

export type HandlerParts = ProduceParts & FetchParts;

export function createHandlers(parts: HandlerParts): Handlers {
  return {
    produce: produceHandler(parts),
    fetch: fetchHandler(parts),
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
  };
}
