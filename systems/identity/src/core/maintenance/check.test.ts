// Damage on purpose: check names it, and requests fail closed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf, userWithKey } from '../../../test/identity-suite.ts';
import { allowing } from '../../../test/open-test-identity.ts';
import { openWithVandal } from '../../../test/open-with-vandal.ts';
import { trusting } from '../../../test/roles-suite.ts';

test('a secret that was changed in the database is found, and its key does not authenticate', async (t) => {
  const { identity, sql, vandal, reopen } = await openWithVandal(t);
  const key = await userWithKey(identity);
  const sealed = (await sql.lookup('findAccessKey', { id: key.accessKeyId }))!.secret;
  const secret = Uint8Array.from(sealed);
  secret[secret.length - 1]! ^= 1;
  await vandal.write('replaceSecret', { id: key.accessKeyId, secret });

  const again = await reopen();
  assert.deepEqual(await again.check(), [
    {
      subject: `access key ${key.accessKeyId} of user anna`,
      problem: `could not decrypt the secret of access key ${key.accessKeyId} of user anna: it was changed, or belongs elsewhere`,
    },
  ]);
  await assert.rejects(async () => again.findAccessKey(key.accessKeyId), { code: 'UnreadableSecret' });
});

test('a secret that was copied to another user’s key does not let its owner in there', async (t) => {
  const { identity, sql, vandal, reopen } = await openWithVandal(t);
  const [anna, bert] = [await userWithKey(identity), await userWithKey(identity, 'bert')];
  const { secret } = (await sql.lookup('findAccessKey', { id: bert.accessKeyId }))!;
  await vandal.write('replaceSecret', { id: anna.accessKeyId, secret });
  await assert.rejects(async () => (await reopen()).findAccessKey(anna.accessKeyId), {
    code: 'UnreadableSecret',
  });
});

test('a version of a policy that does not parse is found, also when it is not the default', async (t) => {
  const { identity, vandal, reopen } = await openWithVandal(t);
  await identity.putPolicy({ name: 'managed', document: allowing('s3:Get*') });
  await identity.createPolicyVersion({ name: 'managed', document: allowing('s3:*') });
  await vandal.write('replaceDocument', { name: 'managed', document: '{' });
  const findings = await (await reopen()).check();
  assert.deepEqual(
    findings.map(({ subject }) => subject),
    ['policy managed', 'version v2 of policy managed'],
  );
});

test('a role’s policies that do not parse are found', async (t) => {
  const { identity, vandal, reopen } = await openWithVandal(t);
  const trustPolicy = trusting('*');
  await identity.createRole({ name: 'reader', trustPolicy });
  await identity.putRolePolicy({ role: 'reader', name: 'own', document: allowing('s3:*') });
  for (const name of ['reader', 'own']) await vandal.write('replaceDocument', { name, document: '{' });
  const findings = await (await reopen()).check();
  assert.deepEqual(
    findings.map(({ subject }) => subject),
    ['trust policy of role reader', 'policy own of role reader'],
  );
});

test('a group’s policy that does not parse is found, and its members may do nothing', async (t) => {
  const { identity, vandal, reopen } = await openWithVandal(t);
  const key = await userWithKey(identity);
  for (const name of ['a', 'readers']) {
    await identity.createGroup({ name });
    await identity.putGroupPolicy({ group: name, name: `of-${name}`, document: allowing('s3:*') });
  }
  await identity.addUserToGroup({ group: 'readers', user: 'anna' });
  await vandal.write('replaceDocument', { name: 'of-readers', document: '{' });
  const again = await reopen();
  assert.deepEqual(
    (await again.check()).map(({ subject }) => subject),
    ['policy of-readers of group readers'],
  );
  const principal = await principalOf(again, key);
  const ask = async () => again.authorize(principal, { action: 's3:GetObject', resource: '*' });
  await assert.rejects(ask, { code: 'ServiceFailure' });
});

test('regression: a new user is in no group of an earlier one of that name, however that one was deleted', async (t) => {
  const { identity, vandal, reopen } = await openWithVandal(t);
  await identity.createUser({ name: 'anna' });
  await identity.createGroup({ name: 'administrators' });
  await identity.addUserToGroup({ group: 'administrators', user: 'anna' });
  await vandal.write('deleteUserAlone', { name: 'anna' });
  const again = await reopen();
  await again.createUser({ name: 'anna' });
  assert.deepEqual(await again.listGroupsOfUser({ user: 'anna' }), []);
});

test('a stored policy that does not parse is found, and its user may do nothing until it is replaced', async (t) => {
  const { identity, vandal, reopen } = await openWithVandal(t);
  const key = await userWithKey(identity);
  await identity.putPolicy({ name: 'managed', document: allowing('s3:*') });
  await identity.putUserPolicy({ user: 'anna', name: 'own', document: allowing('s3:*') });
  for (const name of ['managed', 'own']) await vandal.write('replaceDocument', { name, document: '{' });

  const again = await reopen();
  const findings = await again.check();
  assert.deepEqual(
    findings.map(({ subject }) => subject),
    ['policy managed', 'policy own of user anna'],
  );
  const principal = await principalOf(again, key);
  const ask = async () => again.authorize(principal, { action: 's3:GetObject', resource: '*' });
  await assert.rejects(ask, {
    code: 'ServiceFailure',
    message: /could not read the stored policy own of user anna/,
  });
  await again.putUserPolicy({ user: 'anna', name: 'own', document: allowing('s3:*') });
  assert.equal((await ask()).decision, 'allow');
});
