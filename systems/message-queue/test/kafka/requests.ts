// Requests that tests send often.

import { encodeApiVersionsRequest } from '../../src/kafka/messages/api-versions-request.ts';
import { decodeApiVersionsResponse } from '../../src/kafka/messages/api-versions-response.ts';
import { encodeFetchRequest, type FetchRequest } from '../../src/kafka/messages/fetch-request.ts';
import { decodeFetchResponse } from '../../src/kafka/messages/fetch-response.ts';
import { encodeMetadataRequest } from '../../src/kafka/messages/metadata-request.ts';
import { decodeMetadataResponse } from '../../src/kafka/messages/metadata-response.ts';
import { encodeProduceRequest } from '../../src/kafka/messages/produce-request.ts';
import { decodeProduceResponse } from '../../src/kafka/messages/produce-response.ts';
import { zeroUuid } from '../../src/kafka/wire/values.ts';
import { testBatch } from './batches.ts';

export function apiVersions(version = 0) {
  const request = { clientSoftwareName: 'test', clientSoftwareVersion: '1' };
  return { version, request, encode: encodeApiVersionsRequest, decode: decodeApiVersionsResponse };
}

export function metadata(names: readonly string[] | null, version = 9) {
  const topics = names?.map((name) => ({ name, topicId: zeroUuid })) ?? null;
  const request = {
    topics,
    allowAutoTopicCreation: true,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: version >= 8,
  };
  return { version, request, encode: encodeMetadataRequest, decode: decodeMetadataResponse };
}

export function produce(
  topic: string,
  {
    acks = -1,
    batch = testBatch(),
    partition = 0,
    transactionalId = null,
  }: { acks?: number; batch?: Uint8Array; partition?: number; transactionalId?: string | null } = {},
) {
  const partitionData = [{ index: partition, records: [batch] }];
  const topicData = [{ name: topic, topicId: zeroUuid, partitionData }];
  const request = { transactionalId, acks, timeoutMs: 1_000, topicData };
  return { version: 9, request, encode: encodeProduceRequest, decode: decodeProduceResponse };
}

export type FetchWish = {
  readonly topic: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly partitionMaxBytes?: number;
};

export function fetch(
  wishes: readonly FetchWish[],
  options: Partial<
    Pick<
      FetchRequest,
      | 'maxWaitMs'
      | 'minBytes'
      | 'maxBytes'
      | 'isolationLevel'
      | 'sessionId'
      | 'sessionEpoch'
      | 'forgottenTopicsData'
    >
  > = {},
) {
  const topics = wishes.map(({ topic, partition = 0, offset = 0, partitionMaxBytes = 1_048_576 }) => ({
    topic,
    topicId: zeroUuid,
    partitions: [
      {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: offset,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        partitionMaxBytes,
        replicaDirectoryId: zeroUuid,
        highWatermark: 2 ** 63,
      },
    ],
  }));
  const request: FetchRequest = {
    clusterId: null,
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    forgottenTopicsData: [],
    rackId: '',
    ...options,
    topics,
  };
  return { version: 12, request, encode: encodeFetchRequest, decode: decodeFetchResponse };
}
