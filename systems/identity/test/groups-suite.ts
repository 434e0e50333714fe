// What identity promises of groups, as tests that run on every sql engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from '@cairn/testing';
import type { Identity } from '../src/core/identity.ts';
import { groupsPerUserMax } from '../src/limits.ts';
import { principalOf, userWithKey } from './identity-suite.ts';
import { allowing, type TestIdentity } from './open-test-identity.ts';
import { account } from './principals.ts';

/** Anna, with a key, in a group `Readers` without policies; what she may do. */
async function annaInReaders(identity: Identity) {
  const key = await userWithKey(identity);
  const group = await identity.createGroup({ name: 'Readers', path: '/team/' });
  await identity.addUserToGroup({ group: 'Readers', user: 'anna' });
  const principal = await principalOf(identity, key);
  const decide = async (action = 's3:GetObject') =>
    (await identity.authorize(principal, { action, resource: 'arn:aws:s3:::photos/a' })).decision;
  return { key, group, decide };
}

export function groupsSuite(
  engine: string,
  open: (test: TestContext) => Promise<TestIdentity>,
  options: { skip?: string | false } = {},
): void {
  const promise = (name: string, run: (identity: Identity) => Promise<void>) =>
    test(`${engine}: ${name}`, options, async (t) => run((await open(t)).identity));

  promise('a group is created, shown in any case, listed by path and deleted', async (identity) => {
    const group = await identity.createGroup({ name: 'Ops', path: '/team/' });
    assert.equal(group.arn, `arn:aws:iam::${account}:group/team/Ops`);
    assert.match(group.id, /^AGPA[A-Z2-7]{17}$/);
    assert.deepEqual(await identity.getGroup({ name: 'ops' }), group);
    await assert.rejects(identity.createGroup({ name: 'OPS' }), { code: 'EntityAlreadyExists' });
    await identity.createGroup({ name: 'a' });
    const names = async (pathPrefix?: string) =>
      (await identity.listGroups({ pathPrefix })).items.map(({ name }) => name);
    assert.deepEqual([await names(), await names('/te'), await names('/x/')], [['a', 'Ops'], ['Ops'], []]);
    const page = await identity.listGroups({ limit: 1 });
    assert.deepEqual([page.items.length, page.next], [1, 'a']);
    await identity.deleteGroup({ name: 'ops' });
    await assert.rejects(identity.getGroup({ name: 'Ops' }), { code: 'NoSuchEntity' });
    for (const name of ['', 'a b', 'x'.repeat(129)])
      await assert.rejects(identity.createGroup({ name }), { code: 'ValidationError' }, name);
  });

  promise(
    'who is in a group has its policies as long as both last, and their own besides',
    async (identity) => {
      const { decide } = await annaInReaders(identity);
      assert.equal(await decide(), 'implicit-deny');
      await identity.putGroupPolicy({ group: 'readers', name: 'own', document: allowing('s3:Get*') });
      assert.equal(await decide(), 'allow');
      await identity.putUserPolicy({ user: 'anna', name: 'own', document: allowing('s3:Put*') });
      assert.deepEqual([await decide(), await decide('s3:PutObject')], ['allow', 'allow']);
      await identity.deleteGroupPolicy({ group: 'Readers', name: 'own' });
      assert.deepEqual([await decide(), await decide('s3:PutObject')], ['implicit-deny', 'allow']);
      await identity.attachGroupPolicy({ group: 'READERS', policy: 'AmazonS3ReadOnlyAccess' });
      assert.equal(await decide(), 'allow');
      await identity.removeUserFromGroup({ group: 'readers', user: 'anna' });
      assert.deepEqual([await decide(), await decide('s3:PutObject')], ['implicit-deny', 'allow']);
      await identity.addUserToGroup({ group: 'readers', user: 'anna' });
      await identity.detachGroupPolicy({ group: 'readers', policy: 'AmazonS3ReadOnlyAccess' });
      assert.equal(await decide(), 'implicit-deny');
    },
  );

  promise('a Deny of one group ends what another allows', async (identity) => {
    const { decide } = await annaInReaders(identity);
    await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
    assert.equal(await decide(), 'allow');
    const document = allowing('s3:*').replace('Allow', 'Deny');
    await identity.putGroupPolicy({ group: 'Readers', name: 'never', document });
    assert.equal(await decide(), 'explicit-deny');
  });

  promise(
    'a managed policy of a group is replaced for all in it, and stays while the group has it',
    async (identity) => {
      const { decide } = await annaInReaders(identity);
      await identity.putPolicy({ name: 'managed', document: allowing('s3:Get*') });
      await identity.attachGroupPolicy({ group: 'Readers', policy: 'managed' });
      // Twice is once, for the count of a user's policies too.
      await identity.attachPolicy({ user: 'anna', policy: 'managed' });
      assert.equal(await decide(), 'allow');
      assert.deepEqual((await identity.getPolicy({ name: 'managed' })).groups, ['Readers']);
      await identity.detachPolicy({ user: 'anna', policy: 'managed' });
      await assert.rejects(identity.deletePolicy({ name: 'managed' }), { code: 'DeleteConflict' });
      await identity.putPolicy({ name: 'managed', document: allowing('s3:Put*') });
      assert.deepEqual([await decide(), await decide('s3:PutObject')], ['implicit-deny', 'allow']);
    },
  );

  promise('a policy of a group counts as one of its members', async (identity) => {
    const { decide } = await annaInReaders(identity);
    const document = JSON.parse(allowing('s3:*'));
    document.Statement.Condition = { NumericEquals: { 'cairn:PrincipalPolicies': '2' } };
    await identity.putGroupPolicy({ group: 'Readers', name: 'if-two', document: JSON.stringify(document) });
    await identity.attachGroupPolicy({ group: 'Readers', policy: 'IAMReadOnlyAccess' });
    await identity.attachPolicy({ user: 'anna', policy: 'IAMReadOnlyAccess' });
    assert.equal(await decide(), 'allow');
    await identity.detachGroupPolicy({ group: 'Readers', policy: 'IAMReadOnlyAccess' });
    await identity.detachPolicy({ user: 'anna', policy: 'IAMReadOnlyAccess' });
    assert.equal(await decide(), 'implicit-deny');
  });

  promise('a group that is renamed keeps its id, its members and its policies', async (identity) => {
    const { group, decide } = await annaInReaders(identity);
    await identity.putGroupPolicy({ group: 'Readers', name: 'own', document: allowing('s3:Get*') });
    await identity.createGroup({ name: 'taken' });
    const taken = identity.updateGroup({ name: 'readers', newName: 'TAKEN' });
    await assert.rejects(taken, { code: 'EntityAlreadyExists' });
    await identity.updateGroup({ name: 'readers', newName: 'READERS' });
    await identity.updateGroup({ name: 'readers', newName: 'watchers', path: '/all/' });
    const arn = `arn:aws:iam::${account}:group/all/watchers`;
    const renamed = { ...group, name: 'watchers', path: '/all/', arn };
    assert.deepEqual(await identity.getGroup({ name: 'watchers' }), renamed);
    await assert.rejects(identity.getGroup({ name: 'Readers' }), { code: 'NoSuchEntity' });
    assert.deepEqual(await identity.listGroupsOfUser({ user: 'anna' }), [renamed]);
    assert.deepEqual((await identity.listGroupPolicies({ group: 'watchers' })).inline, ['own']);
    assert.equal(await decide(), 'allow');
    // One made anew under the old name has nobody in it.
    await identity.createGroup({ name: 'Readers' });
    assert.deepEqual(await identity.listGroupMembers({ group: 'Readers' }), { items: [] });
  });

  promise('a group goes last, after its members and policies', async (identity) => {
    await annaInReaders(identity);
    await identity.putGroupPolicy({ group: 'Readers', name: 'own', document: allowing('s3:Get*') });
    await identity.attachGroupPolicy({ group: 'Readers', policy: 'AdministratorAccess' });
    const stays = () => assert.rejects(identity.deleteGroup({ name: 'Readers' }), { code: 'DeleteConflict' });
    await stays();
    await identity.removeUserFromGroup({ group: 'Readers', user: 'anna' });
    await stays();
    await identity.deleteGroupPolicy({ group: 'Readers', name: 'own' });
    await stays();
    await identity.detachGroupPolicy({ group: 'Readers', policy: 'AdministratorAccess' });
    await identity.deleteGroup({ name: 'Readers' });
  });

  promise(
    'a user who is deleted leaves the groups, and one of that name later is in none',
    async (identity) => {
      const { key } = await annaInReaders(identity);
      await identity.attachGroupPolicy({ group: 'Readers', policy: 'AdministratorAccess' });
      await identity.deleteAccessKey(key);
      await assert.rejects(identity.deleteUser({ name: 'anna' }), {
        code: 'DeleteConflict',
        message: /group/,
      });
      await identity.deleteUser({ name: 'anna', force: true });
      const again = await principalOf(identity, await userWithKey(identity));
      assert.deepEqual(await identity.listGroupsOfUser({ user: 'anna' }), []);
      const asked = { action: 's3:GetObject', resource: '*' };
      assert.equal((await identity.authorize(again, asked)).decision, 'implicit-deny');
    },
  );

  promise('members are added once, listed in pages, and no more than there are', async (identity) => {
    await identity.createGroup({ name: 'all' });
    for (const user of ['anna', 'bert', 'carl']) await identity.createUser({ name: user });
    for (const user of ['carl', 'anna', 'bert', 'anna'])
      await identity.addUserToGroup({ group: 'ALL', user });
    const first = await identity.listGroupMembers({ group: 'all', limit: 2 });
    assert.deepEqual(
      first.items.map(({ name }) => name),
      ['anna', 'bert'],
    );
    const rest = await identity.listGroupMembers({ group: 'all', after: first.next, limit: 2 });
    assert.deepEqual([rest.items.map(({ name }) => name), rest.next], [['carl'], undefined]);
    const missing = { code: 'NoSuchEntity' };
    await assert.rejects(identity.addUserToGroup({ group: 'all', user: 'dora' }), missing);
    await assert.rejects(identity.addUserToGroup({ group: 'none', user: 'anna' }), missing);
    await identity.removeUserFromGroup({ group: 'all', user: 'anna' });
    await assert.rejects(identity.removeUserFromGroup({ group: 'all', user: 'anna' }), missing);
    await assert.rejects(identity.listGroupMembers({ group: 'none' }), missing);
    await assert.rejects(identity.listGroupsOfUser({ user: 'dora' }), missing);
  });

  promise('a user is in ten groups at most, and a group has ten policies of a kind', async (identity) => {
    await identity.createUser({ name: 'anna' });
    for (let n = 0; n <= groupsPerUserMax; n++) await identity.createGroup({ name: `g${n}` });
    for (let n = 0; n < groupsPerUserMax; n++)
      await identity.addUserToGroup({ group: `g${n}`, user: 'anna' });
    const eleventh = identity.addUserToGroup({ group: `g${groupsPerUserMax}`, user: 'anna' });
    await assert.rejects(eleventh, { code: 'LimitExceeded' });
    const put = (n: number) =>
      identity.putGroupPolicy({ group: 'g0', name: `p${n}`, document: allowing('s3:*') });
    for (let n = 0; n < 10; n++) await put(n);
    await put(9);
    await assert.rejects(put(10), { code: 'LimitExceeded' });
  });

  promise('inspect counts groups, and names those of a user', async (identity) => {
    await annaInReaders(identity);
    const { counts, user } = await identity.inspect({ user: 'anna' });
    assert.deepEqual([counts.groups, user?.groups], [1, ['Readers']]);
  });
}
