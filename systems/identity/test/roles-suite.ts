// What identity promises of roles and temporary credentials, as tests that run on every sql engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@cairn/service';
import type { TestContext } from '@cairn/testing';
import type { AssumeRoleRequest, Identity, TemporaryCredentials } from '../src/core/identity.ts';
import { parsePolicy } from '../src/policy/parse-policy.ts';
import { principalOf, userWithKey } from './identity-suite.ts';
import { allowing, type TestIdentity, testRoot } from './open-test-identity.ts';
import { account, root } from './principals.ts';

/** A trust policy: `arn` may take on the role, under conditions. */
export function trusting(arn: string, condition: object = {}): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: arn === '*' ? '*' : { AWS: arn },
      Action: 'sts:AssumeRole',
      Condition: condition,
    },
  });
}

const arnOf = (user: string) => `arn:aws:iam::${account}:user/${user}`;
const reader = `arn:aws:iam::${account}:role/reader`;
const object = { action: 's3:GetObject', resource: 'arn:aws:s3:::photos/a' };

export async function sessionOf(
  identity: Identity,
  { accessKeyId, token }: TemporaryCredentials,
): Promise<Principal> {
  const found = await identity.findSession({ accessKeyId, token });
  assert(typeof found === 'object', `a session, not ${String(found)}`);
  return found.principal;
}

/** Anna, with a key, and a role that she may take on. */
async function annaAndReader(identity: Identity, trustPolicy = trusting(arnOf('anna'))) {
  const key = await userWithKey(identity);
  const anna = await principalOf(identity, key);
  const role = await identity.createRole({ name: 'reader', trustPolicy });
  await identity.putRolePolicy({ role: 'reader', name: 'own', document: allowing('s3:Get*') });
  const take = (more: Partial<AssumeRoleRequest> = {}) =>
    identity.assumeRole({ principal: anna, roleArn: reader, sessionName: 'work', ...more });
  return { key, anna, role, take };
}

