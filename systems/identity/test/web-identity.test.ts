// Roles for whoever has a token of a registered provider: who is let in, with which rights, and for how long.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ecKey, rsaKey, shownKey } from '@cairn/testing';
import { parsePolicy } from '../src/policy/parse-policy.ts';
import { allowing } from './open-test-identity.ts';
import { account } from './principals.ts';
import { sessionOf } from './roles-suite.ts';
import { outcomeOf, roleArn, setUpWebIdentity, trustingProvider } from './web-identity-setup.ts';

const object = { action: 's3:GetObject', resource: 'arn:aws:s3:::photos/a' };
const tagsClaim = 'https://aws.amazon.com/tags';

test('a token gives the rights of the role, and says whom it was for', async (t) => {
  const { identity, take, provider, clock } = await setUpWebIdentity(t);
  const taken = await take();
  const { arn, id, subject, audience } = taken;
  assert.deepEqual([subject, audience, taken.provider], ['anna', 'my-client', provider.arn]);
  assert.equal(arn, `arn:aws:sts::${account}:assumed-role/reader/work`);
  const session = await sessionOf(identity, taken);
  assert.equal(await identity.uniqueIdOf(session), id);
  assert.equal((await identity.authorize(session, object)).decision, 'allow');
  const put = { ...object, action: 's3:PutObject' };
  assert.equal((await identity.authorize(session, put)).decision, 'implicit-deny');
  clock.pass(3_600_000);
  const { accessKeyId, token } = taken;
  assert.equal(await identity.findSession({ accessKeyId, token }), 'ExpiredToken');
});

test('every algorithm that is taken, and keys that come and go', async (t) => {
  const { take, token, issuer, clock } = await setUpWebIdentity(t);
  const keys = [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => rsaKey(`key of ${alg}`, alg)),
    ...(['ES256', 'ES384', 'ES512'] as const).map((alg) => ecKey(`key of ${alg}`, alg)),
  ];
  issuer.keys = keys;
  for (const key of keys) assert.equal(await outcomeOf(take(token({}, { key }))), 'done', key.alg);
  assert.equal(issuer.asked.length, 2, 'its keys were remembered');
  const next = rsaKey('next');
  issuer.keys = [...keys, next];
  clock.pass(10_000);
  assert.equal(await outcomeOf(take(token({}, { key: next }))), 'done', 'a new key is asked for');
  issuer.keys = [next];
  clock.pass(599_999);
  assert.equal(await outcomeOf(take(token({}, { key: keys[0]! }))), 'done');
  clock.pass(1);
  assert.equal(await outcomeOf(take(token({}, { key: keys[0]! }))), 'InvalidIdentityToken', 'withdrawn');
  assert.equal(await outcomeOf(take()), 'done');
});

test('a token without a key id is taken where one key fits', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const bare = () => token({}, { header: { kid: undefined } });
  issuer.keys = [ecKey('ec', 'ES256'), rsaKey('rsa')];
  assert.equal(await outcomeOf(take(bare())), 'done');
  const two = await setUpWebIdentity(t);
  two.issuer.keys = [rsaKey('a'), rsaKey('b')];
  assert.equal(
    await outcomeOf(two.take(two.token({}, { header: { kid: undefined } }))),
    'InvalidIdentityToken',
  );
});

test('a new key without an id, or under an old one, lets in a moment later', async (t) => {
  for (const kid of [undefined, 'only']) {
    const { take, token, issuer, clock } = await setUpWebIdentity(t);
    issuer.instead = ({ url }, response) =>
      url === '/certs' &&
      !!response.end(JSON.stringify({ keys: issuer.keys.map((key) => ({ ...shownKey(key), kid })) }));
    const outcome = () => outcomeOf(take(token({}, { header: { kid } })));
    assert.equal(await outcome(), 'done');
    issuer.keys = [rsaKey('new')];
    assert.equal(await outcome(), 'InvalidIdentityToken');
    clock.pass(10_000);
    assert.equal(await outcome(), 'done');
  }
});

test('keys that are fresh let in while the provider is away; then nobody is, and a moment later again', async (t) => {
  const { take, issuer, clock } = await setUpWebIdentity(t);
  await take();
  issuer.instead = (_, response) => !!response.writeHead(503).end();
  clock.pass(599_000);
  assert.equal(await outcomeOf(take()), 'done');
  clock.pass(1_000);
  assert.equal(await outcomeOf(take()), 'IDPCommunicationError');
  issuer.instead = undefined;
  assert.equal(await outcomeOf(take()), 'IDPCommunicationError', 'it is not asked again at once');
  clock.pass(10_000);
  assert.equal(await outcomeOf(take()), 'done');
});

