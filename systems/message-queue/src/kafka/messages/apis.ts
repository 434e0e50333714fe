// Every API of Kafka that the broker knows, by name: its key, the versions of Kafka 4.3, and its codecs.
//
// Written by `npm run kafka-messages`. Not to be edited.

import { decodeAddOffsetsToTxnRequest } from './add-offsets-to-txn-request.ts';
import { encodeAddOffsetsToTxnResponse } from './add-offsets-to-txn-response.ts';
import { decodeAddPartitionsToTxnRequest } from './add-partitions-to-txn-request.ts';
import { encodeAddPartitionsToTxnResponse } from './add-partitions-to-txn-response.ts';
import { decodeAlterClientQuotasRequest } from './alter-client-quotas-request.ts';
import { encodeAlterClientQuotasResponse } from './alter-client-quotas-response.ts';
import { decodeAlterConfigsRequest } from './alter-configs-request.ts';
import { encodeAlterConfigsResponse } from './alter-configs-response.ts';
import { decodeAlterUserScramCredentialsRequest } from './alter-user-scram-credentials-request.ts';
import { encodeAlterUserScramCredentialsResponse } from './alter-user-scram-credentials-response.ts';
import { decodeApiVersionsRequest } from './api-versions-request.ts';
import { encodeApiVersionsResponse } from './api-versions-response.ts';
import { decodeConsumerGroupDescribeRequest } from './consumer-group-describe-request.ts';
import { encodeConsumerGroupDescribeResponse } from './consumer-group-describe-response.ts';
import { decodeConsumerGroupHeartbeatRequest } from './consumer-group-heartbeat-request.ts';
import { encodeConsumerGroupHeartbeatResponse } from './consumer-group-heartbeat-response.ts';
import { decodeCreateAclsRequest } from './create-acls-request.ts';
import { encodeCreateAclsResponse } from './create-acls-response.ts';
import { decodeCreatePartitionsRequest } from './create-partitions-request.ts';
import { encodeCreatePartitionsResponse } from './create-partitions-response.ts';
import { decodeCreateTopicsRequest } from './create-topics-request.ts';
import { encodeCreateTopicsResponse } from './create-topics-response.ts';
import { decodeDeleteAclsRequest } from './delete-acls-request.ts';
import { encodeDeleteAclsResponse } from './delete-acls-response.ts';
import { decodeDeleteGroupsRequest } from './delete-groups-request.ts';
import { encodeDeleteGroupsResponse } from './delete-groups-response.ts';
import { decodeDeleteRecordsRequest } from './delete-records-request.ts';
import { encodeDeleteRecordsResponse } from './delete-records-response.ts';
import { decodeDeleteTopicsRequest } from './delete-topics-request.ts';
import { encodeDeleteTopicsResponse } from './delete-topics-response.ts';
import { decodeDescribeAclsRequest } from './describe-acls-request.ts';
import { encodeDescribeAclsResponse } from './describe-acls-response.ts';
import { decodeDescribeClientQuotasRequest } from './describe-client-quotas-request.ts';
import { encodeDescribeClientQuotasResponse } from './describe-client-quotas-response.ts';
import { decodeDescribeClusterRequest } from './describe-cluster-request.ts';
import { encodeDescribeClusterResponse } from './describe-cluster-response.ts';
import { decodeDescribeConfigsRequest } from './describe-configs-request.ts';
import { encodeDescribeConfigsResponse } from './describe-configs-response.ts';
import { decodeDescribeGroupsRequest } from './describe-groups-request.ts';
import { encodeDescribeGroupsResponse } from './describe-groups-response.ts';
import { decodeDescribeLogDirsRequest } from './describe-log-dirs-request.ts';
import { encodeDescribeLogDirsResponse } from './describe-log-dirs-response.ts';
import { decodeDescribeProducersRequest } from './describe-producers-request.ts';
import { encodeDescribeProducersResponse } from './describe-producers-response.ts';
import { decodeDescribeTopicPartitionsRequest } from './describe-topic-partitions-request.ts';
import { encodeDescribeTopicPartitionsResponse } from './describe-topic-partitions-response.ts';
import { decodeDescribeTransactionsRequest } from './describe-transactions-request.ts';
import { encodeDescribeTransactionsResponse } from './describe-transactions-response.ts';
import { decodeDescribeUserScramCredentialsRequest } from './describe-user-scram-credentials-request.ts';
import { encodeDescribeUserScramCredentialsResponse } from './describe-user-scram-credentials-response.ts';
import { decodeEndTxnRequest } from './end-txn-request.ts';
import { encodeEndTxnResponse } from './end-txn-response.ts';
import { decodeFetchRequest } from './fetch-request.ts';
import { encodeFetchResponse } from './fetch-response.ts';
import { decodeFindCoordinatorRequest } from './find-coordinator-request.ts';
import { encodeFindCoordinatorResponse } from './find-coordinator-response.ts';
import { decodeHeartbeatRequest } from './heartbeat-request.ts';
import { encodeHeartbeatResponse } from './heartbeat-response.ts';
import { decodeIncrementalAlterConfigsRequest } from './incremental-alter-configs-request.ts';
import { encodeIncrementalAlterConfigsResponse } from './incremental-alter-configs-response.ts';
import { decodeInitProducerIdRequest } from './init-producer-id-request.ts';
import { encodeInitProducerIdResponse } from './init-producer-id-response.ts';
import { decodeJoinGroupRequest } from './join-group-request.ts';
import { encodeJoinGroupResponse } from './join-group-response.ts';
import { decodeLeaveGroupRequest } from './leave-group-request.ts';
import { encodeLeaveGroupResponse } from './leave-group-response.ts';
import { decodeListConfigResourcesRequest } from './list-config-resources-request.ts';
import { encodeListConfigResourcesResponse } from './list-config-resources-response.ts';
import { decodeListGroupsRequest } from './list-groups-request.ts';
import { encodeListGroupsResponse } from './list-groups-response.ts';
import { decodeListOffsetsRequest } from './list-offsets-request.ts';
import { encodeListOffsetsResponse } from './list-offsets-response.ts';
import { decodeListTransactionsRequest } from './list-transactions-request.ts';
import { encodeListTransactionsResponse } from './list-transactions-response.ts';
import { decodeMetadataRequest } from './metadata-request.ts';
import { encodeMetadataResponse } from './metadata-response.ts';
import { decodeOffsetCommitRequest } from './offset-commit-request.ts';
import { encodeOffsetCommitResponse } from './offset-commit-response.ts';
import { decodeOffsetDeleteRequest } from './offset-delete-request.ts';
import { encodeOffsetDeleteResponse } from './offset-delete-response.ts';
import { decodeOffsetFetchRequest } from './offset-fetch-request.ts';
import { encodeOffsetFetchResponse } from './offset-fetch-response.ts';
import { decodeOffsetForLeaderEpochRequest } from './offset-for-leader-epoch-request.ts';
import { encodeOffsetForLeaderEpochResponse } from './offset-for-leader-epoch-response.ts';
import { decodeProduceRequest } from './produce-request.ts';
import { encodeProduceResponse } from './produce-response.ts';
import { decodeSaslAuthenticateRequest } from './sasl-authenticate-request.ts';
import { encodeSaslAuthenticateResponse } from './sasl-authenticate-response.ts';
import { decodeSaslHandshakeRequest } from './sasl-handshake-request.ts';
import { encodeSaslHandshakeResponse } from './sasl-handshake-response.ts';
import { decodeSyncGroupRequest } from './sync-group-request.ts';
import { encodeSyncGroupResponse } from './sync-group-response.ts';
import { decodeTxnOffsetCommitRequest } from './txn-offset-commit-request.ts';
import { encodeTxnOffsetCommitResponse } from './txn-offset-commit-response.ts';

