// Decisions by policies: AWS's rules, many by policies from AWS's own documentation, and that a decision is quick.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@cairn/service';
import { account, anna, anonymous, root } from '../../test/principals.ts';
import { cannedPolicies } from './canned-policies.ts';
import { type Decision, evaluate } from './evaluate.ts';
import { type CompiledPolicy, parsePolicy } from './parse-policy.ts';
import type { ContextRecord } from './request-context.ts';

type Statement = Record<string, unknown>;

const policyOf = (kind: 'identity' | 'resource', ...statements: Statement[]): CompiledPolicy =>
  parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), { kind });
const identityPolicy = (...statements: Statement[]) => policyOf('identity', ...statements);
const resourcePolicy = (...statements: Statement[]) => policyOf('resource', ...statements);

function decide(
  policies: CompiledPolicy | readonly CompiledPolicy[],
  action: string,
  resource: string,
  { context, principal = anna }: { context?: ContextRecord; principal?: Principal } = {},
): Decision['decision'] {
  const list = 'statements' in policies ? [policies] : policies;
  return evaluate({ policies: list, request: { principal, action, resource, context } }).decision;
}

const photos = 'arn:aws:s3:::photos';
const allow = (action: unknown, resource: unknown, more: Statement = {}) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...more,
});
const deny = (action: unknown, resource: unknown, more: Statement = {}) => ({
  ...allow(action, resource, more),
  Effect: 'Deny',
});

test('without policies everything is denied', () => {
  assert.equal(decide([], 's3:GetObject', photos), 'implicit-deny');
});

test('an ARN of IAM without an account means this one, and no other thing', () => {
  const policy = identityPolicy(allow('iam:GetUserPolicy', 'arn:aws:iam:::user/anna'));
  assert.equal(decide(policy, 'iam:GetUserPolicy', `arn:aws:iam::${account}:user/anna`), 'allow');
  assert.equal(decide(policy, 'iam:GetUserPolicy', `arn:aws:iam::${account}:user/bert`), 'implicit-deny');
  assert.equal(decide(policy, 'iam:GetUserPolicy', `arn:aws:iam::${account}:role/anna`), 'implicit-deny');
});

test('an Allow allows what it names and nothing else', () => {
  const policy = identityPolicy(allow('s3:GetObject', `${photos}/*`));
  assert.equal(decide(policy, 's3:GetObject', `${photos}/a.jpg`), 'allow');
  assert.equal(decide(policy, 's3:PutObject', `${photos}/a.jpg`), 'implicit-deny');
  assert.equal(decide(policy, 's3:GetObject', photos), 'implicit-deny');
  assert.equal(decide(policy, 's3:GetObject', 'arn:aws:s3:::photos2/a.jpg'), 'implicit-deny');
});

for (const order of ['allow first', 'deny first'])
  test(`a Deny wins over every Allow, ${order}`, () => {
    const statements = [allow('*', '*'), deny('s3:DeleteObject', `${photos}/*`)];
    const policy = identityPolicy(...(order === 'allow first' ? statements : statements.toReversed()));
    assert.equal(decide(policy, 's3:DeleteObject', `${photos}/a`), 'explicit-deny');
    assert.equal(decide(policy, 's3:DeleteObject', 'arn:aws:s3:::other/a'), 'allow');
  });

