// What administrators ask, in the versions and forms that the clients of the tests do not send.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from '@cairn/testing';
import { kafkaErrors } from '../../src/errors.ts';
import type { GroupCalls } from '../../src/kafka/coordinated/coordinator-calls.ts';
import * as createTopics from '../../src/kafka/messages/create-topics-request.ts';
import * as createdTopics from '../../src/kafka/messages/create-topics-response.ts';
import * as describeCluster from '../../src/kafka/messages/describe-cluster-request.ts';
import * as describedCluster from '../../src/kafka/messages/describe-cluster-response.ts';
import * as describeConfigs from '../../src/kafka/messages/describe-configs-request.ts';
import * as describedConfigs from '../../src/kafka/messages/describe-configs-response.ts';
import * as describeLogDirs from '../../src/kafka/messages/describe-log-dirs-request.ts';
import * as describedLogDirs from '../../src/kafka/messages/describe-log-dirs-response.ts';
import * as describeTopicPartitions from '../../src/kafka/messages/describe-topic-partitions-request.ts';
import * as describedTopicPartitions from '../../src/kafka/messages/describe-topic-partitions-response.ts';
import * as findCoordinator from '../../src/kafka/messages/find-coordinator-request.ts';
import * as foundCoordinator from '../../src/kafka/messages/find-coordinator-response.ts';
import * as alterConfigs from '../../src/kafka/messages/incremental-alter-configs-request.ts';
import * as alteredConfigs from '../../src/kafka/messages/incremental-alter-configs-response.ts';
import * as listConfigResources from '../../src/kafka/messages/list-config-resources-request.ts';
import * as listedConfigResources from '../../src/kafka/messages/list-config-resources-response.ts';
import * as offsetForEpoch from '../../src/kafka/messages/offset-for-leader-epoch-request.ts';
import * as offsetOfEpoch from '../../src/kafka/messages/offset-for-leader-epoch-response.ts';
import type { Uuid } from '../../src/kafka/wire/values.ts';
import { apiVersions, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

async function start(t: TestContext, options: Parameters<typeof startKafka>[1] = {}) {
  const kafka = await startKafka(t, options);
  return { ...kafka, client: await TestClient.connect(t, kafka.port) };
}

test('the cluster is one broker, at the address where the client reached it', async (t) => {
  const { client, port, clusterId } = await start(t);
  const described = await client.ask('describeCluster', {
    version: 2,
    request: { includeClusterAuthorizedOperations: true, endpointType: 1, includeFencedBrokers: false },
    encode: describeCluster.encodeDescribeClusterRequest,
    decode: describedCluster.decodeDescribeClusterResponse,
  });
  assert.deepEqual([described?.clusterId, described?.controllerId], [clusterId, 1]);
  assert.deepEqual(
    described?.brokers.map(({ brokerId, host, port }) => [brokerId, host, port]),
    [[1, '127.0.0.1', port]],
  );
  // Create, alter, describe, their configurations, idempotent writes.
  assert.equal(
    described?.clusterAuthorizedOperations,
    (1 << 5) | (1 << 7) | (1 << 8) | (1 << 10) | (1 << 11) | (1 << 12),
  );
});

for (const version of [0, 3, 4, 6])
  test(`every coordinator is this broker, as FindCoordinator ${version} has it`, async (t) => {
    const { client, port } = await start(t);
    const found = await client.ask('findCoordinator', {
      version,
      request: { key: version < 4 ? 'g' : '', keyType: 0, coordinatorKeys: version < 4 ? [] : ['g', 'h'] },
      encode: findCoordinator.encodeFindCoordinatorRequest,
      decode: foundCoordinator.decodeFindCoordinatorResponse,
    });
    const told = version < 4 ? [found] : (found?.coordinators ?? []);
    assert.deepEqual(
      told.map((each) => [each?.errorCode, each?.nodeId, each?.host, each?.port]),
      told.map(() => [0, 1, '127.0.0.1', port]),
    );
    assert.equal(told.length, version < 4 ? 1 : 2);
  });

test('topics are described by name and by id; what is not there by its own error', async (t) => {
  const { client, topics } = await start(t);
  const topic = await topics.create({ name: 'orders', partitionCount: 2 });
  const ask = (topics: readonly { name: string | null; topicId: Uuid }[], allowAutoTopicCreation = false) => {
    const { request, ...rest } = metadata(null, 12);
    return client.ask('metadata', { ...rest, request: { ...request, topics, allowAutoTopicCreation } });
  };
  const none = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid;
  const unknown = 'BBBBBBBBBBBBBBBBBBBBBB' as Uuid;
  const described = await ask([
    { name: null, topicId: topic.topicId },
    { name: null, topicId: unknown },
    { name: 'not-there', topicId: none },
    { name: 'not valid', topicId: none },
  ]);
  assert.deepEqual(
    described?.topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.length]),
    [
      ['orders', 0, 2],
      [null, kafkaErrors.UNKNOWN_TOPIC_ID.code, 0],
      ['not-there', kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code, 0],
      ['not valid', kafkaErrors.INVALID_TOPIC_EXCEPTION.code, 0],
    ],
  );
  const made = await ask([{ name: 'not-there', topicId: none }], true);
  assert.deepEqual([made?.topics[0]?.errorCode, topics.find('not-there')?.partitionCount], [0, 1]);
});

