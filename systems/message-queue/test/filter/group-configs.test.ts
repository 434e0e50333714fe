// Configurations of groups: as Kafka's clients see and change them, who may, how long they live.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSql } from '@cairn/engines';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { kafkaErrors } from '../../src/errors.ts';
import { openMessageQueue } from '../../src/index.ts';
import * as alterAll from '../../src/kafka/messages/alter-configs-request.ts';
import * as alteredAll from '../../src/kafka/messages/alter-configs-response.ts';
import * as describe from '../../src/kafka/messages/describe-configs-request.ts';
import * as described from '../../src/kafka/messages/describe-configs-response.ts';
import * as alter from '../../src/kafka/messages/incremental-alter-configs-request.ts';
import * as altered from '../../src/kafka/messages/incremental-alter-configs-response.ts';
import * as list from '../../src/kafka/messages/list-config-resources-request.ts';
import * as listed from '../../src/kafka/messages/list-config-resources-response.ts';
import { encodeSaslAuthenticateRequest } from '../../src/kafka/messages/sasl-authenticate-request.ts';
import { decodeSaslAuthenticateResponse } from '../../src/kafka/messages/sasl-authenticate-response.ts';
import { encodeSaslHandshakeRequest } from '../../src/kafka/messages/sasl-handshake-request.ts';
import { decodeSaslHandshakeResponse } from '../../src/kafka/messages/sasl-handshake-response.ts';
import metadataStore from '../../src/metadata/store.ts';
import { startBroker } from '../kafka/start-broker.ts';
import { keysIdentity, startKafka } from '../kafka/start-kafka.ts';
import { TestClient } from '../kafka/test-client.ts';
import { becomeMember, setFilter } from './filtered-group.ts';

const group = { resourceType: 32, resourceName: 'painters' };
const set = (name: string, value: string | null) => ({ name, configOperation: 0, value });

async function start(t: TestContext) {
  const { queue, address } = await startBroker(t);
  return { queue, client: await TestClient.connect(t, Number(address.split(':')[1])) };
}

async function change(
  client: TestClient,
  configs: readonly alter.AlterableConfig[],
  { validateOnly = false, resourceName = 'painters' } = {},
) {
  const resource = { ...group, resourceName, configs };
  const answer = await client.ask('incrementalAlterConfigs', {
    ...{ version: 1, request: { resources: [resource], validateOnly } },
    encode: alter.encodeIncrementalAlterConfigsRequest,
    decode: altered.decodeIncrementalAlterConfigsResponse,
  });
  const { errorCode, errorMessage } = answer!.responses[0]!;
  return { errorCode, errorMessage };
}

async function look(client: TestClient, keys: readonly string[] | null = null) {
  const resources = [{ ...group, configurationKeys: keys }];
  const answer = await client.ask('describeConfigs', {
    version: 4,
    request: { resources, includeSynonyms: true, includeDocumentation: true },
    encode: describe.encodeDescribeConfigsRequest,
    decode: described.decodeDescribeConfigsResponse,
  });
  return answer!.results[0]!;
}

const fine = { errorCode: 0, errorMessage: null };

test('a group is configured before it has a member, and shows what is set and what is not', async (t) => {
  const { client, queue } = await start(t);
  assert.deepEqual(
    await change(client, [set('cairn.filter', 'red'), set('consumer.session.timeout.ms', '50000')]),
    fine,
  );
  const { configs, errorCode } = await look(client);
  assert.equal(errorCode, 0);
  assert.deepEqual(
    configs.map(({ name, value, configSource, configType }) => [name, value, configSource, configType]),
    [
      ['cairn.filter', 'red', 8, 2],
      ['consumer.heartbeat.interval.ms', '5000', 5, 3],
      ['consumer.session.timeout.ms', '50000', 8, 3],
    ],
  );
  assert.deepEqual(configs[2]!.synonyms, [
    { name: 'consumer.session.timeout.ms', value: '50000', source: 8 },
    { name: 'group.consumer.session.timeout.ms', value: '45000', source: 5 },
  ]);
  for (const { documentation } of configs) assert.ok(documentation);
  assert.deepEqual(
    (await look(client, ['cairn.filter', 'unknown'])).configs.map(({ name }) => name),
    ['cairn.filter'],
  );
  assert.deepEqual(queue.groups.configs.textsOf('painters'), {
    ...{ 'cairn.filter': 'red', 'consumer.session.timeout.ms': '50000' },
  });
});