test('a Deny of one policy wins over an Allow of another', () => {
  const policies = [identityPolicy(allow('*', '*')), identityPolicy(deny('s3:*', '*'))];
  assert.equal(decide(policies, 's3:GetObject', photos), 'explicit-deny');
  assert.equal(decide(policies, 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:1:q'), 'allow');
});

test('a decision names the statement that decided', () => {
  const document = {
    Version: '2012-10-17',
    Statement: [allow('a:*', '*'), { Sid: 'No', ...deny('a:B', '*') }],
  };
  const policy = parsePolicy(JSON.stringify(document), { kind: 'identity', name: 'limits' });
  const request = { principal: anna, action: 'a:B', resource: '*' };
  assert.deepEqual(evaluate({ policies: [policy], request }), {
    decision: 'explicit-deny',
    statement: { policy: 'limits', sid: 'No', index: 1 },
  });
  assert.deepEqual(evaluate({ policies: [policy], request: { ...request, action: 'a:C' } }).statement, {
    policy: 'limits',
    sid: undefined,
    index: 0,
  });
});

test('actions are compared without regard to case, resources with it', () => {
  const policy = identityPolicy(allow('S3:gEt*', `${photos}/A`));
  assert.equal(decide(policy, 's3:GetObject', `${photos}/A`), 'allow');
  assert.equal(decide(policy, 's3:GetObject', `${photos}/a`), 'implicit-deny');
});

test('wildcards in the resource of a request are literal', () => {
  assert.equal(
    decide(identityPolicy(allow('s3:*', `${photos}/a`)), 's3:GetObject', `${photos}/*`),
    'implicit-deny',
  );
});

test('NotAction and NotResource are about everything else', () => {
  const policy = identityPolicy(
    { Effect: 'Allow', NotAction: ['iam:*', 'S3:Delete*'], Resource: '*' },
    { Effect: 'Deny', Action: 's3:*', NotResource: [photos, `${photos}/*`] },
  );
  assert.equal(decide(policy, 's3:GetObject', `${photos}/a`), 'allow');
  assert.equal(decide(policy, 's3:DeleteObject', `${photos}/a`), 'implicit-deny');
  assert.equal(decide(policy, 'iam:CreateUser', '*'), 'implicit-deny');
  assert.equal(decide(policy, 's3:GetObject', 'arn:aws:s3:::other/a'), 'explicit-deny');
});

test('a variable in NotResource without a value leaves the resource out of the exception', () => {
  const policy = identityPolicy({ Effect: 'Deny', Action: '*', NotResource: `${photos}/\${aws:username}/*` });
  assert.equal(decide(policy, 's3:GetObject', `${photos}/anna/a`), 'explicit-deny');
  const context = { 'aws:username': 'anna' };
  assert.equal(decide(policy, 's3:GetObject', `${photos}/anna/a`, { context }), 'implicit-deny');
});

test('in version 2008-10-17, and without a version, a variable is text', () => {
  for (const version of [{ Version: '2008-10-17' }, {}]) {
    const document = { ...version, Statement: allow('s3:*', `${photos}/\${aws:username}`) };
    const policy = parsePolicy(JSON.stringify(document), { kind: 'identity' });
    const context = { 'aws:username': 'anna' };
    assert.equal(decide(policy, 's3:GetObject', `${photos}/anna`, { context }), 'implicit-deny');
    assert.equal(decide(policy, 's3:GetObject', `${photos}/\${aws:username}`, { context }), 'allow');
  }
});

// From "Policies and permissions", "Condition operators" and "Variables and tags" of AWS's IAM user guide.

test('documentation: a home directory for every user', () => {
  const bucket = 'arn:aws:s3:::BUCKET-NAME';
  const policy = identityPolicy(
    allow(['s3:ListAllMyBuckets', 's3:GetBucketLocation'], 'arn:aws:s3:::*'),
    allow('s3:ListBucket', bucket, {
      Condition: { StringLike: { 's3:prefix': ['', 'home/', 'home/${aws:username}/'] } },
    }),
    allow('s3:*', [`${bucket}/home/\${aws:username}`, `${bucket}/home/\${aws:username}/*`]),
  );
  const list = (prefix: string | undefined) =>
    decide(policy, 's3:ListBucket', bucket, { context: { 'aws:username': 'anna', 's3:prefix': prefix } });
  assert.deepEqual(['', 'home/', 'home/anna/', 'home/bert/', 'etc/', undefined].map(list), [
    'allow',
    'allow',
    'allow',
    'implicit-deny',
    'implicit-deny',
    'implicit-deny',
  ]);
  const context = { 'aws:username': 'anna' };
  assert.equal(decide(policy, 's3:PutObject', `${bucket}/home/anna/x`, { context }), 'allow');
  assert.equal(decide(policy, 's3:PutObject', `${bucket}/home/annabel/x`, { context }), 'implicit-deny');
  assert.equal(decide(policy, 's3:ListAllMyBuckets', 'arn:aws:s3:::*', { context }), 'allow');
});

test('documentation: a user changes only the keys of his own', () => {
  const policy = identityPolicy(allow('iam:*AccessKey*', `arn:aws:iam::${account}:user/\${aws:username}`));
  const context = { 'aws:username': 'anna' };
  assert.equal(decide(policy, 'iam:CreateAccessKey', anna.arn, { context }), 'allow');
  assert.equal(decide(policy, 'iam:CreateUser', anna.arn, { context }), 'implicit-deny');
  assert.equal(
    decide(policy, 'iam:CreateAccessKey', `arn:aws:iam::${account}:user/bert`, { context }),
    'implicit-deny',
  );
});

test('documentation: nothing without TLS', () => {
  const policy = identityPolicy(
    allow('s3:*', '*'),
    deny('s3:*', [photos, `${photos}/*`], { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
  );
  const get = (secure: string) =>
    decide(policy, 's3:GetObject', `${photos}/a`, { context: { 'aws:SecureTransport': secure } });
  assert.equal(get('false'), 'explicit-deny');
  assert.equal(get('true'), 'allow');
});

test('documentation: only from these addresses', () => {
  const policy = identityPolicy(
    deny('*', '*', {
      Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } },
    }),
    allow('*', '*'),
  );
  const from = (address: string | undefined) =>
    decide(policy, 's3:GetObject', photos, { context: { 'aws:sourceip': address } });
  assert.equal(from('203.0.113.9'), 'allow');
  assert.equal(from('198.51.100.1'), 'explicit-deny');
  assert.equal(from(undefined), 'explicit-deny');
});

test('documentation: only within a span of time', () => {
  const policy = identityPolicy(
    allow('s3:*', '*', {
      Condition: {
        DateGreaterThan: { 'aws:CurrentTime': '2020-04-01T00:00:00Z' },
        DateLessThan: { 'aws:CurrentTime': '2020-06-30T23:59:59Z' },
      },
    }),
  );
  const at = (time: string) =>
    decide(policy, 's3:GetObject', photos, { context: { 'aws:CurrentTime': time } });
  assert.deepEqual(['2020-03-31T12:00:00Z', '2020-05-01T00:00:00Z', '2020-07-01T00:00:00Z'].map(at), [
    'implicit-deny',
    'allow',
    'implicit-deny',
  ]);
});

test('documentation: at most ten objects at a time', () => {
  const policy = identityPolicy(
    allow('s3:ListBucket', photos, { Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } } }),
  );
  const list = (keys: string) =>
    decide(policy, 's3:ListBucket', photos, { context: { 's3:max-keys': keys } });
  assert.deepEqual(['9', '10', '11'].map(list), ['allow', 'allow', 'implicit-deny']);
});