test('where something is advertised every client is told that', async (t) => {
  const { client } = await start(t, { advertised: { host: 'kafka.example', port: 19_092 } });
  const told = await client.ask('metadata', metadata([]));
  assert.deepEqual(
    told?.brokers.map(({ nodeId, host, port }) => [nodeId, host, port]),
    [[1, 'kafka.example', 19_092]],
  );
});

test('what has a coordinator is advertised, and what has none is not', async (t) => {
  const known = async (options: Parameters<typeof startKafka>[1]) => {
    const { client } = await start(t, options);
    const versions = await client.ask('apiVersions', apiVersions(3));
    return new Set(versions?.apiKeys.map(({ apiKey }) => apiKey));
  };
  const heartbeat = 12;
  assert.equal((await known({})).has(heartbeat), false);
  const groups = { heartbeat: () => ({ errorCode: 0 }) } as unknown as GroupCalls;
  assert.equal((await known({ groups })).has(heartbeat), true);
});

test('nothing is made by asking where auto.create.topics.enable is off', async (t) => {
  const { client, topics } = await start(t, { autoCreateTopics: false });
  const answer = await client.ask('metadata', metadata(['a']));
  assert.equal(answer?.topics[0]?.errorCode, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code);
  assert.deepEqual(topics.all(), []);
});

test('every version of Metadata is answered', async (t) => {
  const { client, topics } = await start(t);
  await topics.create({ name: 'a' });
  for (let version = 0; version <= 13; version++) {
    const answer = await client.ask('metadata', metadata(version === 0 ? [] : null, version));
    assert.deepEqual([version, answer?.topics.map(({ name }) => name)], [version, ['a']]);
  }
});

