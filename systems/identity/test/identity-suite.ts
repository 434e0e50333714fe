// What identity promises, as tests that run on every sql engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from '@cairn/testing';
import type { Identity, NewAccessKey } from '../src/core/identity.ts';
import { parsePolicy } from '../src/policy/parse-policy.ts';
import { allowing, basic, type TestIdentity, testRoot } from './open-test-identity.ts';
import { account, anonymous, root } from './principals.ts';

const rootPrincipal = { ...root, accessKeyId: testRoot.accessKeyId };

/** `open` gives a new, empty identity. */
export function identitySuite(
  engine: string,
  open: (test: TestContext) => Promise<TestIdentity>,
  options: { skip?: string | false } = {},
): void {
  const promise = (name: string, run: (identity: Identity, opened: TestIdentity) => Promise<void>) =>
    test(`${engine}: ${name}`, options, async (t) => {
      const opened = await open(t);
      await run(opened.identity, opened);
    });

  promise('a user is created, shown, listed and deleted', async (identity) => {
    const anna = await identity.createUser({ name: 'anna' });
    assert.equal(anna.arn, `arn:aws:iam::${account}:user/anna`);
    assert.match(anna.id, /^AIDA[A-Z2-7]{17}$/);
    assert.deepEqual(await identity.getUser({ name: 'anna' }), anna);
    assert.deepEqual(await identity.listUsers(), { items: [anna] });
    await identity.deleteUser({ name: 'anna' });
    assert.deepEqual(await identity.listUsers(), { items: [] });
    await assert.rejects(identity.getUser({ name: 'anna' }), { code: 'NoSuchEntity' });
    await assert.rejects(identity.deleteUser({ name: 'anna' }), { code: 'NoSuchEntity' });
  });

  promise('names that differ only in case are one', async (identity) => {
    await identity.createUser({ name: 'Anna' });
    await assert.rejects(identity.createUser({ name: 'anna' }), {
      code: 'EntityAlreadyExists',
      message: 'User with name anna already exists.',
    });
    await assert.rejects(identity.getUser({ name: 'anna' }), { code: 'NoSuchEntity' });
  });

  promise('of two who create the same user at once one wins', async (identity) => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => identity.createUser({ name: 'anna' })),
    );
    const won = attempts.filter(({ status }) => status === 'fulfilled');
    const lost = attempts.filter((attempt) => attempt.status === 'rejected');
    assert.equal(won.length, 1);
    assert.deepEqual(new Set(lost.map(({ reason }) => reason.code)), new Set(['EntityAlreadyExists']));
  });

  promise('of many who create keys of one user at once two win', async (identity) => {
    await identity.createUser({ name: 'anna' });
    const attempts = await Promise.allSettled(
      Array.from({ length: 6 }, () => identity.createAccessKey({ user: 'anna' })),
    );
    assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.equal((await identity.listAccessKeys({ user: 'anna' })).length, 2);
    await assert.rejects(identity.createAccessKey({ user: 'anna' }), {
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });
  });

  promise('listings come in pages', async (identity) => {
    const names = ['anna', 'bert', 'Carl', '_dora', 'a.b@c'];
    for (const name of names) await identity.createUser({ name });
    const seen: string[] = [];
    let page = await identity.listUsers({ limit: 2 });
    seen.push(...page.items.map(({ name }) => name));
    while (page.next !== undefined) {
      page = await identity.listUsers({ limit: 2, after: page.next });
      seen.push(...page.items.map(({ name }) => name));
    }
    assert.deepEqual(seen, names.toSorted());
    await assert.rejects(identity.listUsers({ limit: 0 }), { code: 'ValidationError' });
    await assert.rejects(identity.listUsers({ limit: 1_001 }), { code: 'ValidationError' });
  });

  promise('names of another form are refused', async (identity) => {
    for (const name of ['', 'a b', 'a/b', 'é', 'x'.repeat(65), 'root', 'Anonymous', "a'; drop table x"]) {
      await assert.rejects(identity.createUser({ name }), { code: 'ValidationError' });
      await assert.rejects(identity.createAccessKey({ user: name }), { code: 'ValidationError' });
    }
    await assert.rejects(identity.putPolicy({ name: 'a b', document: allowing('a:b') }), {
      code: 'ValidationError',
    });
  });

  promise('a key authenticates until it is switched off, and again when it is on', async (identity) => {
    const key = await userWithKey(identity);
    const name = { user: 'anna', accessKeyId: key.accessKeyId };
    assert.deepEqual(await identity.findAccessKey(key.accessKeyId), {
      accessKeyId: key.accessKeyId,
      secret: key.secretKey,
      principal: {
        type: 'user',
        name: 'anna',
        arn: `arn:aws:iam::${account}:user/anna`,
        accessKeyId: key.accessKeyId,
      },
      active: true,
    });
    await identity.setAccessKeyActive({ ...name, active: false });
    assert.equal(await identity.findAccessKey(key.accessKeyId), undefined);
    await identity.setAccessKeyActive({ ...name, active: true });
    assert.equal((await identity.findAccessKey(key.accessKeyId))?.secret, key.secretKey);
    await identity.deleteAccessKey(name);
    assert.equal(await identity.findAccessKey(key.accessKeyId), undefined);
    await assert.rejects(identity.deleteAccessKey(name), { code: 'NoSuchEntity' });
  });

  promise('a key belongs to its user only', async (identity) => {
    const key = await userWithKey(identity);
    await identity.createUser({ name: 'bert' });
    const name = { user: 'bert', accessKeyId: key.accessKeyId };
    await assert.rejects(identity.deleteAccessKey(name), { code: 'NoSuchEntity' });
    await assert.rejects(identity.setAccessKeyActive({ ...name, active: false }), { code: 'NoSuchEntity' });
    await assert.rejects(identity.setAccessKeyActive({ ...name, active: true }), { code: 'NoSuchEntity' });
    assert.ok(await identity.findAccessKey(key.accessKeyId));
  });

  promise('ids of keys that nobody has find nothing', async (identity) => {
    for (const id of ['', 'CAIRNAAAAAAAAAAAAAAA', 'a\0b', 'x'.repeat(10_000), '\ud800', "' or 1=1"])
      assert.equal(await identity.findAccessKey(id), undefined);
  });

  promise('a remembered key is found at once', async (identity) => {
    const key = await userWithKey(identity);
    await identity.findAccessKey(key.accessKeyId);
    assert.ok(!(identity.findAccessKey(key.accessKeyId) instanceof Promise));
    assert.ok(!(identity.findAccessKey(testRoot.accessKeyId) instanceof Promise));
  });

  promise('a user who has something is deleted only by force, and then with all of it', async (identity) => {
    const key = await userWithKey(identity);
    await identity.putUserPolicy({ user: 'anna', name: 'own', document: allowing('s3:*') });
    await identity.attachPolicy({ user: 'anna', policy: 'AmazonS3FullAccess' });
    const { token } = await identity.issueToken({ principal: await principalOf(identity, key) });
    await assert.rejects(identity.deleteUser({ name: 'anna' }), {
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must delete access keys first.',
    });
    await identity.deleteAccessKey({ user: 'anna', accessKeyId: key.accessKeyId });
    await assert.rejects(identity.deleteUser({ name: 'anna' }), {
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must detach all policies first.',
    });
    await identity.deleteUser({ name: 'anna', force: true });
    await identity.createUser({ name: 'anna' });
    assert.deepEqual(await identity.listUserPolicies({ user: 'anna' }), { attached: [], inline: [] });
    assert.deepEqual(await identity.listAccessKeys({ user: 'anna' }), []);
    assert.equal(await identity.authenticator.authenticate(`Bearer ${token}`), undefined);
  });

  promise('a user may do what attached and inline policies allow, from the moment on', async (identity) => {
    const principal = await principalOf(identity, await userWithKey(identity));
    const decide = async (action: string) =>
      (await identity.authorize(principal, { action, resource: '*' })).decision;
    assert.equal(await decide('s3:GetObject'), 'implicit-deny');

    await identity.putPolicy({ name: 'reader', document: allowing('s3:Get*') });
    await identity.attachPolicy({ user: 'anna', policy: 'reader' });
    await identity.attachPolicy({ user: 'anna', policy: 'reader' });
    assert.equal(await decide('s3:GetObject'), 'allow');
    assert.equal(await decide('s3:PutObject'), 'implicit-deny');

    await identity.putPolicy({ name: 'reader', document: allowing('s3:Put*') });
    assert.equal(await decide('s3:GetObject'), 'implicit-deny');
    assert.equal(await decide('s3:PutObject'), 'allow');

    const deny = { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 's3:*', Resource: '*' } };
    await identity.putUserPolicy({ user: 'anna', name: 'own', document: JSON.stringify(deny) });
    assert.equal(await decide('s3:PutObject'), 'explicit-deny');

    await identity.deleteUserPolicy({ user: 'anna', name: 'own' });
    await identity.detachPolicy({ user: 'anna', policy: 'reader' });
    assert.equal(await decide('s3:PutObject'), 'implicit-deny');
    await assert.rejects(identity.detachPolicy({ user: 'anna', policy: 'reader' }), { code: 'NoSuchEntity' });
  });

  promise('conditions see the user, the address and the time', async (identity) => {
    const principal = await principalOf(identity, await userWithKey(identity));
    const statement = {
      Effect: 'Allow',
      Action: 's3:*',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
      Resource: 'arn:aws:s3:::home/${aws:username}/*',
      Condition: {
        IpAddress: { 'aws:SourceIp': '127.0.0.0/8' },
        DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' },
        NumericGreaterThan: { 'aws:EpochTime': '1577836800' },
        StringLike: { 'aws:userid': 'AIDA*', 'aws:PrincipalArn': '*:user/anna' },
        StringEquals: { 'aws:PrincipalAccount': account, 'aws:PrincipalType': 'User' },
      },
    };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    await identity.putUserPolicy({ user: 'anna', name: 'home', document });
    const decide = async (user: string, address: string) => {
      const resource = `arn:aws:s3:::home/${user}/a.txt`;
      // A request that says it is someone else's does not become theirs.
      const context = { 'aws:SourceIp': address, 'aws:UserName': user };
      return (await identity.authorize(principal, { action: 's3:GetObject', resource, context })).decision;
    };
    assert.equal(await decide('anna', '127.0.0.1'), 'allow');
    assert.equal(await decide('anna', '192.0.2.1'), 'implicit-deny');
    assert.equal(await decide('bert', '127.0.0.1'), 'implicit-deny');
  });

  promise('a Deny for whoever is no service of AWS counts for everyone', async (identity) => {
    const principal = await principalOf(identity, await userWithKey(identity));
    const elsewhere = { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
    const Statement = ['aws:ViaAWSService', 'aws:PrincipalIsAWSService'].map((key, index) => ({
      Effect: 'Deny',
      Action: `s3:${index === 0 ? 'Get' : 'Put'}Object`,
      Resource: '*',
      Condition: { ...elsewhere, Bool: { [key]: 'false' } },
    }));
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    await identity.putUserPolicy({ user: 'anna', name: 'here', document });
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      const request = { action, resource: '*', context: { 'aws:SourceIp': '198.51.100.1' } };
      assert.equal((await identity.authorize(principal, request)).decision, 'explicit-deny', action);
    }
  });

  promise('root may do everything, anonymous clients nothing', async (identity) => {
    const request = { action: 'iam:DeleteUser', resource: '*' };
    assert.equal((await identity.authorize(rootPrincipal, request)).decision, 'allow');
    assert.equal((await identity.authorize(anonymous, request)).decision, 'implicit-deny');
  });

  promise('a policy of the resource denies root too, and root needs none that allows', async (identity) => {
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: '*' };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    const resourcePolicies = [parsePolicy(document, { kind: 'resource' })];
    const decide = async (action: string) =>
      (await identity.authorize(rootPrincipal, { action, resource: 'arn:aws:s3:::b', resourcePolicies }))
        .decision;
    assert.equal(await decide('s3:DeleteBucket'), 'explicit-deny');
    assert.equal(await decide('s3:ListBucket'), 'allow');
  });

  promise('a policy can tell users who have policies from those who have none', async (identity) => {
    const principal = await principalOf(identity, await userWithKey(identity));
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:CreateBucket',
      Resource: '*',
      Condition: { NumericEquals: { 'cairn:PrincipalPolicies': 0 } },
    };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    const resourcePolicies = [parsePolicy(document, { kind: 'resource' })];
    const decide = async (who = principal) =>
      (await identity.authorize(who, { action: 's3:CreateBucket', resource: '*', resourcePolicies }))
        .decision;
    assert.equal(await decide(), 'allow');
    assert.equal(await decide(anonymous), 'implicit-deny');
    await identity.attachPolicy({ user: 'anna', policy: 'AmazonS3ReadOnlyAccess' });
    assert.equal(await decide(), 'implicit-deny');
  });

  promise('a connection that was opened with a key ends its rights with the key', async (identity) => {
    const key = await userWithKey(identity);
    const principal = await principalOf(identity, key);
    await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
    const decide = async () =>
      (await identity.authorize(principal, { action: 's3:GetObject', resource: '*' })).decision;
    assert.equal(await decide(), 'allow');
    await identity.setAccessKeyActive({ user: 'anna', accessKeyId: key.accessKeyId, active: false });
    assert.equal(await decide(), 'explicit-deny');
  });

  promise('policies are put, shown, listed and deleted when nobody has them', async (identity) => {
    const document = allowing('s3:*');
    const info = await identity.putPolicy({ name: 'all-s3', document });
    assert.equal(info.arn, `arn:aws:iam::${account}:policy/all-s3`);
    assert.deepEqual(await identity.getPolicy({ name: 'all-s3' }), {
      ...info,
      document,
      users: [],
      roles: [],
      groups: [],
    });
    assert.deepEqual(
      (await identity.listPolicies()).items.map(({ name }) => name),
      [
        'AdministratorAccess',
        'AmazonS3FullAccess',
        'AmazonS3ReadOnlyAccess',
        'IAMFullAccess',
        'IAMReadOnlyAccess',
        'all-s3',
      ],
    );
    await identity.createUser({ name: 'anna' });
    await identity.attachPolicy({ user: 'anna', policy: 'all-s3' });
    assert.deepEqual((await identity.getPolicy({ name: 'all-s3' })).users, ['anna']);
    await assert.rejects(identity.deletePolicy({ name: 'all-s3' }), { code: 'DeleteConflict' });
    await identity.detachPolicy({ user: 'anna', policy: 'all-s3' });
    await identity.deletePolicy({ name: 'all-s3' });
    await assert.rejects(identity.deletePolicy({ name: 'all-s3' }), { code: 'NoSuchEntity' });
    await assert.rejects(identity.getPolicy({ name: 'all-s3' }), { code: 'NoSuchEntity' });
  });

  promise('canned policies cannot be changed', async (identity) => {
    const name = 'AdministratorAccess';
    await assert.rejects(identity.putPolicy({ name, document: allowing('s3:*') }), {
      code: 'UnmodifiableEntity',
    });
    await assert.rejects(identity.deletePolicy({ name }), { code: 'UnmodifiableEntity' });
    assert.equal((await identity.getPolicy({ name })).arn, 'arn:aws:iam::aws:policy/AdministratorAccess');
  });

  promise('policies that cannot be are refused', async (identity) => {
    await identity.createUser({ name: 'anna' });
    const document = '{"Version": "2012-10-17"}';
    await assert.rejects(identity.putPolicy({ name: 'p', document }), { code: 'MalformedPolicyDocument' });
    await assert.rejects(identity.putUserPolicy({ user: 'anna', name: 'p', document }), {
      code: 'MalformedPolicyDocument',
    });
    await assert.rejects(identity.attachPolicy({ user: 'anna', policy: 'p' }), { code: 'NoSuchEntity' });
    await assert.rejects(identity.attachPolicy({ user: 'bert', policy: 'AdministratorAccess' }), {
      code: 'NoSuchEntity',
      message: 'The user with name bert cannot be found.',
    });
    await assert.rejects(identity.putUserPolicy({ user: 'bert', name: 'p', document: allowing('a:b') }), {
      code: 'NoSuchEntity',
    });
  });

  promise('a user has at most ten policies of each kind', async (identity) => {
    await identity.createUser({ name: 'anna' });
    const document = allowing('s3:*');
    for (let index = 0; index < 10; index++) {
      await identity.putPolicy({ name: `p${index}`, document });
      await identity.attachPolicy({ user: 'anna', policy: `p${index}` });
      await identity.putUserPolicy({ user: 'anna', name: `p${index}`, document });
    }
    await identity.putUserPolicy({ user: 'anna', name: 'p3', document });
    await assert.rejects(identity.putUserPolicy({ user: 'anna', name: 'p10', document }), {
      code: 'LimitExceeded',
    });
    await assert.rejects(identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' }), {
      code: 'LimitExceeded',
    });
  });

  promise('a token is worth what its owner is, until it is revoked', async (identity) => {
    const key = await userWithKey(identity);
    const principal = await principalOf(identity, key);
    const issued = await identity.issueToken({ principal, lifetimeMs: 60_000 });
    assert.equal(issued.expiresMs - issued.issuedMs, 60_000);
    assert.deepEqual(await identity.authenticator.authenticate(`Bearer ${issued.token}`), principal);
    const { token: _, ...info } = issued;
    assert.deepEqual(await identity.listTokens({ user: 'anna' }), [info]);
    await assert.rejects(identity.revokeToken({ user: 'root', id: issued.id }), { code: 'NoSuchEntity' });
    await identity.revokeToken({ user: 'anna', id: issued.id });
    assert.equal(await identity.authenticator.authenticate(`Bearer ${issued.token}`), undefined);
    await assert.rejects(identity.revokeToken({ user: 'anna', id: issued.id }), { code: 'NoSuchEntity' });
  });

  promise('root has tokens too', async (identity) => {
    const issued = await identity.issueToken({ principal: rootPrincipal });
    assert.deepEqual(await identity.authenticator.authenticate(`Bearer ${issued.token}`), rootPrincipal);
    assert.equal((await identity.listTokens({ user: 'root' })).length, 1);
    await identity.revokeToken({ user: 'root', id: issued.id });
    assert.deepEqual(await identity.listTokens({ user: 'root' }), []);
  });

  promise('a token ends with the key it was issued to', async (identity) => {
    for (const end of ['switched off', 'deleted'] as const) {
      const key = await userWithKey(identity, end === 'deleted' ? 'bert' : 'anna');
      const { token } = await identity.issueToken({ principal: await principalOf(identity, key) });
      const name = { user: key.user, accessKeyId: key.accessKeyId };
      assert.ok(await identity.authenticator.authenticate(`Bearer ${token}`));
      if (end === 'deleted') await identity.deleteAccessKey(name);
      else await identity.setAccessKeyActive({ ...name, active: false });
      assert.equal(await identity.authenticator.authenticate(`Bearer ${token}`), undefined, end);
      if (end === 'switched off') await identity.setAccessKeyActive({ ...name, active: true });
      assert.equal(
        await identity.authenticator.authenticate(`Bearer ${token}`),
        undefined,
        `${end}, then on`,
      );
    }
  });

  promise('a key that is switched off gets no token', async (identity) => {
    const key = await userWithKey(identity);
    const principal = await principalOf(identity, key);
    await identity.setAccessKeyActive({ user: 'anna', accessKeyId: key.accessKeyId, active: false });
    await assert.rejects(identity.issueToken({ principal }), { code: 'NoSuchEntity' });
  });

  promise('a token lives twelve hours at most', async (identity) => {
    for (const lifetimeMs of [0, 999, 12 * 3_600_000 + 1, Number.NaN, -1])
      await assert.rejects(identity.issueToken({ principal: rootPrincipal, lifetimeMs }), {
        code: 'ValidationError',
      });
    await identity.issueToken({ principal: rootPrincipal, lifetimeMs: 12 * 3_600_000 });
  });

  promise('the last use of a key is noted', async (identity) => {
    const key = await userWithKey(identity);
    const principal = await principalOf(identity, key);
    assert.equal((await identity.listAccessKeys({ user: 'anna' }))[0]!.lastUsedMs, undefined);
    const beforeMs = Date.now();
    await identity.authorize(principal, { action: 's3:GetObject', resource: '*' });
    await identity.close();
    assert.ok((await identity.listAccessKeys({ user: 'anna' }))[0]!.lastUsedMs! >= beforeMs - 1);
  });

  promise('wrong passwords prove nothing', async (identity) => {
    const key = await userWithKey(identity);
    const { accessKeyId, secretKey } = key;
    const attempts = [
      basic({ accessKeyId, secretKey: `${secretKey.slice(0, -1)}~` }),
      basic({ accessKeyId, secretKey: secretKey.slice(0, -1) }),
      basic({ accessKeyId, secretKey: '' }),
      basic({ accessKeyId: `${accessKeyId}X`, secretKey }),
      basic({ accessKeyId: testRoot.accessKeyId, secretKey }),
      basic({ accessKeyId: 'NOBODY', secretKey: '' }),
      `Basic ${Buffer.from('no colon').toString('base64')}`,
      `Bearer ${secretKey}`,
      'Bearer ',
      'Basic',
      'Digest x',
      '',
      undefined,
    ];
    for (const attempt of attempts)
      assert.equal(await identity.authenticator.authenticate(attempt), undefined, String(attempt));
    assert.equal((await identity.authenticator.authenticate(basic(key)))?.name, 'anna');
    assert.equal((await identity.authenticator.authenticate(basic(testRoot)))?.type, 'root');
  });

  promise('inspect counts, and shows a user without secrets', async (identity) => {
    const key = await userWithKey(identity);
    await identity.attachPolicy({ user: 'anna', policy: 'AmazonS3ReadOnlyAccess' });
    const inspection = await identity.inspect({ user: 'anna' });
    assert.deepEqual(inspection.counts, {
      users: 1,
      accessKeys: 1,
      policies: 0,
      inlinePolicies: 0,
      tokens: 0,
      roles: 0,
      groups: 0,
      openIdProviders: 0,
    });
    assert.deepEqual(inspection.user?.policies, { attached: ['AmazonS3ReadOnlyAccess'], inline: [] });
    assert.ok(!JSON.stringify(inspection).includes(key.secretKey));
    await assert.rejects(identity.inspect({ user: 'bert' }), { code: 'NoSuchEntity' });
  });

  promise('a sound database has no findings', async (identity) => {
    await userWithKey(identity);
    await identity.putPolicy({ name: 'p', document: allowing('s3:*') });
    await identity.putUserPolicy({ user: 'anna', name: 'q', document: allowing('s3:*') });
    assert.deepEqual(await identity.check(), []);
  });
}

export async function userWithKey(identity: Identity, name = 'anna'): Promise<NewAccessKey> {
  await identity.createUser({ name });
  return identity.createAccessKey({ user: name });
}

export async function principalOf(identity: Identity, { accessKeyId }: { accessKeyId: string }) {
  const key = await identity.findAccessKey(accessKeyId);
  assert.ok(key);
  return key.principal;
}