test('what is taken away is at its default again; AlterConfigs replaces all', async (t) => {
  const { client, queue } = await start(t);
  await change(client, [set('cairn.filter', 'red'), set('consumer.heartbeat.interval.ms', '6000')]);
  assert.deepEqual(await change(client, [{ name: 'cairn.filter', configOperation: 1, value: null }]), fine);
  assert.deepEqual(queue.groups.configs.textsOf('painters'), { 'consumer.heartbeat.interval.ms': '6000' });
  const request = {
    resources: [{ ...group, configs: [{ name: 'cairn.filter', value: 'blue' }] }],
    validateOnly: false,
  };
  const answer = await client.ask('alterConfigs', {
    ...{ version: 2, request },
    encode: alterAll.encodeAlterConfigsRequest,
    decode: alteredAll.decodeAlterConfigsResponse,
  });
  assert.equal(answer!.responses[0]!.errorCode, 0);
  assert.deepEqual(queue.groups.configs.textsOf('painters'), { 'cairn.filter': 'blue' });
});

test('what cannot be is refused with what is wrong, and changes nothing', async (t) => {
  const { client, queue } = await start(t);
  const { INVALID_CONFIG, INVALID_REQUEST } = kafkaErrors;
  const wrong: readonly (readonly [readonly alter.AlterableConfig[], number, RegExp])[] = [
    [
      [set('cairn.filter', 'red ||')],
      INVALID_CONFIG.code,
      /cairn.filter cannot be 'red \|\|': its end: wanted is a tag/,
    ],
    [[set('cairn.filter', null)], INVALID_CONFIG.code, /has no value/],
    [[set('cairn.filters', 'red')], INVALID_CONFIG.code, /no configuration 'cairn.filters' of groups/],
    [[set('consumer.session.timeout.ms', '44999')], INVALID_CONFIG.code, /the least is 45000/],
    [[set('consumer.session.timeout.ms', '60001')], INVALID_CONFIG.code, /the most is 60000/],
    [[set('consumer.heartbeat.interval.ms', 'x')], INVALID_CONFIG.code, /wanted is an integer/],
    [[{ ...set('cairn.filter', 'red'), configOperation: 2 }], INVALID_CONFIG.code, /operation 2/],
    [[set('cairn.filter', 'red'), set('cairn.filter', 'red')], INVALID_REQUEST.code, /named twice/],
  ];
  for (const [configs, code, message] of wrong) {
    const { errorCode, errorMessage } = await change(client, configs);
    assert.equal(errorCode, code);
    assert.match(errorMessage ?? '', message);
  }
  for (const resourceName of ['', 'a\0b', 'x'.repeat(1_001)])
    assert.equal(
      (await change(client, [set('cairn.filter', 'red')], { resourceName })).errorCode,
      INVALID_REQUEST.code,
    );
  assert.deepEqual(await change(client, [set('cairn.filter', 'red')], { validateOnly: true }), fine);
  assert.deepEqual([...queue.groups.configs.all()], []);
});

test('groups that are configured are listed', async (t) => {
  const { client } = await start(t);
  await change(client, [set('cairn.filter', 'red')]);
  for (const resourceTypes of [[], [32]]) {
    const answer = await client.ask('listConfigResources', {
      ...{ version: 1, request: { resourceTypes } },
      encode: list.encodeListConfigResourcesRequest,
      decode: listed.decodeListConfigResourcesResponse,
    });
    assert.deepEqual(
      answer!.configResources.filter(({ resourceType }) => resourceType === 32),
      [{ resourceName: 'painters', resourceType: 32 }],
    );
  }
});

test('a consumer group has the times that are set for it', async (t) => {
  const { client, queue } = await start(t);
  await queue.topics.create({ name: 'paints' });
  await change(client, [set('consumer.heartbeat.interval.ms', '7000')]);
  const request = {
    ...{ groupId: 'painters', memberId: 'someone', memberEpoch: 0, instanceId: null, rackId: null },
    ...{ rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['paints'], subscribedTopicRegex: null },
    ...{ serverAssignor: null, topicPartitions: [] },
  };
  const context = { clientId: 'c', clientHost: 'h', version: 1 };
  const beat = (groupId: string) => queue.groups.consumerGroupHeartbeat({ ...request, groupId }, context);
  assert.equal((await beat('painters')).heartbeatIntervalMs, 7_000);
  assert.equal((await beat('others')).heartbeatIntervalMs, 5_000);
  await change(client, [set('consumer.heartbeat.interval.ms', '8000')]);
  assert.equal((await beat('painters')).heartbeatIntervalMs, 8_000);
});