test('creating topics validates without making, counts assignments, and shows configurations', async (t) => {
  const { client, topics } = await start(t, { topicsOptions: { defaults: { 'segment.ms': '5000' } } });
  const plain = { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
  const ask = (wanted: readonly createTopics.CreatableTopic[], validateOnly = false) =>
    client.ask('createTopics', {
      version: 7,
      request: { topics: wanted, timeoutMs: 1_000, validateOnly },
      encode: createTopics.encodeCreateTopicsRequest,
      decode: createdTopics.decodeCreateTopicsResponse,
    });
  const assigned = (brokerIds: readonly number[]) => [{ partitionIndex: 0, brokerIds }];
  const codes = async (...parameters: Parameters<typeof ask>) =>
    (await ask(...parameters))?.topics.map(({ errorCode }) => errorCode);
  assert.deepEqual(await codes([{ ...plain, name: 'a' }], true), [0]);
  assert.equal(topics.find('a'), undefined);
  const { INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST } = kafkaErrors;
  assert.deepEqual(
    await codes([
      { ...plain, name: 'two', assignments: [...assigned([1]), { partitionIndex: 1, brokerIds: [1] }] },
      { ...plain, name: 'other-broker', assignments: assigned([2]) },
      { ...plain, name: 'gap', assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      { ...plain, name: 'counted', numPartitions: 1, assignments: assigned([1]) },
      { ...plain, name: 'twice' },
      { ...plain, name: 'twice' },
    ]),
    [
      0,
      ...[
        INVALID_REPLICA_ASSIGNMENT,
        INVALID_REPLICA_ASSIGNMENT,
        INVALID_REQUEST,
        INVALID_REQUEST,
        INVALID_REQUEST,
      ].map(({ code }) => code),
    ],
  );
  assert.equal(topics.find('two')?.partitionCount, 2);
  const [shown] =
    (await ask([{ ...plain, name: 'b', configs: [{ name: 'retention.ms', value: '7' }] }]))?.topics ?? [];
  const configs = new Map(
    shown?.configs?.map(({ name, value, configSource }) => [name, [value, configSource]]),
  );
  assert.deepEqual(configs.get('retention.ms'), ['7', 1]);
  assert.deepEqual(configs.get('segment.ms'), ['5000', 4]);
  assert.deepEqual(configs.get('flush.ms'), ['9223372036854775807', 5]);
});

test('a configuration is set, appended to, subtracted from and taken away, all or nothing', async (t) => {
  const { client, topics } = await start(t);
  await topics.create({ name: 'a', texts: { 'retention.ms': '1' } });
  const ask = async (configs: readonly alterConfigs.AlterableConfig[], validateOnly = false) => {
    const answer = await client.ask('incrementalAlterConfigs', {
      version: 1,
      request: { resources: [{ resourceType: 2, resourceName: 'a', configs }], validateOnly },
      encode: alterConfigs.encodeIncrementalAlterConfigsRequest,
      decode: alteredConfigs.decodeIncrementalAlterConfigsResponse,
    });
    return answer?.responses[0]?.errorCode;
  };
  const append = { name: 'cleanup.policy', configOperation: 2, value: 'compact' };
  assert.equal(await ask([append], true), 0);
  assert.deepEqual(topics.find('a')?.texts, { 'retention.ms': '1' });
  assert.equal(await ask([append, { name: 'retention.ms', configOperation: 1, value: null }]), 0);
  assert.deepEqual(topics.find('a')?.texts, { 'cleanup.policy': 'delete,compact' });
  assert.equal(await ask([{ ...append, configOperation: 3, value: 'delete' }]), 0);
  assert.deepEqual(topics.find('a')?.texts, { 'cleanup.policy': 'compact' });
  const { INVALID_CONFIG, INVALID_REQUEST } = kafkaErrors;
  const set = { name: 'segment.ms', configOperation: 0, value: '9' };
  assert.equal(await ask([set, { ...set, name: 'retention.ms', value: 'x' }]), INVALID_CONFIG.code);
  assert.equal(await ask([set, set]), INVALID_REQUEST.code);
  assert.equal(await ask([{ ...set, configOperation: 2 }]), INVALID_CONFIG.code);
  assert.equal(await ask([{ ...append, value: 'shred' }]), INVALID_CONFIG.code);
  assert.deepEqual(topics.find('a')?.texts, { 'cleanup.policy': 'compact' });
  assert.equal(await ask([{ ...append, configOperation: 3, value: 'compact' }]), 0);
  assert.deepEqual(topics.find('a')?.texts, { 'cleanup.policy': '' });
});

test('configurations of the broker are shown; other brokers have none', async (t) => {
  const { client } = await start(t, { topicsOptions: { defaults: { 'retention.ms': '5' } } });
  const described = await client.ask('describeConfigs', {
    version: 4,
    request: {
      resources: [
        { resourceType: 4, resourceName: '1', configurationKeys: ['log.retention.ms'] },
        { resourceType: 4, resourceName: '7', configurationKeys: null },
        { resourceType: 2, resourceName: 'none', configurationKeys: null },
      ],
      includeSynonyms: true,
      includeDocumentation: false,
    },
    encode: describeConfigs.encodeDescribeConfigsRequest,
    decode: describedConfigs.decodeDescribeConfigsResponse,
  });
  const [broker, ...refused] = described?.results ?? [];
  assert.deepEqual(
    broker?.configs.map(({ name, value, readOnly, configSource }) => [name, value, readOnly, configSource]),
    [['log.retention.ms', '5', false, 4]],
  );
  assert.deepEqual(
    refused.map(({ errorCode }) => errorCode),
    [kafkaErrors.INVALID_REQUEST.code, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code],
  );
});

test('what the broker is set to is shown: where clients are told to go, and what is not the default', async (t) => {
  const { client } = await start(t, {
    advertised: { host: '::1', port: 9_999 },
    autoCreateTopics: false,
    limits: { connectionsMax: 7 },
  });
  const described = await client.ask('describeConfigs', {
    version: 4,
    request: {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }],
      includeSynonyms: false,
      includeDocumentation: true,
    },
    encode: describeConfigs.encodeDescribeConfigsRequest,
    decode: describedConfigs.decodeDescribeConfigsResponse,
  });
  const entries = described?.results[0]?.configs ?? [];
  const shown = (wanted: string) => {
    const { value, configSource } = entries.find(({ name }) => name === wanted)!;
    return [value, configSource];
  };
  assert.deepEqual(shown('advertised.listeners'), ['PLAINTEXT://[::1]:9999', 4]);
  assert.match(shown('listeners')[0] as string, /^PLAINTEXT:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(shown('auto.create.topics.enable'), ['false', 4]);
  assert.deepEqual(shown('max.connections'), ['7', 4]);
  assert.deepEqual(shown('num.partitions'), ['1', 5]);
  assert.deepEqual(shown('group.min.session.timeout.ms'), ['6000', 5]);
  assert.deepEqual(shown('offsets.retention.minutes'), ['10080', 5]);
  assert.deepEqual(shown('log.retention.ms')[1], 5);
  const names = entries.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(entries.every(({ documentation }) => (documentation ?? '').length > 0));
});

test('what has configurations is listed', async (t) => {
  const { client, topics } = await start(t);
  await topics.create({ name: 'a' });
  const list = async (resourceTypes: readonly number[]) => {
    const listed = await client.ask('listConfigResources', {
      version: 1,
      request: { resourceTypes },
      encode: listConfigResources.encodeListConfigResourcesRequest,
      decode: listedConfigResources.decodeListConfigResourcesResponse,
    });
    return listed?.configResources.map(({ resourceName, resourceType }) => [resourceType, resourceName]);
  };
  assert.deepEqual(await list([]), [
    [2, 'a'],
    [4, '1'],
  ]);
  assert.deepEqual(await list([2]), [[2, 'a']]);
});

test('partitions of topics are described in pages, each once', async (t) => {
  const { client, topics } = await start(t);
  for (const [name, partitionCount] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const)
    await topics.create({ name, partitionCount });
  const seen: string[] = [];
  let cursor: describedTopicPartitions.Cursor | null = null;
  let pages = 0;
  do {
    const page: describedTopicPartitions.DescribeTopicPartitionsResponse | undefined = await client.ask(
      'describeTopicPartitions',
      {
        version: 0,
        request: { topics: [], responsePartitionLimit: 2, cursor },
        encode: describeTopicPartitions.encodeDescribeTopicPartitionsRequest,
        decode: describedTopicPartitions.decodeDescribeTopicPartitionsResponse,
      },
    );
    for (const { name, partitions } of page?.topics ?? [])
      for (const { partitionIndex } of partitions) seen.push(`${name} ${partitionIndex}`);
    cursor = page?.nextCursor ?? null;
    pages++;
  } while (cursor !== null);
  assert.deepEqual(seen, ['a 0', 'a 1', 'a 2', 'b 0', 'c 0', 'c 1']);
  assert.equal(pages, 3);
});

test('the log directory shows the bytes of partitions', async (t) => {
  const { client } = await start(t);
  await client.ask('metadata', metadata(['a']));
  await client.ask('produce', produce('a'));
  const described = await client.ask('describeLogDirs', {
    version: 4,
    request: { topics: null },
    encode: describeLogDirs.encodeDescribeLogDirsRequest,
    decode: describedLogDirs.decodeDescribeLogDirsResponse,
  });
  const [directory] = described?.results ?? [];
  assert.deepEqual(
    [directory?.topics[0]?.name, directory?.topics[0]?.partitions[0]?.partitionSize],
    ['a', 161],
  );
  assert.ok((directory?.totalBytes ?? 0) > (directory?.usableBytes ?? 0));
});

test('the end of a leader epoch is told, and an epoch that is not known has none', async (t) => {
  const { client } = await start(t);
  await client.ask('metadata', metadata(['a']));
  await client.ask('produce', produce('a'));
  const ask = async (leaderEpoch: number, currentLeaderEpoch = -1) => {
    const answer = await client.ask('offsetForLeaderEpoch', {
      version: 4,
      request: {
        replicaId: -1,
        topics: [{ topic: 'a', partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }],
      },
      encode: offsetForEpoch.encodeOffsetForLeaderEpochRequest,
      decode: offsetOfEpoch.decodeOffsetForLeaderEpochResponse,
    });
    const { errorCode, endOffset } = answer?.topics[0]?.partitions[0] ?? {};
    return [errorCode, endOffset];
  };
  assert.deepEqual(await ask(0), [0, 1]);
  assert.deepEqual(await ask(-1), [0, -1]);
  assert.deepEqual(await ask(0, 7), [kafkaErrors.UNKNOWN_LEADER_EPOCH.code, -1]);
});

test('acks=all is refused where more replicas are wanted than there are, other acks are not', async (t) => {
  const { client, topics } = await start(t);
  await topics.create({ name: 'a', texts: { 'min.insync.replicas': '2' } });
  const codeOf = async (acks: number) =>
    (await client.ask('produce', produce('a', { acks })))?.responses[0]?.partitionResponses[0]?.errorCode;
  assert.equal(await codeOf(-1), kafkaErrors.NOT_ENOUGH_REPLICAS.code);
  assert.equal(await codeOf(1), 0);
  assert.equal(await codeOf(7), kafkaErrors.INVALID_REQUIRED_ACKS.code);
});