export const apis = {
  produce: {
    key: 0,
    versionMin: 3,
    versionMax: 13,
    flexibleFrom: 9,
    decodeRequest: decodeProduceRequest,
    encodeResponse: encodeProduceResponse,
  },
  fetch: {
    key: 1,
    versionMin: 4,
    versionMax: 18,
    flexibleFrom: 12,
    decodeRequest: decodeFetchRequest,
    encodeResponse: encodeFetchResponse,
  },
  listOffsets: {
    key: 2,
    versionMin: 1,
    versionMax: 11,
    flexibleFrom: 6,
    decodeRequest: decodeListOffsetsRequest,
    encodeResponse: encodeListOffsetsResponse,
  },
  metadata: {
    key: 3,
    versionMin: 0,
    versionMax: 13,
    flexibleFrom: 9,
    decodeRequest: decodeMetadataRequest,
    encodeResponse: encodeMetadataResponse,
  },
  offsetCommit: {
    key: 8,
    versionMin: 2,
    versionMax: 10,
    flexibleFrom: 8,
    decodeRequest: decodeOffsetCommitRequest,
    encodeResponse: encodeOffsetCommitResponse,
  },
  offsetFetch: {
    key: 9,
    versionMin: 1,
    versionMax: 10,
    flexibleFrom: 6,
    decodeRequest: decodeOffsetFetchRequest,
    encodeResponse: encodeOffsetFetchResponse,
  },
  findCoordinator: {
    key: 10,
    versionMin: 0,
    versionMax: 6,
    flexibleFrom: 3,
    decodeRequest: decodeFindCoordinatorRequest,
    encodeResponse: encodeFindCoordinatorResponse,
  },
  joinGroup: {
    key: 11,
    versionMin: 0,
    versionMax: 9,
    flexibleFrom: 6,
    decodeRequest: decodeJoinGroupRequest,
    encodeResponse: encodeJoinGroupResponse,
  },
  heartbeat: {
    key: 12,
    versionMin: 0,
    versionMax: 4,
    flexibleFrom: 4,
    decodeRequest: decodeHeartbeatRequest,
    encodeResponse: encodeHeartbeatResponse,
  },
  leaveGroup: {
    key: 13,
    versionMin: 0,
    versionMax: 5,
    flexibleFrom: 4,
    decodeRequest: decodeLeaveGroupRequest,
    encodeResponse: encodeLeaveGroupResponse,
  },
  syncGroup: {
    key: 14,
    versionMin: 0,
    versionMax: 5,
    flexibleFrom: 4,
    decodeRequest: decodeSyncGroupRequest,
    encodeResponse: encodeSyncGroupResponse,
  },
  describeGroups: {
    key: 15,
    versionMin: 0,
    versionMax: 6,
    flexibleFrom: 5,
    decodeRequest: decodeDescribeGroupsRequest,
    encodeResponse: encodeDescribeGroupsResponse,
  },
  listGroups: {
    key: 16,
    versionMin: 0,
    versionMax: 5,
    flexibleFrom: 3,
    decodeRequest: decodeListGroupsRequest,
    encodeResponse: encodeListGroupsResponse,
  },
  saslHandshake: {
    key: 17,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: Number.POSITIVE_INFINITY,
    decodeRequest: decodeSaslHandshakeRequest,
    encodeResponse: encodeSaslHandshakeResponse,
  },
  apiVersions: {
    key: 18,
    versionMin: 0,
    versionMax: 4,
    flexibleFrom: 3,
    decodeRequest: decodeApiVersionsRequest,
    encodeResponse: encodeApiVersionsResponse,
  },
  createTopics: {
    key: 19,
    versionMin: 2,
    versionMax: 7,
    flexibleFrom: 5,
    decodeRequest: decodeCreateTopicsRequest,
    encodeResponse: encodeCreateTopicsResponse,
  },
  deleteTopics: {
    key: 20,
    versionMin: 1,
    versionMax: 6,
    flexibleFrom: 4,
    decodeRequest: decodeDeleteTopicsRequest,
    encodeResponse: encodeDeleteTopicsResponse,
  },
  deleteRecords: {
    key: 21,
    versionMin: 0,
    versionMax: 2,
    flexibleFrom: 2,
    decodeRequest: decodeDeleteRecordsRequest,
    encodeResponse: encodeDeleteRecordsResponse,
  },
  initProducerId: {
    key: 22,
    versionMin: 0,
    versionMax: 6,
    flexibleFrom: 2,
    decodeRequest: decodeInitProducerIdRequest,
    encodeResponse: encodeInitProducerIdResponse,
  },
  offsetForLeaderEpoch: {
    key: 23,
    versionMin: 2,
    versionMax: 4,
    flexibleFrom: 4,
    decodeRequest: decodeOffsetForLeaderEpochRequest,
    encodeResponse: encodeOffsetForLeaderEpochResponse,
  },
  addPartitionsToTxn: {
    key: 24,
    versionMin: 0,
    versionMax: 5,
    flexibleFrom: 3,
    decodeRequest: decodeAddPartitionsToTxnRequest,
    encodeResponse: encodeAddPartitionsToTxnResponse,
  },
  addOffsetsToTxn: {
    key: 25,
    versionMin: 0,
    versionMax: 4,
    flexibleFrom: 3,
    decodeRequest: decodeAddOffsetsToTxnRequest,
    encodeResponse: encodeAddOffsetsToTxnResponse,
  },
  endTxn: {
    key: 26,
    versionMin: 0,
    versionMax: 5,
    flexibleFrom: 3,
    decodeRequest: decodeEndTxnRequest,
    encodeResponse: encodeEndTxnResponse,
  },
  txnOffsetCommit: {
    key: 28,
    versionMin: 0,
    versionMax: 5,
    flexibleFrom: 3,
    decodeRequest: decodeTxnOffsetCommitRequest,
    encodeResponse: encodeTxnOffsetCommitResponse,
  },
  describeAcls: {
    key: 29,
    versionMin: 1,
    versionMax: 3,
    flexibleFrom: 2,
    decodeRequest: decodeDescribeAclsRequest,
    encodeResponse: encodeDescribeAclsResponse,
  },
  createAcls: {
    key: 30,
    versionMin: 1,
    versionMax: 3,
    flexibleFrom: 2,
    decodeRequest: decodeCreateAclsRequest,
    encodeResponse: encodeCreateAclsResponse,
  },
  deleteAcls: {
    key: 31,
    versionMin: 1,
    versionMax: 3,
    flexibleFrom: 2,
    decodeRequest: decodeDeleteAclsRequest,
    encodeResponse: encodeDeleteAclsResponse,
  },
  describeConfigs: {
    key: 32,
    versionMin: 1,
    versionMax: 4,
    flexibleFrom: 4,
    decodeRequest: decodeDescribeConfigsRequest,
    encodeResponse: encodeDescribeConfigsResponse,
  },
  alterConfigs: {
    key: 33,
    versionMin: 0,
    versionMax: 2,
    flexibleFrom: 2,
    decodeRequest: decodeAlterConfigsRequest,
    encodeResponse: encodeAlterConfigsResponse,
  },
  describeLogDirs: {
    key: 35,
    versionMin: 1,
    versionMax: 5,
    flexibleFrom: 2,
    decodeRequest: decodeDescribeLogDirsRequest,
    encodeResponse: encodeDescribeLogDirsResponse,
  },
  saslAuthenticate: {
    key: 36,
    versionMin: 0,
    versionMax: 2,
    flexibleFrom: 2,
    decodeRequest: decodeSaslAuthenticateRequest,
    encodeResponse: encodeSaslAuthenticateResponse,
  },
  createPartitions: {
    key: 37,
    versionMin: 0,
    versionMax: 3,
    flexibleFrom: 2,
    decodeRequest: decodeCreatePartitionsRequest,
    encodeResponse: encodeCreatePartitionsResponse,
  },
  deleteGroups: {
    key: 42,
    versionMin: 0,
    versionMax: 2,
    flexibleFrom: 2,
    decodeRequest: decodeDeleteGroupsRequest,
    encodeResponse: encodeDeleteGroupsResponse,
  },
  incrementalAlterConfigs: {
    key: 44,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: 1,
    decodeRequest: decodeIncrementalAlterConfigsRequest,
    encodeResponse: encodeIncrementalAlterConfigsResponse,
  },
  offsetDelete: {
    key: 47,
    versionMin: 0,
    versionMax: 0,
    flexibleFrom: Number.POSITIVE_INFINITY,
    decodeRequest: decodeOffsetDeleteRequest,
    encodeResponse: encodeOffsetDeleteResponse,
  },
  describeClientQuotas: {
    key: 48,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: 1,
    decodeRequest: decodeDescribeClientQuotasRequest,
    encodeResponse: encodeDescribeClientQuotasResponse,
  },
  alterClientQuotas: {
    key: 49,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: 1,
    decodeRequest: decodeAlterClientQuotasRequest,
    encodeResponse: encodeAlterClientQuotasResponse,
  },
  describeUserScramCredentials: {
    key: 50,
    versionMin: 0,
    versionMax: 0,
    flexibleFrom: 0,
    decodeRequest: decodeDescribeUserScramCredentialsRequest,
    encodeResponse: encodeDescribeUserScramCredentialsResponse,
  },
  alterUserScramCredentials: {
    key: 51,
    versionMin: 0,
    versionMax: 0,
    flexibleFrom: 0,
    decodeRequest: decodeAlterUserScramCredentialsRequest,
    encodeResponse: encodeAlterUserScramCredentialsResponse,
  },
  describeCluster: {
    key: 60,
    versionMin: 0,
    versionMax: 2,
    flexibleFrom: 0,
    decodeRequest: decodeDescribeClusterRequest,
    encodeResponse: encodeDescribeClusterResponse,
  },
  describeProducers: {
    key: 61,
    versionMin: 0,
    versionMax: 0,
    flexibleFrom: 0,
    decodeRequest: decodeDescribeProducersRequest,
    encodeResponse: encodeDescribeProducersResponse,
  },
  describeTransactions: {
    key: 65,
    versionMin: 0,
    versionMax: 0,
    flexibleFrom: 0,
    decodeRequest: decodeDescribeTransactionsRequest,
    encodeResponse: encodeDescribeTransactionsResponse,
  },
  listTransactions: {
    key: 66,
    versionMin: 0,
    versionMax: 2,
    flexibleFrom: 0,
    decodeRequest: decodeListTransactionsRequest,
    encodeResponse: encodeListTransactionsResponse,
  },
  consumerGroupHeartbeat: {
    key: 68,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: 0,
    decodeRequest: decodeConsumerGroupHeartbeatRequest,
    encodeResponse: encodeConsumerGroupHeartbeatResponse,
  },
  consumerGroupDescribe: {
    key: 69,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: 0,
    decodeRequest: decodeConsumerGroupDescribeRequest,
    encodeResponse: encodeConsumerGroupDescribeResponse,
  },
  listConfigResources: {
    key: 74,
    versionMin: 0,
    versionMax: 1,
    flexibleFrom: 0,
    decodeRequest: decodeListConfigResourcesRequest,
    encodeResponse: encodeListConfigResourcesResponse,
  },
  describeTopicPartitions: {
    key: 75,
    versionMin: 0,
    versionMax: 0,
    flexibleFrom: 0,
    decodeRequest: decodeDescribeTopicPartitionsRequest,
    encodeResponse: encodeDescribeTopicPartitionsResponse,
  },
} as const;