test('strangers who name keys that are not there keep nobody out while the provider is away', async (t) => {
  const { take, token, issuer, clock } = await setUpWebIdentity(t);
  await take();
  issuer.instead = (_, response) => !!response.writeHead(503).end();
  clock.pass(10_000);
  const strange = () => take(token({}, { key: rsaKey('other') }));
  assert.equal(await outcomeOf(strange()), 'IDPCommunicationError');
  assert.equal(await outcomeOf(take()), 'done');
});

test('a session ends with its provider, with the client that it came by, and with its role', async (t) => {
  const { identity, take, provider } = await setUpWebIdentity(t);
  const { name } = provider;
  const ask = async ({ accessKeyId, token }: Awaited<ReturnType<typeof take>>) => {
    const found = await identity.findSession({ accessKeyId, token });
    return typeof found === 'object' ? (await identity.authorize(found.principal, object)).decision : found;
  };
  const taken = await take();
  const session = await sessionOf(identity, taken);
  assert.equal(await ask(taken), 'allow');
  await identity.addOpenIdClient({ name, clientId: 'other' });
  assert.equal(await ask(taken), 'allow');
  await identity.removeOpenIdClient({ name, clientId: 'my-client' });
  assert.equal(await ask(taken), 'InvalidToken');
  assert.equal((await identity.authorize(session, object)).decision, 'explicit-deny');
  await identity.addOpenIdClient({ name, clientId: 'my-client' });
  assert.equal(await ask(taken), 'allow');
  await identity.deleteOpenIdProvider({ name });
  assert.equal(await ask(taken), 'InvalidToken');
  assert.equal((await identity.authorize(session, object)).decision, 'explicit-deny');
  await identity.createOpenIdProvider({ url: provider.url, clientIds: ['my-client'] });
  assert.equal(await ask(taken), 'InvalidToken', 'one made anew is another provider');
  const again = await take();
  assert.equal(await ask(again), 'allow');
  await identity.deleteRolePolicy({ role: 'reader', name: 'own' });
  await identity.deleteRole({ name: 'reader' });
  assert.equal(await ask(again), 'InvalidToken');
});

test('the trust policy decides by what the token says', async (t) => {
  const { identity, take, token, provider } = await setUpWebIdentity(t);
  const { arn, name } = provider;
  const under = async (condition: object, claims = {}) => {
    await identity.updateRole({ name: 'reader', trustPolicy: trustingProvider(arn, { condition }) });
    return outcomeOf(take(token(claims)));
  };
  const equals = (claim: string, value: unknown) => ({ StringEquals: { [`${name}:${claim}`]: value } });
  assert.equal(await under(equals('sub', 'anna')), 'done');
  assert.equal(await under(equals('sub', 'berta')), 'AccessDenied');
  assert.equal(await under(equals('aud', 'my-client')), 'done');
  assert.equal(await under(equals('app_id', 'my-client')), 'done');
  assert.equal(await under(equals('azp', 'my-client')), 'AccessDenied', 'it has none');
  const given = { aud: ['web', 'api'], azp: 'my-client', amr: ['pwd', 'otp'] };
  assert.equal(await under(equals('azp', 'my-client'), given), 'done');
  assert.equal(await under(equals('aud', 'my-client'), given), 'done', 'aud is azp, when there is one');
  assert.equal(await under(equals('aud', 'web'), given), 'AccessDenied');
  assert.equal(await under(equals('oaud', 'web'), given), 'done');
  assert.equal(await under(equals('app_id', 'api'), given), 'done');
  assert.equal(await under({ 'ForAnyValue:StringEquals': { [`${name}:amr`]: 'otp' } }, given), 'done');
  assert.equal(
    await under({ 'ForAnyValue:StringEquals': { [`${name}:amr`]: 'hwk' } }, given),
    'AccessDenied',
  );
  assert.equal(await under({ ArnEquals: { 'aws:FederatedProvider': arn } }), 'done');
  assert.equal(await under({ StringEquals: { 'sts:RoleSessionName': 'work' } }), 'done');
  assert.equal(await under({ StringEquals: { 'sts:RoleSessionName': 'other' } }), 'AccessDenied');
  assert.equal(await under({ StringEquals: { 'other.example.com:sub': 'anna' } }), 'AccessDenied');
  assert.equal(await under({ StringEquals: { 'aws:PrincipalType': 'Anonymous' } }), 'AccessDenied');
});

