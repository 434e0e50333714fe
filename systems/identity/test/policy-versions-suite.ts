// What identity promises of the versions of managed policies, as tests that run on every sql engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from '@cairn/testing';
import type { Identity } from '../src/core/identity.ts';
import { principalOf, userWithKey } from './identity-suite.ts';
import { allowing, type TestIdentity } from './open-test-identity.ts';

/** `open` gives a new, empty identity. */
export function policyVersionsSuite(
  engine: string,
  open: (test: TestContext) => Promise<TestIdentity>,
  options: { skip?: string | false } = {},
): void {
  const promise = (name: string, run: (identity: Identity) => Promise<void>) =>
    test(`${engine}: ${name}`, options, async (t) => run((await open(t)).identity));
  const name = 'reader';
  const numbers = async (identity: Identity) =>
    (await identity.listPolicyVersions({ name })).map(({ version, isDefault }) =>
      isDefault ? `v${version} default` : `v${version}`,
    );

  promise('whoever has a policy is held to its default version at once', async (identity) => {
    const principal = await principalOf(identity, await userWithKey(identity));
    await identity.putPolicy({ name, document: allowing('s3:Get*') });
    await identity.attachPolicy({ user: 'anna', policy: name });
    const decide = async (action: string) =>
      (await identity.authorize(principal, { action, resource: '*' })).decision;
    assert.equal(await decide('s3:GetObject'), 'allow');
    const second = await identity.createPolicyVersion({ name, document: allowing('s3:Put*') });
    assert.deepEqual([second.version, second.isDefault], [2, false]);
    assert.equal(await decide('s3:GetObject'), 'allow');
    await identity.setDefaultPolicyVersion({ name, version: 2 });
    assert.equal(await decide('s3:GetObject'), 'implicit-deny');
    assert.equal(await decide('s3:PutObject'), 'allow');
    await identity.createPolicyVersion({ name, document: allowing('s3:List*'), setAsDefault: true });
    assert.equal(await decide('s3:PutObject'), 'implicit-deny');
    await identity.setDefaultPolicyVersion({ name, version: 1 });
    assert.equal(await decide('s3:GetObject'), 'allow');
    assert.deepEqual(await numbers(identity), ['v3', 'v2', 'v1 default']);
    assert.equal((await identity.getPolicy({ name })).document, allowing('s3:Get*'));
    assert.deepEqual(await identity.check(), []);
  });

  promise('a policy has five versions at most, and no number twice', async (identity) => {
    await identity.putPolicy({ name, document: allowing('a:V1') });
    const add = (action: string, setAsDefault = false) =>
      identity.createPolicyVersion({ name, document: allowing(action), setAsDefault });
    for (const version of [2, 3, 4, 5]) assert.equal((await add(`a:V${version}`)).version, version);
    await assert.rejects(add('a:V6'), { code: 'LimitExceeded' });
    await assert.rejects(add('a:V6', true), { code: 'LimitExceeded' });
    await identity.deletePolicyVersion({ name, version: 5 });
    assert.equal((await add('a:V6', true)).version, 6);
    await identity.deletePolicyVersion({ name, version: 1 });
    assert.deepEqual(await numbers(identity), ['v6 default', 'v4', 'v3', 'v2']);
    for (const version of [2, 3, 4, 6]) {
      const found = await identity.getPolicyVersion({ name, version });
      assert.equal(found.document, allowing(`a:V${version}`));
      assert.equal(found.isDefault, version === 6);
    }
    for (const version of [1, 5, 7]) {
      await assert.rejects(identity.getPolicyVersion({ name, version }), { code: 'NoSuchEntity' });
      await assert.rejects(identity.setDefaultPolicyVersion({ name, version }), { code: 'NoSuchEntity' });
      await assert.rejects(identity.deletePolicyVersion({ name, version }), { code: 'NoSuchEntity' });
    }
    await assert.rejects(identity.deletePolicyVersion({ name, version: 6 }), { code: 'DeleteConflict' });
  });

  promise('of many who create versions at once as many win as there is room for', async (identity) => {
    await identity.putPolicy({ name, document: allowing('a:B') });
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        identity.createPolicyVersion({ name, document: allowing('a:B'), setAsDefault: index % 2 === 0 }),
      ),
    );
    assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 4);
    const versions = await identity.listPolicyVersions({ name });
    assert.deepEqual(
      versions.map(({ version }) => version),
      [5, 4, 3, 2, 1],
    );
    assert.equal(versions.filter(({ isDefault }) => isDefault).length, 1);
  });

  promise(
    'a policy with further versions is deleted by force only, and with all of them',
    async (identity) => {
      await identity.putPolicy({ name, document: allowing('a:B') });
      await identity.createPolicyVersion({ name, document: allowing('a:C') });
      await assert.rejects(identity.deletePolicy({ name }), { code: 'DeleteConflict' });
      await identity.deletePolicy({ name, force: true });
      await assert.rejects(identity.listPolicyVersions({ name }), { code: 'NoSuchEntity' });
      await identity.putPolicy({ name, document: allowing('a:D') });
      assert.deepEqual(await numbers(identity), ['v1 default']);
      await identity.deletePolicy({ name });
    },
  );

  promise('what is put replaces the default version; description and others stay', async (identity) => {
    const put = await identity.putPolicy({ name, document: allowing('a:B'), description: 'Läser – <alles>' });
    assert.equal(put.description, 'Läser – <alles>');
    await identity.createPolicyVersion({ name, document: allowing('a:C'), setAsDefault: true });
    await identity.putPolicy({ name, document: allowing('a:D') });
    const shown = await identity.getPolicy({ name });
    assert.equal(shown.description, 'Läser – <alles>');
    assert.deepEqual([shown.document, shown.defaultVersion], [allowing('a:D'), 2]);
    assert.equal((await identity.getPolicyVersion({ name, version: 1 })).document, allowing('a:B'));
    for (const description of ['a\0b', '\ud800', 'x'.repeat(1_001)])
      await assert.rejects(identity.putPolicy({ name: 'other', document: allowing('a:B'), description }), {
        code: 'ValidationError',
      });
  });

  promise('versions that cannot be are refused', async (identity) => {
    const document = allowing('a:B');
    await assert.rejects(identity.createPolicyVersion({ name, document }), { code: 'NoSuchEntity' });
    await assert.rejects(identity.setDefaultPolicyVersion({ name, version: 1 }), { code: 'NoSuchEntity' });
    await assert.rejects(identity.deletePolicyVersion({ name, version: 1 }), { code: 'NoSuchEntity' });
    await identity.putPolicy({ name, document });
    await assert.rejects(identity.createPolicyVersion({ name, document: '{}' }), {
      code: 'MalformedPolicyDocument',
    });
    const canned = { name: 'AdministratorAccess' };
    const unmodifiable = { code: 'UnmodifiableEntity' };
    await assert.rejects(identity.createPolicyVersion({ ...canned, document }), unmodifiable);
    await assert.rejects(identity.setDefaultPolicyVersion({ ...canned, version: 1 }), unmodifiable);
    await assert.rejects(identity.deletePolicyVersion({ ...canned, version: 1 }), unmodifiable);
    assert.deepEqual(
      (await identity.listPolicyVersions(canned)).map(({ version }) => version),
      [1],
    );
  });
}
