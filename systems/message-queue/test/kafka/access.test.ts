// What clients may do: identity's policies and ACLs together, with identity itself.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSql } from '@cairn/engines';
import { identityStore, openIdentity } from '@cairn/identity';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { kafkaErrors } from '../../src/errors.ts';
import { encodeCreateTopicsRequest } from '../../src/kafka/messages/create-topics-request.ts';
import { decodeCreateTopicsResponse } from '../../src/kafka/messages/create-topics-response.ts';
import { encodeDescribeUserScramCredentialsRequest } from '../../src/kafka/messages/describe-user-scram-credentials-request.ts';
import { decodeDescribeUserScramCredentialsResponse } from '../../src/kafka/messages/describe-user-scram-credentials-response.ts';
import { encodeIncrementalAlterConfigsRequest } from '../../src/kafka/messages/incremental-alter-configs-request.ts';
import { decodeIncrementalAlterConfigsResponse } from '../../src/kafka/messages/incremental-alter-configs-response.ts';
import { faultOfAcl } from '../../src/kafka/security/acl-codes.ts';
import type { AclRow } from '../../src/metadata/acls.ts';
import { logIn } from './log-in.ts';
import { fetch, metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

async function start(t: TestContext, options: { anonymousLoopback?: boolean } = {}) {
  const directory = await temporaryDirectory(t);
  const world = realWorld();
  const sql = await openSql(identityStore, { url: `file:${directory}/`, world });
  cleanUpAfter(t, () => sql.close());
  const identity = await openIdentity({
    ...options,
    world,
    sql,
    keyFile: `${directory}/key`,
    rootCredentialsFile: `${directory}/root`,
    account: '000000000000',
  });
  const kafka = await startKafka(t, { identity });
  const user = async (name: string) => {
    await identity.createUser({ name });
    const { accessKeyId, secretKey } = await identity.createAccessKey({ user: name });
    const client = await TestClient.connect(t, kafka.port);
    await logIn(client, `\0${accessKeyId}\0${secretKey}`);
    return client;
  };
  return { ...kafka, identity, user };
}

function policy(action: string | readonly string[], resource: string): string {
  const Statement = [{ Effect: 'Allow', Action: action, Resource: resource }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

const acl: AclRow = {
  resource_type: 2,
  resource_name: 'orders',
  pattern_type: 3,
  principal: 'User:ada',
  host: '*',
  operation: 4,
  permission: 3,
};

async function produceCode(client: TestClient, topic: string): Promise<number | undefined> {
  return (await client.ask('produce', produce(topic)))?.responses[0]?.partitionResponses[0]?.errorCode;
}

async function fetchCode(client: TestClient, topic: string): Promise<number | undefined> {
  return (await client.ask('fetch', fetch([{ topic }])))?.responses[0]?.partitions[0]?.errorCode;
}

const { TOPIC_AUTHORIZATION_FAILED } = kafkaErrors;

test('a user without policies and ACLs may do nothing, and does not learn what there is', async (t) => {
  const { user, topics } = await start(t);
  await topics.create({ name: 'orders' });
  const ada = await user('ada');
  assert.equal(await produceCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(await produceCode(ada, 'not-there'), TOPIC_AUTHORIZATION_FAILED.code);
  assert.deepEqual((await ada.ask('metadata', metadata(null)))?.topics, []);
  assert.equal(
    (await ada.ask('metadata', metadata(['new'])))?.topics[0]?.errorCode,
    TOPIC_AUTHORIZATION_FAILED.code,
  );
  assert.equal(topics.find('new'), undefined);
});

test("policies of Amazon MSK's actions and ARNs let in", async (t) => {
  const { user, topics, identity } = await start(t);
  await topics.create({ name: 'orders' });
  const ada = await user('ada');
  const document = policy('kafka-cluster:WriteData', 'arn:aws:kafka:*:*:topic/*/orders');
  await identity.putUserPolicy({ user: 'ada', name: 'write', document });
  assert.equal(await produceCode(ada, 'orders'), 0);
  assert.equal(await produceCode(ada, 'others'), TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(await fetchCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
});

test('who may describe the cluster is shown the keys that there are', async (t) => {
  const { user, identity } = await start(t);
  const [ada] = [await user('ada'), await user('bob')];
  const document = policy('kafka-cluster:DescribeCluster', '*');
  await identity.putUserPolicy({ user: 'ada', name: 'look', document });
  const described = await ada.ask('describeUserScramCredentials', {
    ...{ version: 0, request: { users: null } },
    encode: encodeDescribeUserScramCredentialsRequest,
    decode: decodeDescribeUserScramCredentialsResponse,
  });
  const keys = await Promise.all(['ada', 'bob'].map((name) => identity.listAccessKeys({ user: name })));
  assert.deepEqual(
    described?.results.map((result) => result.user),
    keys.flat().map(({ accessKeyId }) => accessKeyId),
  );
});

test('an ACL lets in at once, with what it implies, and is gone at once', async (t) => {
  const { user, topics, acls } = await start(t);
  await topics.create({ name: 'orders' });
  const ada = await user('ada');
  assert.equal(await produceCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
  await acls.create([acl]);
  assert.equal(await produceCode(ada, 'orders'), 0);
  assert.deepEqual(
    (await ada.ask('metadata', metadata(null)))?.topics.map(({ name }) => name),
    ['orders'],
  );
  assert.equal(await fetchCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
  await acls.delete([acl]);
  assert.equal(await produceCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
});

test('an ACL that denies counts more than a policy that allows', async (t) => {
  const { user, topics, acls, identity } = await start(t);
  for (const name of ['orders', 'orders-eu']) await topics.create({ name });
  const ada = await user('ada');
  await identity.putUserPolicy({ user: 'ada', name: 'all', document: policy('kafka-cluster:*', '*') });
  await acls.create([{ ...acl, permission: 2 }]);
  assert.equal(await produceCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(await produceCode(ada, 'orders-eu'), 0);
  await acls.create([{ ...acl, permission: 2, pattern_type: 4 }]);
  assert.equal(await produceCode(ada, 'orders-eu'), TOPIC_AUTHORIZATION_FAILED.code);
});

test('an ACL of an address counts for clients from there', async (t) => {
  const { user, topics, acls } = await start(t);
  await topics.create({ name: 'orders' });
  const ada = await user('ada');
  await acls.create([{ ...acl, host: '10.0.0.1' }]);
  assert.equal(await produceCode(ada, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
  await acls.create([{ ...acl, host: '127.0.0.1' }]);
  assert.equal(await produceCode(ada, 'orders'), 0);
});

test('anonymous clients may do everything until there is a user', async (t) => {
  const { port, user } = await start(t, { anonymousLoopback: true });
  const anonymous = await TestClient.connect(t, port);
  await anonymous.ask('metadata', metadata(['mine']));
  assert.equal(await produceCode(anonymous, 'mine'), 0);
  await user('ada');
  assert.equal(await anonymous.ask('produce', produce('mine')), undefined);
});

test('an ACL that denies something to everyone counts for anonymous clients too', async (t) => {
  const { port, topics, acls } = await start(t, { anonymousLoopback: true });
  for (const name of ['orders', 'others']) await topics.create({ name });
  const anonymous = await TestClient.connect(t, port);
  assert.equal(await produceCode(anonymous, 'orders'), 0);
  await acls.create([{ ...acl, principal: 'User:*', permission: 2 }]);
  assert.equal(await produceCode(anonymous, 'orders'), TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(await produceCode(anonymous, 'others'), 0);
});

test('a key that was revoked is worth nothing on a connection that it opened', async (t) => {
  const { user, topics, acls, identity } = await start(t);
  await topics.create({ name: 'orders' });
  const ada = await user('ada');
  await acls.create([acl]);
  assert.equal(await produceCode(ada, 'orders'), 0);
  await identity.deleteUser({ name: 'ada', force: true });
  const deadlineMs = performance.now() + 30_000;
  let code = await produceCode(ada, 'orders');
  while (code === 0 && performance.now() < deadlineMs) code = await produceCode(ada, 'orders');
  assert.equal(code, TOPIC_AUTHORIZATION_FAILED.code);
});

test('dead letters of a topic go only where its owner may write', async (t) => {
  const { user, topics, identity } = await start(t);
  await topics.create({ name: 'secret' });
  const ada = await user('ada');
  const own = 'arn:aws:kafka:*:*:topic/*/ada-*';
  await identity.putUserPolicy({ user: 'ada', name: 'own', document: policy('kafka-cluster:*', own) });
  const setting = (value: string) => ({ name: 'cairn.retry.dead.letter.topic', value });
  const create = async (name: string, letters: string) => {
    const configs = [{ name: 'cairn.retry.delays.ms', value: '1' }, setting(letters)];
    const wanted = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs };
    const answer = await ada.ask('createTopics', {
      version: 7,
      request: { topics: [wanted], timeoutMs: 1_000, validateOnly: false },
      encode: encodeCreateTopicsRequest,
      decode: decodeCreateTopicsResponse,
    });
    return answer?.topics[0]?.errorCode;
  };
  assert.equal(await create('ada-1', 'secret'), TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(await create('ada-2', 'ada-dead'), 0);
  const alter = async (configs: readonly { name: string; value: string }[]) => {
    const changes = configs.map((config) => ({ ...config, configOperation: 0 }));
    const resources = [{ resourceType: 2, resourceName: 'ada-2', configs: changes }];
    const answer = await ada.ask('incrementalAlterConfigs', {
      version: 1,
      request: { resources, validateOnly: false },
      encode: encodeIncrementalAlterConfigsRequest,
      decode: decodeIncrementalAlterConfigsResponse,
    });
    return answer?.responses[0]?.errorCode;
  };
  assert.equal(await alter([setting('secret')]), TOPIC_AUTHORIZATION_FAILED.code);
  // What somebody else may have set stays as it was.
  await topics.configure(topics.find('ada-2')!, (texts) => ({ ...texts, [setting('').name]: 'secret' }));
  assert.equal(await alter([{ name: 'retention.ms', value: '1000' }]), 0);
});

test('an ACL may name who is no user and cannot be one; it allows and denies nothing', async (t) => {
  const { acls, user, topics } = await start(t);
  await topics.create({ name: 'orders' });
  const ada = await user('ada');
  const nobody = `User:${'x'.repeat(90)}`;
  for (const principal of [nobody, 'User:CN=a, O=b', 'User:ad?'])
    assert.equal(faultOfAcl({ ...acl, principal }), undefined, principal);
  for (const principal of [`User:${'x'.repeat(256)}`, 'User:', 'Group:ada', 'User:a\0'])
    assert.match(faultOfAcl({ ...acl, principal }) ?? '', /is no principal/);
  await acls.create([
    acl,
    { ...acl, principal: nobody, permission: 2 },
    { ...acl, principal: 'User:ad?', permission: 2 },
  ]);
  assert.equal(acls.rows.length, 3);
  assert.equal(await produceCode(ada, 'orders'), 0);
});