test('who may not look at, or change, the configuration of a group does not', async (t) => {
  const { queue } = await startBroker(t);
  const asked: string[] = [];
  const allowed = new Set<string>();
  const identity = keysIdentity({ ada: 'secret' }, (_, { action, resource }) => {
    const question = `${action} ${resource.split(':').at(-1)?.split('/').with(2, 'ID').join('/')}`;
    asked.push(question);
    return allowed.has(question);
  });
  const kafka = await startKafka(t, { identity, groups: queue.groups });
  const client = await TestClient.connect(t, kafka.port);
  await client.ask('saslHandshake', {
    ...{ version: 1, request: { mechanism: 'PLAIN' } },
    ...{ encode: encodeSaslHandshakeRequest, decode: decodeSaslHandshakeResponse },
  });
  await client.ask('saslAuthenticate', {
    ...{ version: 2, request: { authBytes: Buffer.from('\0ada\0secret') } },
    ...{ encode: encodeSaslAuthenticateRequest, decode: decodeSaslAuthenticateResponse },
  });
  const denied = kafkaErrors.GROUP_AUTHORIZATION_FAILED.code;
  assert.equal((await change(client, [set('cairn.filter', 'red')])).errorCode, denied);
  const { errorCode, configs } = await look(client);
  assert.deepEqual([errorCode, configs], [denied, []]);
  const questions = [
    'kafka-cluster:AlterGroupDynamicConfiguration group/cairn/ID/painters',
    'kafka-cluster:DescribeGroupDynamicConfiguration group/cairn/ID/painters',
  ] as const;
  assert.deepEqual(asked, questions);
  // Of another group nothing was decided yet.
  allowed.add(questions[0].replace('painters', 'others'));
  assert.deepEqual(await change(client, [set('cairn.filter', 'red')], { resourceName: 'others' }), fine);
});

test('a group that is deleted is not configured any more, one that has members is not deleted', async (t) => {
  const { queue } = await start(t);
  await queue.topics.create({ name: 'paints' });
  await setFilter(queue, 'painters', 'red');
  const member = await becomeMember(queue, { group: 'painters', assigned: { paints: [0] } });
  const remove = async () =>
    (await queue.groups.deleteGroups({ groupsNames: ['painters'] })).results[0]!.errorCode;
  assert.equal(await remove(), kafkaErrors.NON_EMPTY_GROUP.code);
  assert.equal(queue.groups.configs.filterOf('painters')?.text, 'red');
  await member.leave();
  assert.equal(await remove(), 0);
  assert.equal(queue.groups.configs.filterOf('painters'), undefined);
  assert.equal(queue.groups.configs.hasFilters, false);
  assert.deepEqual(await queue.sql.read('listGroupConfigs', {}), []);
});

test('a group that is forgotten since nobody uses it keeps its configuration', async (t) => {
  const { queue } = await start(t);
  await queue.topics.create({ name: 'paints' });
  await setFilter(queue, 'painters', 'red');
  const member = await becomeMember(queue, { group: 'painters', assigned: { paints: [0] } });
  await member.leave();
  await queue.sql.write('deleteGroup', { id: 'painters', ifWithoutOffsets: true });
  assert.equal((await queue.sql.read('listGroupConfigs', {})).length, 1);
});

test('configurations and members survive a restart; a damaged row is none', async (t) => {
  const directory = await temporaryDirectory(t);
  const open = () => openMessageQueue({ directory, groups: { initialRebalanceDelayMs: 0 } });
  const first = await open();
  await first.topics.create({ name: 'paints' });
  await setFilter(first, 'painters', 'red || blue');
  await setFilter(first, 'damaged', 'red');
  await becomeMember(first, { group: 'painters', assigned: { paints: [0] } });
  await first.close();
  const sql = await openSql(metadataStore, { url: `file:${directory}/metadata.sqlite`, world: realWorld() });
  const rows = await sql.read('listGroupConfigs', {});
  await sql.close();
  assert.deepEqual(
    rows.map(({ group_id }) => group_id),
    ['damaged', 'painters'],
  );
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  database.exec(
    `update group_config set configuration = '{"cairn.filter":"rad"}' where group_id = 'damaged'`,
  );
  database.close();
  const again = await open();
  cleanUpAfter(t, () => again.close());
  assert.equal(again.groups.configs.filterOf('painters')?.text, 'red || blue');
  assert.equal(again.groups.configs.filterOf('damaged'), undefined);
  const client = { clientId: 'test', clientHost: '127.0.0.1' };
  assert.equal(again.groups.filters.ofFetch(client, { topic: 'paints', partition: 0 })?.text, 'red || blue');
});
