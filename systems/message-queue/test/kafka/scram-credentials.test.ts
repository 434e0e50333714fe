// Who may log in with SCRAM, as administrators ask for it (KIP-554): access keys of identity, which are not altered here.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from '@cairn/testing';
import { kafkaErrors } from '../../src/errors.ts';
import * as alter from '../../src/kafka/messages/alter-user-scram-credentials-request.ts';
import * as altered from '../../src/kafka/messages/alter-user-scram-credentials-response.ts';
import * as describe from '../../src/kafka/messages/describe-user-scram-credentials-request.ts';
import * as described from '../../src/kafka/messages/describe-user-scram-credentials-response.ts';
import { logIn } from './log-in.ts';
import { keysIdentity, startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

const both = [
  { mechanism: 1, iterations: 4_096 },
  { mechanism: 2, iterations: 4_096 },
];

/** Ada has two keys, one of them switched off; Bob is on the next page. */
const identity = {
  ...keysIdentity({ KEY1: 'secret', KEY3: 'secret' }),
  allowsAnonymous: async () => true,
  listUsers: async ({ after }: { after?: string | undefined }) =>
    after === undefined ? { items: [{ name: 'ada' }], next: 'ada' } : { items: [{ name: 'bob' }] },
  listAccessKeys: async ({ user }: { user: string }) =>
    user === 'ada'
      ? [
          { accessKeyId: 'KEY1', active: true },
          { accessKeyId: 'KEY2', active: false },
        ]
      : [{ accessKeyId: 'KEY3', active: true }],
};

async function connect(t: TestContext, options: Parameters<typeof startKafka>[1] = { identity }) {
  const client = await TestClient.connect(t, (await startKafka(t, options)).port);
  const ask = async (names: readonly string[] | null) =>
    client.ask('describeUserScramCredentials', {
      version: 0,
      request: { users: names?.map((name) => ({ name })) ?? null },
      encode: describe.encodeDescribeUserScramCredentialsRequest,
      decode: described.decodeDescribeUserScramCredentialsResponse,
    });
  const change = async (request: Parameters<typeof alter.encodeAlterUserScramCredentialsRequest>[1]) =>
    client.ask('alterUserScramCredentials', {
      version: 0,
      request,
      encode: alter.encodeAlterUserScramCredentialsRequest,
      decode: altered.decodeAlterUserScramCredentialsResponse,
    });
  return { client, ask, change };
}

for (const all of [null, []])
  test(`all active keys are shown to who asks for ${JSON.stringify(all)}`, async (t) => {
    const { ask } = await connect(t);
    const answer = await ask(all);
    assert.equal(answer?.errorCode, 0);
    assert.deepEqual(
      answer.results.map(({ user, credentialInfos }) => [user, credentialInfos]),
      [
        ['KEY1', both],
        ['KEY3', both],
      ],
    );
  });

test('a key that is asked for is shown, one that nobody has or that is named twice is an error of its own', async (t) => {
  const { ask } = await connect(t);
  const answer = await ask(['KEY1', 'nobody', 'KEY3', 'KEY3']);
  assert.equal(answer?.errorCode, 0);
  assert.deepEqual(
    answer.results.map(({ user, errorCode, credentialInfos }) => [user, errorCode, credentialInfos.length]),
    [
      ['KEY1', 0, 2],
      ['nobody', kafkaErrors.RESOURCE_NOT_FOUND.code, 0],
      ['KEY3', kafkaErrors.DUPLICATE_RESOURCE.code, 0],
    ],
  );
});

test('credentials are not altered, once for each name', async (t) => {
  const { change } = await connect(t);
  const upsertion = { name: 'ada', mechanism: 1, iterations: 4_096, salt: Buffer.from('salt') };
  const answer = await change({
    deletions: [{ name: 'KEY1', mechanism: 1 }],
    upsertions: [
      { ...upsertion, saltedPassword: Buffer.from('password') },
      { ...upsertion, mechanism: 2, saltedPassword: Buffer.from('password') },
    ],
  });
  const refused = kafkaErrors.UNACCEPTABLE_CREDENTIAL.code;
  assert.deepEqual(
    answer?.results.map(({ user, errorCode }) => [user, errorCode]),
    [
      ['KEY1', refused],
      ['ada', refused],
    ],
  );
});

test('who may not look at the cluster learns of no key', async (t) => {
  const mayNothing = { ...identity, authorize: () => ({ decision: 'implicit-deny' }) as const };
  const { client, ask, change } = await connect(t, { identity: mayNothing });
  await logIn(client, '\0KEY1\0secret');
  const answer = await ask(null);
  const denied = kafkaErrors.CLUSTER_AUTHORIZATION_FAILED.code;
  assert.deepEqual([answer?.errorCode, answer?.results], [denied, []]);
  const unchanged = await change({ deletions: [{ name: 'KEY1', mechanism: 1 }], upsertions: [] });
  assert.equal(unchanged?.results[0]?.errorCode, denied);
});