test('the trust policy has to name the provider, for this very action', async (t) => {
  const { identity, take, provider } = await setUpWebIdentity(t);
  const by = async (statement: object, ...more: object[]) => {
    const Action = 'sts:AssumeRoleWithWebIdentity';
    const Statement = [{ Effect: 'Allow', Action, ...statement }, ...more];
    const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement });
    await identity.updateRole({ name: 'reader', trustPolicy });
    return outcomeOf(take());
  };
  const Principal = { Federated: provider.arn };
  assert.equal(await by({ Principal }), 'done');
  assert.equal(await by({ Principal: { Federated: ['accounts.google.com', provider.arn] } }), 'done');
  assert.equal(
    await by({ Principal: { Federated: `arn:aws:iam:::oidc-provider/${provider.name}` } }),
    'done',
  );
  assert.equal(await by({ Principal, Action: 'sts:*' }), 'done');
  const nobody = [
    ...[
      '*',
      { AWS: '*' },
      { AWS: account },
      { AWS: `arn:aws:iam::${account}:root` },
      { CanonicalUser: account },
    ],
    ...[
      { Federated: '*' },
      { Federated: provider.name },
      { Federated: `${provider.arn}/x` },
      { Service: 'federated user' },
      { AWS: provider.arn },
    ],
    ...[
      { Federated: provider.arn.replace(account, '111111111111') },
      { Federated: provider.arn.toUpperCase() },
    ],
  ];
  for (const each of nobody)
    assert.equal(await by({ Principal: each }), 'AccessDenied', JSON.stringify(each));
  const user = `arn:aws:iam::${account}:user/anna`;
  for (const NotPrincipal of [{ AWS: user }, { Federated: 'accounts.google.com' }, { Service: 'x' }])
    assert.equal(await by({ NotPrincipal }), 'AccessDenied', 'being no exception is not being named');
  assert.equal(await by({ Principal, Action: 'sts:AssumeRole' }), 'AccessDenied');
  const Action = 'sts:*';
  for (const denied of ['*', { AWS: '*' }, Principal])
    assert.equal(await by({ Principal }, { Effect: 'Deny', Action, Principal: denied }), 'AccessDenied');
  const spared = { Effect: 'Deny', Action, NotPrincipal: Principal };
  assert.equal(await by({ Principal }, spared), 'done');
  const unspared = { Effect: 'Deny', Action, NotPrincipal: { AWS: user } };
  assert.equal(await by({ Principal }, unspared), 'AccessDenied');
});

test('naming a provider lets no user in, and naming nobody is no way round', async (t) => {
  const { identity, provider } = await setUpWebIdentity(t);
  await identity.updateRole({
    name: 'reader',
    trustPolicy: trustingProvider(provider.arn, {
      action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
    }),
  });
  await identity.createUser({ name: 'anna' });
  await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
  const { accessKeyId } = await identity.createAccessKey({ user: 'anna' });
  const { principal } = (await identity.findAccessKey(accessKeyId))!;
  assert.equal(
    await outcomeOf(identity.assumeRole({ principal, roleArn, sessionName: 'work' })),
    'AccessDenied',
  );
});

test('a role that is not there, and one by another ARN, are told from one that trusts nobody by nobody', async (t) => {
  const { take } = await setUpWebIdentity(t);
  const wrong = [
    ...['role/absent', 'role/x/reader', 'user/reader', 'role/', 'role/reader/', 'role/*'].map(
      (rest) => `arn:aws:iam::${account}:${rest}`,
    ),
    ...[
      'reader',
      '',
      'arn:aws:iam::111111111111:role/reader',
      'arn:aws:iam:::role/absent',
      'arn:aws:sts:::role/reader',
    ],
  ];
  const messages = await Promise.all(
    wrong.map((arn) => take(undefined, { roleArn: arn }).catch((error: Error) => error.message)),
  );
  assert.deepEqual(new Set(messages), new Set(['Not authorized to perform sts:AssumeRoleWithWebIdentity']));
  assert.equal(await outcomeOf(take(undefined, { roleArn: 'arn:aws:iam:::role/reader' })), 'done');
});

test('a session policy limits, and what is no request is refused', async (t) => {
  const { identity, take } = await setUpWebIdentity(t);
  const limited = await take(undefined, { policy: allowing('s3:GetObject') });
  const session = await sessionOf(identity, limited);
  assert.equal((await identity.authorize(session, object)).decision, 'allow');
  const acl = { ...object, action: 's3:GetObjectAcl' };
  assert.equal((await identity.authorize(session, acl)).decision, 'implicit-deny');
  assert.equal(await outcomeOf(take(undefined, { policy: '{' })), 'MalformedPolicyDocument');
  assert.equal(await outcomeOf(take(undefined, { policy: 'x'.repeat(2_049) })), 'ValidationError');
  for (const seconds of [899, 3_601, 900.5])
    assert.equal(await outcomeOf(take(undefined, { seconds })), 'ValidationError');
  for (const sessionName of ['', 'a', 'a/b', 'x'.repeat(65)])
    assert.equal(await outcomeOf(take(undefined, { sessionName })), 'ValidationError');
});