export function rolesSuite(
  engine: string,
  open: (test: TestContext) => Promise<TestIdentity>,
  options: { skip?: string | false } = {},
): void {
  const promise = (name: string, run: (identity: Identity, opened: TestIdentity) => Promise<void>) =>
    test(`${engine}: ${name}`, options, async (t) => {
      const opened = await open(t);
      await run(opened.identity, opened);
    });
  const decide = async (identity: Identity, principal: Principal, request: object = {}) =>
    (await identity.authorize(principal, { ...object, ...request })).decision;

  promise('a role is created, shown in any case, changed, listed by path and deleted', async (identity) => {
    const role = await identity.createRole({ name: 'Ops', path: '/team/', trustPolicy: trusting('*') });
    assert.equal(role.arn, `arn:aws:iam::${account}:role/team/Ops`);
    assert.match(role.id, /^AROA[A-Z2-7]{17}$/);
    assert.deepEqual(await identity.getRole({ name: 'ops' }), role);
    await assert.rejects(identity.createRole({ name: 'OPS', trustPolicy: trusting('*') }), {
      code: 'EntityAlreadyExists',
    });
    await identity.updateRole({ name: 'ops', description: 'on call', sessionSecondsMax: 7_200 });
    assert.deepEqual(await identity.getRole({ name: 'Ops' }), {
      ...role,
      description: 'on call',
      sessionSecondsMax: 7_200,
    });
    await identity.createRole({ name: 'a', trustPolicy: trusting('*') });
    const names = async (pathPrefix?: string) =>
      (await identity.listRoles({ pathPrefix })).items.map(({ name }) => name);
    assert.deepEqual([await names(), await names('/te'), await names('/x/')], [['a', 'Ops'], ['Ops'], []]);
    await identity.attachRolePolicy({ role: 'ops', policy: 'AdministratorAccess' });
    await assert.rejects(identity.deleteRole({ name: 'Ops' }), { code: 'DeleteConflict' });
    await identity.detachRolePolicy({ role: 'OPS', policy: 'AdministratorAccess' });
    await identity.deleteRole({ name: 'ops' });
    await assert.rejects(identity.getRole({ name: 'Ops' }), { code: 'NoSuchEntity' });
  });

  promise('a trust policy names whom it trusts, and no resource', async (identity) => {
    const refused = { code: 'MalformedPolicyDocument' };
    await assert.rejects(
      identity.createRole({ name: 'r', trustPolicy: allowing('sts:AssumeRole') }),
      refused,
    );
    const without = JSON.parse(trusting('*'));
    delete without.Statement.Principal;
    await assert.rejects(identity.createRole({ name: 'r', trustPolicy: JSON.stringify(without) }), refused);
  });

  promise('a policy that a role has cannot be deleted', async (identity) => {
    await identity.putPolicy({ name: 'own', document: allowing('s3:*') });
    await identity.createRole({ name: 'reader', trustPolicy: trusting('*') });
    await identity.attachRolePolicy({ role: 'reader', policy: 'own' });
    assert.deepEqual((await identity.getPolicy({ name: 'own' })).roles, ['reader']);
    await assert.rejects(identity.deletePolicy({ name: 'own' }), { code: 'DeleteConflict' });
  });

  promise('who takes on a role has its rights, not their own', async (identity) => {
    const { take, anna } = await annaAndReader(identity);
    await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
    const taken = await take();
    assert.equal(taken.arn, `arn:aws:sts::${account}:assumed-role/reader/work`);
    const session = await sessionOf(identity, taken);
    assert.equal(session.arn, taken.arn);
    assert.equal(await decide(identity, session), 'allow');
    assert.equal(await decide(identity, session, { action: 's3:PutObject' }), 'implicit-deny');
    assert.equal(await decide(identity, anna, { action: 's3:PutObject' }), 'allow');
    assert.equal(await identity.uniqueIdOf(session), taken.id);
  });

  promise(
    'a role is refused to whom it does not trust, whatever their own policies allow',
    async (identity) => {
      const { take } = await annaAndReader(identity, trusting(arnOf('bert')));
      await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
      await assert.rejects(take(), { code: 'AccessDenied' });
      await assert.rejects(take({ roleArn: `${reader}s` }), { code: 'AccessDenied' });
      const principal = { ...root, accessKeyId: testRoot.accessKeyId };
      await assert.rejects(take({ principal }), { code: 'AccessDenied' });
    },
  );

  promise('a role that trusts the account is for those whose own policies allow it', async (identity) => {
    const { take } = await annaAndReader(identity, trusting(`arn:aws:iam::${account}:root`));
    await assert.rejects(take(), { code: 'AccessDenied' });
    await identity.putUserPolicy({ user: 'anna', name: 'take', document: allowing('sts:AssumeRole') });
    await take();
  });

  promise('a Deny of the caller’s own policies keeps a trusted one out', async (identity) => {
    const { take } = await annaAndReader(identity);
    const document = allowing('sts:AssumeRole').replace('Allow', 'Deny');
    await identity.putUserPolicy({ user: 'anna', name: 'never', document });
    await assert.rejects(take(), { code: 'AccessDenied' });
  });

  promise(
    'a trust policy may ask for an external id, and for who calls through the account',
    async (identity) => {
      const condition = {
        StringEquals: { 'sts:ExternalId': 'abc' },
        ArnLike: { 'aws:PrincipalArn': arnOf('an*') },
      };
      const { take } = await annaAndReader(identity, trusting(`arn:aws:iam::${account}:root`, condition));
      await identity.putUserPolicy({ user: 'anna', name: 'take', document: allowing('sts:AssumeRole') });
      await assert.rejects(take(), { code: 'AccessDenied' });
      await assert.rejects(take({ externalId: 'abd' }), { code: 'AccessDenied' });
      await take({ externalId: 'abc' });
      await identity.updateRole({
        name: 'reader',
        trustPolicy: trusting(`arn:aws:iam::${account}:root`, {
          ArnLike: { 'aws:PrincipalArn': arnOf('bert') },
        }),
      });
      await assert.rejects(take({ externalId: 'abc' }), { code: 'AccessDenied' });
    },
  );

  promise('a session policy limits a session, and adds nothing', async (identity) => {
    const { take } = await annaAndReader(identity);
    const limited = await sessionOf(
      identity,
      await take({ policy: allowing('s3:GetObject', 's3:PutObject') }),
    );
    assert.equal(await decide(identity, limited), 'allow');
    assert.equal(await decide(identity, limited, { action: 's3:PutObject' }), 'implicit-deny');
    assert.equal(await decide(identity, limited, { action: 's3:GetObjectAcl' }), 'implicit-deny');
  });

  promise(
    'what a resource gives a role is limited too; what it gives one session is not',
    async (identity) => {
      const { take } = await annaAndReader(identity);
      const taken = await take({ policy: allowing('s3:GetObjectAcl') });
      const limited = await sessionOf(identity, taken);
      const given = (principal: unknown) => {
        const document = JSON.parse(allowing('s3:*'));
        document.Statement.Principal = principal;
        const policy = parsePolicy(JSON.stringify(document), { kind: 'resource' });
        return { action: 's3:PutObject', resourcePolicies: [policy] };
      };
      assert.equal(await decide(identity, limited, given({ AWS: reader })), 'implicit-deny');
      assert.equal(await decide(identity, limited, given('*')), 'implicit-deny');
      assert.equal(await decide(identity, limited, given({ AWS: taken.arn })), 'allow');
      const unlimited = await sessionOf(identity, await take());
      assert.equal(await decide(identity, unlimited, given({ AWS: reader })), 'allow');
    },
  );

  promise(
    'a session ends with its role, its user and the key it was made with',
    async (identity, { options }) => {
      const { take, key, anna } = await annaAndReader(identity);
      const own = await identity.getSessionToken({ principal: anna });
      const ends = async (credentials: TemporaryCredentials, end: () => Promise<unknown>) => {
        const session = await sessionOf(identity, credentials);
        await end();
        assert.equal(await decide(identity, session), 'explicit-deny');
        assert.equal(await identity.findSession(credentials), 'InvalidToken');
        assert.ok(options.account);
      };
      await identity.deleteRolePolicy({ role: 'reader', name: 'own' });
      const trustPolicy = trusting(arnOf('anna'));
      await ends(await take(), async () => {
        await identity.deleteRole({ name: 'reader' });
        // Made anew under the old name, it is another one.
        await identity.createRole({ name: 'reader', trustPolicy });
      });
      const taken = await take();
      await ends(own, () => identity.setAccessKeyActive({ ...key, active: false }));
      await ends(await reopened(identity, key, taken), () =>
        identity.deleteUser({ name: 'anna', force: true }),
      );
    },
  );

  promise('credentials of GetSessionToken have the rights of their user', async (identity) => {
    const { anna } = await annaAndReader(identity);
    const session = await sessionOf(identity, await identity.getSessionToken({ principal: anna }));
    assert.equal(session.arn, anna.arn);
    assert.equal(await decide(identity, session), 'implicit-deny');
    await identity.attachPolicy({ user: 'anna', policy: 'AmazonS3ReadOnlyAccess' });
    assert.equal(await decide(identity, session), 'allow');
    await assert.rejects(identity.getSessionToken({ principal: session }), { code: 'AccessDenied' });
    await assert.rejects(identity.issueToken({ principal: session }), { code: 'AccessDenied' });
  });

  promise('root’s session is root’s', async (identity) => {
    const principal = { ...root, accessKeyId: testRoot.accessKeyId };
    const session = await sessionOf(identity, await identity.getSessionToken({ principal }));
    assert.equal(await decide(identity, session, { action: 'any:Thing' }), 'allow');
    await assert.rejects(identity.getSessionToken({ principal, seconds: 3_601 }), {
      code: 'ValidationError',
    });
  });

  promise(
    'a token is worth nothing when a byte of it changed, or beside another key id',
    async (identity) => {
      const { take } = await annaAndReader(identity);
      const [one, two] = [await take(), await take()];
      const bytes = Buffer.from(one.token, 'base64url');
      for (const at of [0, 5, 12, 40, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        const token = changed.toString('base64url');
        assert.equal(await identity.findSession({ ...one, token }), 'InvalidToken');
      }
      assert.equal(await identity.findSession({ ...one, accessKeyId: two.accessKeyId }), 'InvalidToken');
      for (const token of ['', 'x', '=', 'é', 'a'.repeat(100_000)])
        assert.equal(await identity.findSession({ ...one, token }), 'InvalidToken');
      assert.equal(await identity.findAccessKey(one.accessKeyId), undefined);
    },
  );

  promise('a role taken on from a role lasts an hour at most, and needs its trust', async (identity) => {
    const { take } = await annaAndReader(identity);
    const first = await sessionOf(identity, await take());
    await identity.createRole({ name: 'next', trustPolicy: trusting(reader), sessionSecondsMax: 43_200 });
    const next = { principal: first, roleArn: `arn:aws:iam::${account}:role/next` };
    await assert.rejects(take({ ...next, seconds: 3_601 }), { code: 'ValidationError' });
    const second = await sessionOf(identity, await take(next));
    assert.equal(second.name, 'next/work');
    await assert.rejects(take({ ...next, principal: second }), { code: 'AccessDenied' });
  });

  promise('a user under a path has it in every ARN, and keys follow when it changes', async (identity) => {
    await identity.createUser({ name: 'bert', path: '/team/' });
    const key = await identity.createAccessKey({ user: 'bert' });
    const before = await principalOf(identity, key);
    assert.equal(before.arn, `arn:aws:iam::${account}:user/team/bert`);
    assert.equal(await identity.userArn({ name: 'BERT' }), before.arn);
    await identity.setUserPath({ name: 'bert', path: '/' });
    assert.equal((await principalOf(identity, key)).arn, arnOf('bert'));
    assert.equal(await decide(identity, before), 'explicit-deny');
    for (const path of ['', 'team', '/team', '/te am/', `/${'x'.repeat(512)}/`])
      await assert.rejects(identity.createUser({ name: 'x', path }), { code: 'ValidationError' });
  });
}

/** The key switched on again, so that what was made with it works until the next end. */
async function reopened(
  identity: Identity,
  key: { user: string; accessKeyId: string },
  credentials: TemporaryCredentials,
): Promise<TemporaryCredentials> {
  await identity.setAccessKeyActive({ ...key, active: true });
  return credentials;
}
