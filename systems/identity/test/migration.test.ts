// A database of the first version is brought up to date, and nobody in it is another one than before.

import assert from 'node:assert/strict';
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
