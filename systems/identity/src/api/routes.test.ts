// The management routes through the real frame, in process: who may call what, what goes in, what comes out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunningService } from '@cairn/service';
import type { TestContext } from '@cairn/testing';
import { type Answer, call, startIdentity } from '../../test/management-client.ts';
import { basic, testRoot } from '../../test/open-test-identity.ts';
import { account } from '../../test/principals.ts';
import { routesOf } from '../../test/routes-of.ts';
import type { Identity } from '../core/identity.ts';

const authorization = basic(testRoot);
const document = (action: string, resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
});

async function startWithRoot(t: TestContext) {
  const service = await startIdentity(t);
  const asRoot = (request: string, body?: unknown) => call(service, request, { authorization, body });
  return { service, asRoot };
}

/** Creates a user with a key; gives the login. */
async function login(service: RunningService, name: string): Promise<string> {
  await call(service, 'POST /users', { authorization, body: { name } });
  const { body } = await call(service, `POST /users/${name}/keys`, { authorization });
  return basic(body as { accessKeyId: string; secretKey: string });
}

/** Without the request's id. */
function errorOf({ body }: Answer): unknown {
  const { requestId: _, ...error } = body.error as Record<string, unknown>;
  return error;
}

test('a user’s whole life', async (t) => {
  const { asRoot } = await startWithRoot(t);
  const created = await asRoot('POST /users', { name: 'anna' });
  assert.equal(created.status, 200);
  assert.equal(created.body.arn, `arn:aws:iam::${account}:user/anna`);
  assert.deepEqual((await asRoot('GET /users/anna')).body, created.body);
  assert.deepEqual((await asRoot('GET /users?limit=1')).body, { items: [created.body] });
  assert.equal((await asRoot('POST /users', { name: 'anna' })).status, 409);

  const key = await asRoot('POST /users/anna/keys');
  assert.equal(typeof key.body.secretKey, 'string');
  const listed = await asRoot('GET /users/anna/keys');
  const { secretKey: _, ...shown } = key.body;
  assert.deepEqual(listed.body, { items: [shown] });
  const keyPath = `/users/anna/keys/${key.body.accessKeyId}`;
  assert.deepEqual(await asRoot(`PATCH ${keyPath}`, { active: false }), { status: 200, body: {} });
  assert.equal((await asRoot('DELETE /users/anna')).status, 409);
  assert.deepEqual(await asRoot(`DELETE ${keyPath}`), { status: 200, body: {} });
  assert.equal((await asRoot(`DELETE ${keyPath}`)).status, 404);

  assert.deepEqual(await asRoot('DELETE /users/anna?force=true'), { status: 200, body: {} });
  const gone = await asRoot('GET /users/anna');
  assert.equal(gone.status, 404);
  assert.deepEqual(errorOf(gone), {
    code: 'not-found',
    message: 'The user with name anna cannot be found.',
  });
});

test('policies are put, attached, shown and taken away', async (t) => {
  const { asRoot } = await startWithRoot(t);
  await asRoot('POST /users', { name: 'anna' });
  const put = await asRoot('PUT /policies/reader', { document: document('s3:Get*') });
  assert.equal(put.body.arn, `arn:aws:iam::${account}:policy/reader`);
  assert.deepEqual(await asRoot('PUT /users/anna/attached-policies/reader'), { status: 200, body: {} });
  await asRoot('PUT /users/anna/inline-policies/own', { document: document('s3:Put*') });
  assert.deepEqual((await asRoot('GET /users/anna/policies')).body, {
    attached: ['reader'],
    inline: ['own'],
  });
  assert.deepEqual((await asRoot('GET /users/anna/inline-policies/own')).body.document, document('s3:Put*'));
  const shown = await asRoot('GET /policies/reader');
  assert.deepEqual(shown.body.document, document('s3:Get*'));
  assert.deepEqual(shown.body.users, ['anna']);
  const list = (await asRoot('GET /policies')).body.items as { name: string; canned: boolean }[];
  assert.deepEqual(list.map(({ name, canned }) => `${name} ${canned}`).slice(-2), [
    'IAMReadOnlyAccess true',
    'reader false',
  ]);
  assert.equal((await asRoot('DELETE /policies/reader')).status, 409);
  await asRoot('DELETE /users/anna/attached-policies/reader');
  await asRoot('DELETE /users/anna/inline-policies/own');
  assert.deepEqual(await asRoot('DELETE /policies/reader'), { status: 200, body: {} });
  assert.equal((await asRoot('PUT /policies/bad', { document: { Version: '1' } })).status, 400);
  assert.equal((await asRoot('DELETE /policies/AdministratorAccess')).status, 400);
});

