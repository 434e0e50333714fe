// A database of the first version is brought up to date, and nobody in it is another one than before.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSql } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import firstStore from './first-store.ts';
import { openTestIdentity } from './open-test-identity.ts';
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