test('session tags want sts:TagSession besides, and are what policies ask of the session', async (t) => {
  const { identity, take, token, provider } = await setUpWebIdentity(t);
  const tagged = (values: unknown, transitive?: unknown) =>
    token({ [tagsClaim]: { principal_tags: values, transitive_tag_keys: transitive } });
  const engineer = () => tagged({ Department: ['Engineering'], Site: 'north' }, ['Department']);
  assert.equal(
    await outcomeOf(take(engineer())),
    'AccessDenied',
    'the trust policy says nothing of sts:TagSession',
  );
  assert.equal(await outcomeOf(take(tagged({}))), 'done', 'no tags need no right');
  const action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  const under = async (condition: object, given = engineer()) => {
    await identity.updateRole({
      name: 'reader',
      trustPolicy: trustingProvider(provider.arn, { action, condition }),
    });
    return outcomeOf(take(given));
  };
  assert.equal(await under({ StringEquals: { 'aws:RequestTag/Department': 'Engineering' } }), 'done');
  assert.equal(await under({ StringEquals: { 'aws:RequestTag/Department': 'Sales' } }), 'AccessDenied');
  assert.equal(
    await under({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Department', 'Site'] } }),
    'done',
  );
  assert.equal(
    await under({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Department'] } }),
    'AccessDenied',
  );
  assert.equal(
    await under({ 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': 'Department' } }),
    'done',
  );

  await under({});
  const ofTeam = (condition: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: condition },
    });
  const decide = async (condition: object, given = engineer()) => {
    await identity.putRolePolicy({ role: 'reader', name: 'own', document: ofTeam(condition) });
    return (await identity.authorize(await sessionOf(identity, await take(given)), object)).decision;
  };
  assert.equal(await decide({ StringEquals: { 'aws:PrincipalTag/Department': 'Engineering' } }), 'allow');
  assert.equal(await decide({ StringEquals: { 'aws:PrincipalTag/department': 'Sales' } }), 'implicit-deny');
  assert.equal(await decide({ Null: { 'aws:PrincipalTag/Department': 'true' } }), 'implicit-deny');
  assert.equal(
    await decide({ StringEquals: { 'aws:RequestTag/Department': 'Engineering' } }),
    'implicit-deny',
  );
  const both = tagged({ Department: ['Engineering', 'Marketing'] });
  const all = (...values: string[]) => ({
    'ForAllValues:StringEquals': { 'aws:PrincipalTag/Department': values },
  });
  assert.equal(await decide(all('Engineering', 'Marketing'), both), 'allow');
  assert.equal(await decide(all('Engineering'), both), 'implicit-deny');
});

test('policies of the role may use who the token was about', async (t) => {
  const { identity, take, provider } = await setUpWebIdentity(t);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
  const Resource = 'arn:aws:s3:::home/${PROVIDER:sub}/*'.replace('PROVIDER', provider.name);
  const Statement = { Effect: 'Allow', Action: 's3:*', Resource };
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putRolePolicy({ role: 'reader', name: 'own', document });
  const session = await sessionOf(identity, await take());
  const decide = async (who: string) =>
    (await identity.authorize(session, { action: 's3:GetObject', resource: `arn:aws:s3:::home/${who}/a` }))
      .decision;
  assert.deepEqual([await decide('anna'), await decide('berta')], ['allow', 'implicit-deny']);
});

test('a role from a role keeps the transitive tags alone, and ends with the provider', async (t) => {
  const { identity, take, token, provider } = await setUpWebIdentity(t);
  const action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  await identity.updateRole({ name: 'reader', trustPolicy: trustingProvider(provider.arn, { action }) });
  const trust = { Effect: 'Allow', Principal: { AWS: roleArn }, Action: 'sts:AssumeRole' };
  await identity.createRole({
    name: 'next',
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement: trust }),
  });
  const condition = {
    StringEquals: { 'aws:PrincipalTag/Team': 'a' },
    Null: { 'aws:PrincipalTag/Site': 'true' },
  };
  const Statement = { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: condition };
  await identity.putRolePolicy({
    ...{ role: 'next', name: 'own', document: JSON.stringify({ Version: '2012-10-17', Statement }) },
  });
  const tags = { principal_tags: { Team: ['a'], Site: ['b'] }, transitive_tag_keys: ['Team'] };
  const principal = await sessionOf(identity, await take(token({ [tagsClaim]: tags })));
  const next = `arn:aws:iam::${account}:role/next`;
  const chained = await identity.assumeRole({ principal, roleArn: next, sessionName: 'more' });
  const session = await sessionOf(identity, chained);
  assert.equal((await identity.authorize(session, object)).decision, 'allow');
  const twice = await identity.assumeRole({
    principal,
    roleArn: 'arn:aws:iam:::role/next',
    sessionName: 'more',
  });
  assert.equal((await identity.authorize(await sessionOf(identity, twice), object)).decision, 'allow');
  await identity.deleteOpenIdProvider({ name: provider.name });
  assert.equal((await identity.authorize(session, object)).decision, 'explicit-deny');
  assert.equal(await outcomeOf(identity.getSessionToken({ principal })), 'AccessDenied');
  assert.equal(await outcomeOf(identity.issueToken({ principal })), 'AccessDenied');
});

test('a resource that names a session lets it past its session policy under conditions about that session', async (t) => {
  const { identity, take, token, provider } = await setUpWebIdentity(t);
  const action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  await identity.updateRole({ name: 'reader', trustPolicy: trustingProvider(provider.arn, { action }) });
  const red = token({ [tagsClaim]: { principal_tags: { Team: 'red' } } });
  const session = await sessionOf(identity, await take(red, { policy: allowing('s3:ListBucket') }));
  const decide = async (Condition: object) => {
    const Principal = { AWS: session.arn };
    const Statement = { Effect: 'Allow', Principal, Action: 's3:*', Resource: 'arn:aws:s3:::*', Condition };
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    const resourcePolicies = [parsePolicy(document, { kind: 'resource' })];
    return (await identity.authorize(session, { ...object, resourcePolicies })).decision;
  };
  const tag = 'aws:PrincipalTag/Team';
  assert.equal(await decide({}), 'allow');
  assert.equal(await decide({ StringEquals: { [tag]: 'red', [`${provider.name}:sub`]: 'anna' } }), 'allow');
  assert.equal(await decide({ StringNotEquals: { [tag]: 'red' } }), 'implicit-deny');
  for (const key of [tag, `${provider.name}:sub`, 'aws:TokenIssueTime', 'aws:userid'])
    assert.equal(await decide({ Null: { [key]: 'true' } }), 'implicit-deny', key);
});

test('a tag may be called as what every object has', async (t) => {
  const { identity, take, token, provider } = await setUpWebIdentity(t);
  const action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  await identity.updateRole({ name: 'reader', trustPolicy: trustingProvider(provider.arn, { action }) });
  const trust = { Effect: 'Allow', Principal: { AWS: roleArn }, Action: 'sts:AssumeRole' };
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: trust });
  await identity.createRole({ name: 'next', trustPolicy });
  await identity.putRolePolicy({ role: 'next', name: 'own', document: allowing('s3:Get*') });
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 's3:*',
          Resource: '*',
          Condition: { Null: { [`aws:PrincipalTag/${name}`]: false } },
        },
      ],
    });
    for (const role of ['reader', 'next']) await identity.putRolePolicy({ role, name: 'own', document });
    const tags = { principal_tags: Object.fromEntries([[name, 'red']]), transitive_tag_keys: [name] };
    const principal = await sessionOf(identity, await take(token({ [tagsClaim]: tags })));
    assert.equal((await identity.authorize(principal, object)).decision, 'explicit-deny', name);
    const chained = await identity.assumeRole({
      ...{ principal, roleArn: `arn:aws:iam::${account}:role/next`, sessionName: 'more' },
    });
    const session = await sessionOf(identity, chained);
    assert.equal((await identity.authorize(session, object)).decision, 'explicit-deny', name);
  }
});

test('what does not fit into a session token is too large', async (t) => {
  const { identity, take, token, provider } = await setUpWebIdentity(t);
  const action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  await identity.updateRole({ name: 'reader', trustPolicy: trustingProvider(provider.arn, { action }) });
  const tags = (count: number) =>
    token({
      [tagsClaim]: {
        principal_tags: Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`k${index}`, 'v'.repeat(256)]),
        ),
      },
    });
  assert.equal(await outcomeOf(take(tags(40))), 'PackedPolicyTooLarge');
  assert.equal(await outcomeOf(take(tags(10))), 'done');
});