test('a group’s whole life, with its members and policies', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  const anna = await login(service, 'anna');
  const done = { status: 200, body: {} };
  const created = await asRoot('POST /groups', { name: 'staff', path: '/team/' });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  assert.equal(created.body.arn, `arn:aws:iam::${account}:group/team/staff`);
  assert.deepEqual((await asRoot('GET /groups/STAFF')).body, created.body);
  assert.deepEqual((await asRoot('GET /groups?limit=1')).body, { items: [created.body] });
  assert.equal((await asRoot('POST /groups', { name: 'Staff' })).status, 409);

  assert.deepEqual(await asRoot('PUT /groups/staff/members/anna'), done);
  assert.equal((await asRoot('PUT /groups/staff/members/bert')).status, 404);
  const members = (await asRoot('GET /groups/staff/members')).body.items as { name: string }[];
  assert.deepEqual(
    members.map(({ name }) => name),
    ['anna'],
  );
  assert.deepEqual((await asRoot('GET /users/anna/groups')).body, { items: [created.body] });

  const asAnna = () => call(service, 'GET /users', { authorization: anna });
  assert.equal((await asAnna()).status, 403);
  assert.deepEqual(await asRoot('PUT /groups/staff/attached-policies/IAMReadOnlyAccess'), done);
  assert.equal((await asAnna()).status, 200);
  const own = { document: document('s3:Put*') };
  assert.deepEqual(await asRoot('PUT /groups/staff/inline-policies/own', own), done);
  const held = { attached: ['IAMReadOnlyAccess'], inline: ['own'] };
  assert.deepEqual((await asRoot('GET /groups/staff/policies')).body, held);
  assert.deepEqual((await asRoot('GET /policies/IAMReadOnlyAccess')).body.groups, ['staff']);

  assert.deepEqual(await asRoot('PATCH /groups/staff', { newName: 'crew' }), done);
  assert.equal((await asRoot('DELETE /groups/crew')).status, 409);
  assert.deepEqual(await asRoot('DELETE /groups/crew/members/anna'), done);
  assert.equal((await asAnna()).status, 403);
  assert.deepEqual(await asRoot('DELETE /groups/crew/attached-policies/IAMReadOnlyAccess'), done);
  assert.deepEqual(await asRoot('DELETE /groups/crew/inline-policies/own'), done);
  assert.deepEqual(await asRoot('DELETE /groups/crew'), done);
  assert.equal((await asRoot('GET /groups/crew')).status, 404);
});

test('who may change groups under one path moves none to another', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  const anna = await login(service, 'anna');
  const under = document('iam:UpdateGroup', `arn:aws:iam::${account}:group/dev/*`);
  await asRoot('PUT /users/anna/inline-policies/own', { document: under });
  await asRoot('POST /groups', { name: 'web', path: '/dev/' });
  const change = (body: object) => call(service, 'PATCH /groups/web', { authorization: anna, body });
  assert.equal((await change({ path: '/admin/' })).status, 403);
  assert.equal((await change({ newName: 'site' })).status, 200);
  assert.equal((await asRoot('GET /groups/site')).body.path, '/dev/');
});