test('the canned policies parse and allow what their names say', () => {
  const canned = Object.entries(cannedPolicies).map(([name, text]) => [
    name,
    parsePolicy(text, { kind: 'identity' }),
  ]);
  const named = Object.fromEntries(canned) as Record<string, CompiledPolicy>;
  assert.equal(decide(named.AdministratorAccess!, 'iam:DeleteUser', anna.arn), 'allow');
  assert.equal(decide(named.AmazonS3FullAccess!, 's3:DeleteBucket', photos), 'allow');
  assert.equal(decide(named.AmazonS3FullAccess!, 'iam:DeleteUser', anna.arn), 'implicit-deny');
  assert.equal(decide(named.AmazonS3ReadOnlyAccess!, 's3:ListBucket', photos), 'allow');
  assert.equal(decide(named.AmazonS3ReadOnlyAccess!, 's3:PutObject', `${photos}/a`), 'implicit-deny');
});

const principalCases: readonly [principal: unknown, allowed: readonly Principal[]][] = [
  ['*', [anna, root, anonymous]],
  [{ AWS: '*' }, [anna, root, anonymous]],
  [{ AWS: anna.arn }, [anna]],
  [{ AWS: [root.arn, anna.arn] }, [anna, root]],
  [{ AWS: account }, [root]],
  [{ AWS: root.arn }, [root]],
  [{ AWS: '111111111111' }, []],
  [{ AWS: `arn:aws:iam::${account}:user/annabel` }, []],
  [{ AWS: 'arn:aws:iam:::user/anna' }, [anna]],
  [{ AWS: 'arn:aws:iam:::user/annabel' }, []],
  [{ AWS: 'arn:aws:iam:::role/anna' }, []],
  [{ Service: 's3.amazonaws.com' }, []],
  [{ CanonicalUser: 'a'.repeat(64) }, []],
];

