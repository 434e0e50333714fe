// A database of the first version is brought up to date, and nobody in it is another one than before.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSql } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import firstStore from './first-store.ts';
import { principalOf } from './identity-suite.ts';
import { allowing, openTestIdentity } from './open-test-identity.ts';
import { account } from './principals.ts';

test('users of the first version have the path /, and can be given roles and groups', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = `${directory}/identity.sqlite`;
  const first = await openSql(firstStore, { url: 'file:', world: realWorld(), file });
  await first.write('addUser', { name: 'anna', id: 'AIDAANNA', created_ms: 1 });
  await first.close();
  const { identity } = await openTestIdentity(t, { directory });
  const arn = `arn:aws:iam::${account}:user/anna`;
  const anna = { name: 'anna', id: 'AIDAANNA', path: '/', arn, createdMs: 1 };
  assert.deepEqual(await identity.getUser({ name: 'anna' }), anna);
  assert.deepEqual((await identity.listRoles()).items, []);
  await identity.createGroup({ name: 'all' });
  await identity.addUserToGroup({ group: 'all', user: 'anna' });
  assert.deepEqual((await identity.listGroupMembers({ group: 'all' })).items, [anna]);
  assert.deepEqual(await identity.check(), []);
});

test('a policy of the first version holds whoever has it as before, is v1 and can be given others', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = `${directory}/identity.sqlite`;
  const first = await openSql(firstStore, { url: 'file:', world: realWorld(), file });
  await first.write('addUser', { name: 'anna', id: 'AIDAANNA', created_ms: 1 });
  const stored = { name: 'reader', document: allowing('s3:Get*'), created_ms: 2, updated_ms: 3 };
  await first.write('addPolicy', { ...stored, user: 'anna' });
  await first.close();
  const { identity } = await openTestIdentity(t, { directory });
  const principal = await principalOf(identity, await identity.createAccessKey({ user: 'anna' }));
  const decide = async () =>
    (await identity.authorize(principal, { action: 's3:GetObject', resource: '*' })).decision;
  assert.equal(await decide(), 'allow');
  const [name, document] = ['reader', allowing('s3:Put*')];
  const v1 = { version: 1, isDefault: true, document: stored.document, createdMs: 3 };
  assert.deepEqual(await identity.listPolicyVersions({ name }), [v1]);
  assert.equal((await identity.getPolicy({ name })).createdMs, 2);
  const { version } = await identity.createPolicyVersion({ name, document, setAsDefault: true });
  assert.equal(version, 2);
  assert.equal(await decide(), 'implicit-deny');
  assert.deepEqual(await identity.getPolicyVersion({ name, version: 1 }), { ...v1, isDefault: false });
  assert.deepEqual(await identity.check(), []);
});

test('regression: versions that a process of an earlier release left behind are none of the next policy of that name', async (t) => {
  const directory = await temporaryDirectory(t);
  const { identity } = await openTestIdentity(t, { directory });
  const name = 'reader';
  const numbers = async () =>
    (await identity.listPolicyVersions({ name })).map(({ version, isDefault }) =>
      isDefault ? version : -version,
    );
  await identity.putPolicy({ name, document: allowing('a:Old1') });
  for (const action of ['a:Old2', 'a:Old3'])
    await identity.createPolicyVersion({ name, document: allowing(action) });
  await identity.setDefaultPolicyVersion({ name, version: 3 });
  const earlier = new DatabaseSync(`${directory}/identity.sqlite`);
  t.after(() => earlier.close());
  earlier.prepare('delete from policy where name = ?').run(name);
  earlier
    .prepare('insert into policy (name, document, created_ms, updated_ms) values (?, ?, 5, 5)')
    .run(name, allowing('a:New1'));
  assert.deepEqual(await numbers(), [1]);
  assert.equal((await identity.getPolicyVersion({ name, version: 1 })).createdMs, 5);
  await assert.rejects(identity.setDefaultPolicyVersion({ name, version: 2 }), { code: 'NoSuchEntity' });
  await assert.rejects(identity.deletePolicyVersion({ name, version: 2 }), { code: 'NoSuchEntity' });
  const { version } = await identity.createPolicyVersion({
    name,
    document: allowing('a:New2'),
    setAsDefault: true,
  });
  assert.equal(version, 2);
  await identity.setDefaultPolicyVersion({ name, version: 1 });
  assert.deepEqual(await numbers(), [-2, 1]);
  assert.equal((await identity.getPolicyVersion({ name, version: 2 })).document, allowing('a:New2'));
  assert.deepEqual(await identity.check(), []);
});

test('a database from before there were OpenID providers can be given some', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = `${directory}/identity.sqlite`;
  const first = await openSql(firstStore, { url: 'file:', world: realWorld(), file });
  await first.close();
  const { identity } = await openTestIdentity(t, { directory });
  assert.deepEqual(await identity.listOpenIdProviders(), []);
  const made = await identity.createOpenIdProvider({ url: 'https://login.example.com' });
  assert.deepEqual(await identity.listOpenIdProviders(), [made]);
  assert.deepEqual(await identity.check(), []);
});