test('a role’s whole life, with its policies', async (t) => {
  const { asRoot } = await startWithRoot(t);
  const trust = (user: string) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:user/${user}` },
        Action: 'sts:AssumeRole',
      },
    ],
  });
  const done = { status: 200, body: {} };
  const created = await asRoot('POST /roles', {
    name: 'backup',
    trustPolicy: trust('anna'),
    description: 'nightly',
  });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  assert.equal(created.body.arn, `arn:aws:iam::${account}:role/backup`);
  assert.deepEqual([created.body.trustPolicy, created.body.description], [trust('anna'), 'nightly']);
  assert.deepEqual((await asRoot('GET /roles/backup')).body, created.body);
  assert.deepEqual((await asRoot('GET /roles?limit=1')).body, { items: [created.body] });
  assert.equal((await asRoot('POST /roles', { name: 'backup', trustPolicy: trust('anna') })).status, 409);
  assert.equal((await asRoot('POST /roles', { name: 'other', trustPolicy: {} })).status, 400);

  assert.deepEqual(
    await asRoot('PATCH /roles/backup', { trustPolicy: trust('ben'), sessionSecondsMax: 7_200 }),
    done,
  );
  const { body: changed } = await asRoot('GET /roles/backup');
  assert.deepEqual(changed, { ...created.body, trustPolicy: trust('ben'), sessionSecondsMax: 7_200 });

  await asRoot('PUT /policies/reader', { document: document('s3:Get*') });
  assert.deepEqual(await asRoot('PUT /roles/backup/attached-policies/reader'), done);
  assert.deepEqual(
    await asRoot('PUT /roles/backup/inline-policies/own', { document: document('s3:Put*') }),
    done,
  );
  assert.deepEqual((await asRoot('GET /roles/backup/policies')).body, {
    attached: ['reader'],
    inline: ['own'],
  });
  assert.deepEqual(
    (await asRoot('GET /roles/backup/inline-policies/own')).body.document,
    document('s3:Put*'),
  );
  assert.deepEqual((await asRoot('GET /policies/reader')).body.roles, ['backup']);
  assert.equal((await asRoot('DELETE /roles/backup')).status, 409, 'it has policies');
  assert.deepEqual(await asRoot('DELETE /roles/backup/attached-policies/reader'), done);
  assert.deepEqual(await asRoot('DELETE /roles/backup/inline-policies/own'), done);
  assert.deepEqual(await asRoot('DELETE /roles/backup'), done);
  assert.equal((await asRoot('GET /roles/backup')).status, 404);
  assert.equal((await asRoot('GET /roles/backup/policies')).status, 404);
});

test('a user without policies may log in for a token, look after own tokens, and no more', async (t) => {
  const { service } = await startWithRoot(t);
  const anna = await login(service, 'anna');
  await login(service, 'bert');
  const caller = await call(service, 'GET /caller', { authorization: anna });
  assert.deepEqual([caller.body.type, caller.body.name, caller.body.account], ['user', 'anna', account]);

  const issued = await call(service, 'POST /tokens', { authorization: anna, body: { lifetimeSeconds: 60 } });
  const bearer = { authorization: `Bearer ${issued.body.token}` };
  assert.equal((await call(service, 'GET /caller', bearer)).body.name, 'anna');
  const { token: _, ...info } = issued.body;
  assert.deepEqual((await call(service, 'GET /users/anna/tokens', bearer)).body, { items: [info] });
  for (const request of [
    'GET /users/bert/tokens',
    'GET /users/root/tokens',
    'GET /users',
    'GET /users/anna',
    'POST /users/anna/keys',
    'GET /check',
    'GET /inspect',
  ])
    assert.equal((await call(service, request, bearer)).status, 403, request);
  assert.equal((await call(service, `DELETE /users/anna/tokens/${issued.body.id}`, bearer)).status, 200);
  assert.equal((await call(service, 'GET /caller', bearer)).status, 401);
});

test('a policy lets a user manage what it names, and nothing beside', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  const anna = await login(service, 'anna');
  await login(service, 'bert');
  const own = document('iam:*AccessKey*', `arn:aws:iam::${account}:user/\${aws:username}`);
  await asRoot('PUT /users/anna/inline-policies/own-keys', { document: own });
  assert.equal((await call(service, 'GET /users/anna/keys', { authorization: anna })).status, 200);
  assert.equal((await call(service, 'GET /users/bert/keys', { authorization: anna })).status, 403);
  assert.equal((await call(service, 'DELETE /users/anna', { authorization: anna })).status, 403);
});

test('who may change a role’s description does not thereby choose who takes it on', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  const anna = await login(service, 'anna');
  const trust = (name: string) => ({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
      Principal: { AWS: `arn:aws:iam::${account}:${name}` },
    },
  });
  await asRoot('POST /roles', { name: 'admin', trustPolicy: trust('root') });
  const policy = (action: string) =>
    asRoot('PUT /users/anna/inline-policies/own', { document: document(action) });
  const change = (body: object) => call(service, 'PATCH /roles/admin', { authorization: anna, body });
  await policy('iam:UpdateRole');
  assert.equal((await change({ description: 'nightly' })).status, 200);
  const refused = await change({ description: 'mine', trustPolicy: trust('user/anna') });
  assert.deepEqual(
    [refused.status, errorOf(refused)],
    [
      403,
      {
        code: 'forbidden',
        message: `arn:aws:iam::${account}:user/anna may not iam:UpdateAssumeRolePolicy on arn:aws:iam::${account}:role/admin`,
      },
    ],
  );
  assert.equal((await asRoot('GET /roles/admin')).body.description, 'nightly');
  await policy('iam:Update*');
  assert.equal((await change({ trustPolicy: trust('user/anna') })).status, 200);
});

test('who may make policies does not thereby replace one that somebody has', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  const anna = await login(service, 'anna');
  await asRoot('PUT /policies/reader', { document: document('s3:Get*') });
  const policy = (action: string) =>
    asRoot('PUT /users/anna/inline-policies/own', { document: document(action) });
  const put = async (name: string) =>
    (await call(service, `PUT /policies/${name}`, { authorization: anna, body: { document: document('*') } }))
      .status;
  await policy('iam:CreatePolicy');
  assert.deepEqual([await put('new'), await put('new'), await put('reader')], [200, 409, 409]);
  assert.deepEqual((await asRoot('GET /policies/reader')).body.document, document('s3:Get*'));
  await policy('iam:CreatePolicy*');
  assert.equal(await put('reader'), 200);
});

test('who may delete policies does not thereby delete versions that somebody made', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  const identity = service.system<Identity>('identity');
  const anna = await login(service, 'anna');
  await asRoot('PUT /policies/reader', { document: document('s3:Get*') });
  const again = JSON.stringify(document('s3:*'));
  await identity.createPolicyVersion({ name: 'reader', document: again, setAsDefault: true });
  const { defaultVersion, document: shown } = (await asRoot('GET /policies/reader')).body;
  assert.deepEqual([defaultVersion, shown], [2, document('s3:*')]);
  const policy = (action: string) =>
    asRoot('PUT /users/anna/inline-policies/own', { document: document(action) });
  const remove = async () => (await call(service, 'DELETE /policies/reader', { authorization: anna })).status;
  await policy('iam:DeletePolicy');
  assert.equal(await remove(), 409);
  await policy('iam:DeletePolicy*');
  assert.equal(await remove(), 200);
});

test('nobody and a wrong password are answered alike', async (t) => {
  const { service } = await startWithRoot(t);
  const wrong = basic({ accessKeyId: testRoot.accessKeyId, secretKey: 'wrong-password' });
  const answers = [
    await call(service, 'GET /users'),
    await call(service, 'GET /users', { authorization: wrong }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401],
  );
  assert.deepEqual(errorOf(answers[0]!), errorOf(answers[1]!));
});

test('input of another form is refused with what is wanted', async (t) => {
  const { asRoot } = await startWithRoot(t);
  for (const [request, body] of [
    ['POST /users', {}],
    ['POST /users', { name: 7 }],
    ['POST /users', { name: 'anna', admin: true }],
    ['POST /users', { name: 'a b' }],
    ['GET /users?limit=many', undefined],
    ['GET /users?limit=0', undefined],
    ['PUT /policies/p', { document: 'text' }],
    ['POST /tokens', { lifetimeSeconds: 43_201 }],
  ] as const)
    assert.equal((await asRoot(request, body)).status, 400, `${request} ${JSON.stringify(body)}`);
});

test('check and inspect answer over the API, without secrets', async (t) => {
  const { service, asRoot } = await startWithRoot(t);
  await login(service, 'anna');
  assert.deepEqual((await asRoot('GET /check')).body, { findings: [] });
  const { body } = await asRoot('GET /inspect?user=anna');
  assert.equal((body.counts as { users: number }).users, 1);
  assert.equal((body.user as { accessKeys: unknown[] }).accessKeys.length, 1);
});

test('every route asks for an action of a known service, and acts on what its path names', () => {
  const services = /^(iam|sts|cairn):[A-Z]\w+$/;
  for (const { method, path, action, resource } of routesOf()) {
    assert.match(action, services, `${method} ${path}`);
    assert.equal(
      path.includes('{'),
      resource !== undefined && !['/users', '/roles', '/groups', '/open-id-providers'].includes(path),
      `${method} ${path}`,
    );
  }
});

const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
const attachUnless: Readonly<Record<string, readonly object[]>> = {
  'a Deny of one policy': [
    { Effect: 'Allow', Action: 'iam:*Policy', Resource: '*' },
    {
      ...{ Effect: 'Deny', Action: ['iam:Attach*', 'iam:Detach*'], Resource: '*' },
      Condition: { ArnEquals: { 'iam:PolicyARN': administrator } },
    },
  ],
  'an Allow of all but one': [
    {
      ...{ Effect: 'Allow', Action: 'iam:*Policy', Resource: '*' },
      Condition: { ArnNotEquals: { 'iam:PolicyARN': administrator } },
    },
  ],
};

for (const [name, Statement] of Object.entries(attachUnless)) {
  test(`regression: ${name} keeps from making oneself an administrator`, async (t) => {
    const { service, asRoot } = await startWithRoot(t);
    const authorization = await login(service, 'lead');
    await asRoot('POST /groups', { name: 'staff' });
    const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
    await asRoot('POST /roles', { name: 'job', trustPolicy: { Version: '2012-10-17', Statement: [trust] } });
    const document = { Version: '2012-10-17', Statement };
    await asRoot('PUT /users/lead/inline-policies/attach', { document });
    for (const holder of ['users/lead', 'groups/staff', 'roles/job']) {
      for (const method of ['PUT', 'DELETE']) {
        const at = (policy: string) => `${method} /${holder}/attached-policies/${policy}`;
        assert.equal((await call(service, at('AdministratorAccess'), { authorization })).status, 403, holder);
        const other = await call(service, at('AmazonS3ReadOnlyAccess'), { authorization });
        assert.equal(other.status, 200, `${holder} ${JSON.stringify(other.body)}`);
      }
    }
  });
}