for (const [principal, allowed] of principalCases)
  test(`the policy of a resource lets in ${JSON.stringify(principal)}`, () => {
    const policy = resourcePolicy(allow('s3:GetObject', `${photos}/*`, { Principal: principal }));
    for (const who of [anna, root, anonymous]) {
      const expected = allowed.includes(who) ? 'allow' : 'implicit-deny';
      assert.equal(decide(policy, 's3:GetObject', `${photos}/a`, { principal: who }), expected, who.name);
    }
  });

test('a Deny of an account is a Deny of its users', () => {
  const policies = [
    identityPolicy(allow('*', '*')),
    resourcePolicy(deny('*', '*', { Principal: { AWS: account } })),
  ];
  assert.equal(decide(policies, 's3:GetObject', photos), 'explicit-deny');
});

test('NotPrincipal in a Deny spares those it names', () => {
  const policies = [
    identityPolicy(allow('*', '*')),
    resourcePolicy(deny('*', '*', { NotPrincipal: { AWS: anna.arn } })),
  ];
  const bert = { ...anna, name: 'bert', arn: `arn:aws:iam::${account}:user/bert` };
  assert.equal(decide(policies, 's3:GetObject', photos), 'allow');
  assert.equal(decide(policies, 's3:GetObject', photos, { principal: bert }), 'explicit-deny');
});

test('an account in NotPrincipal spares its root, not whoever else is in it', () => {
  const policies = [
    identityPolicy(allow('*', '*')),
    resourcePolicy(deny('*', '*', { NotPrincipal: { AWS: [anna.arn, root.arn] } })),
  ];
  const bert = { ...anna, name: 'bert', arn: `arn:aws:iam::${account}:user/bert` };
  const decided = [anna, root, bert].map((principal) =>
    decide(policies, 's3:GetObject', photos, { principal }),
  );
  assert.deepEqual(decided, ['allow', 'allow', 'explicit-deny']);
});

test('no canonical id means anonymous clients', () => {
  const policy = resourcePolicy(
    allow('s3:GetObject', photos, { Principal: { CanonicalUser: anonymous.name } }),
  );
  assert.equal(decide(policy, 's3:GetObject', photos, { principal: anonymous }), 'implicit-deny');
});

test('a canonical user is the owner of that id, and an account that is a name is nobody here', () => {
  const canonical = (id: string) =>
    resourcePolicy(allow('s3:GetObject', photos, { Principal: { CanonicalUser: id } }));
  const named = { ...anna, name: account, arn: `arn:aws:iam::${account}:user/${account}` };
  assert.equal(decide(canonical('anna'), 's3:GetObject', photos), 'allow');
  assert.equal(decide(canonical(account), 's3:GetObject', photos, { principal: root }), 'allow');
  assert.equal(decide(canonical(account), 's3:GetObject', photos, { principal: named }), 'implicit-deny');
  assert.equal(decide(canonical(`user/${account}`), 's3:GetObject', photos, { principal: named }), 'allow');
  const tenant = resourcePolicy(
    allow('s3:GetObject', photos, { Principal: { AWS: 'arn:aws:iam::tenant1:root' } }),
  );
  for (const principal of [anna, root, anonymous])
    assert.equal(decide(tenant, 's3:GetObject', photos, { principal }), 'implicit-deny');
});

test('a role and its sessions are meant by their ARNs without an account', () => {
  const session = {
    type: 'role',
    name: 'reader/work',
    arn: `arn:aws:sts::${account}:assumed-role/reader/work`,
    accessKeyId: 'CASIA',
    session: { roleArn: `arn:aws:iam::${account}:role/reader`, issuedMs: 0, expiresMs: 1 },
  } as const;
  const ask = (AWS: string) =>
    decide(resourcePolicy(allow('s3:GetObject', photos, { Principal: { AWS } })), 's3:GetObject', photos, {
      principal: session,
    });
  for (const arn of ['arn:aws:iam:::role/reader', 'arn:aws:sts:::assumed-role/reader/work'])
    assert.equal(ask(arn), 'allow', arn);
  for (const arn of [
    'arn:aws:iam:::role/read',
    'arn:aws:iam:::user/reader',
    'arn:aws:sts:::assumed-role/reader/x',
  ])
    assert.equal(ask(arn), 'implicit-deny', arn);
});

test('an ARN without an account names a user, a role or a session, by all of its name', () => {
  for (const AWS of [
    'arn:aws:iam:::root',
    'arn:aws:iam:::user/',
    'arn:aws:iam:::user/an*',
    'arn:aws:iam:::group/x',
  ])
    assert.throws(() => resourcePolicy(allow('s3:GetObject', photos, { Principal: { AWS } })), {
      code: 'MalformedPolicyDocument',
    });
});

test('the context is not computed for a policy that does not ask for it', () => {
  const request = {
    principal: anna,
    action: 's3:GetObject',
    resource: photos,
    context: () => assert.fail('nobody asked'),
  };
  const policies = [identityPolicy(allow('s3:*', '*'))];
  assert.equal(evaluate({ policies, request }).decision, 'allow');
});

test('a typical decision takes microseconds', () => {
  const policies = [
    identityPolicy(allow(['s3:Get*', 's3:List*'], ['arn:aws:s3:::logs', 'arn:aws:s3:::logs/*'])),
    identityPolicy(allow('s3:*', [photos, `${photos}/*`]), deny('s3:DeleteBucket', '*')),
  ];
  const rounds = 20_000;
  const started = process.cpuUsage();
  for (let round = 0; round < rounds; round++) decide(policies, 's3:PutObject', `${photos}/2026/a.jpg`);
  const { user, system } = process.cpuUsage(started);
  assert.ok((user + system) / rounds < 20, `took ${(user + system) / rounds} us of CPU each`);
});

test('the account’s canonical id does not let in a role without a policy of its own', () => {
  const role = {
    type: 'role',
    name: 'r/s',
    arn: `arn:aws:sts::${account}:assumed-role/r/s`,
    accessKeyId: 'CASIA',
  } as const;
  const policy = (effect: string) =>
    parsePolicy(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: effect, Principal: { CanonicalUser: account }, Action: '*', Resource: '*' },
      }),
      { kind: 'resource' },
    );
  const ask = (principal: typeof role | typeof root, effect: string) =>
    evaluate({ policies: [policy(effect)], request: { principal, action: 's3:GetObject', resource: '*' } })
      .decision;
  assert.equal(ask(role, 'Allow'), 'implicit-deny');
  assert.equal(ask(role, 'Deny'), 'explicit-deny');
  assert.equal(ask(root, 'Allow'), 'allow');
});
