// What a policy document may not be, and the words it is refused with.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdentityError } from '../errors.ts';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyKind } from './statement.ts';

const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
const policy = { Version: '2012-10-17', Statement: [statement] };
const withStatement = (change: Record<string, unknown>) => ({
  ...policy,
  Statement: { ...statement, ...change },
});

type Row = { document: unknown; message: string; kind?: PolicyKind };

const malformedRows: readonly Row[] = [
  { document: 'text', message: 'Syntax errors in policy. (policy: "text" must be an object)' },
  { document: [], message: 'Syntax errors in policy. (policy: [] must be an object)' },
  {
    document: { Version: '2012-10-17' },
    message: 'Syntax errors in policy. (Statement: undefined must be an object)',
  },
  {
    document: { ...policy, Statement: [] },
    message: 'Syntax errors in policy. (Statement: must have a statement)',
  },
  {
    document: { ...policy, Statement: ['x'] },
    message: 'Syntax errors in policy. (Statement[0]: "x" must be an object)',
  },
  {
    document: { ...policy, Version: '2012-10-18' },
    message: 'Syntax errors in policy. (policy.Version: "2012-10-18" must be 2012-10-17 or 2008-10-17)',
  },
  { document: { ...policy, Id: 7 }, message: 'Syntax errors in policy. (policy.Id: 7 must be a string)' },
  {
    document: { ...policy, Extra: 1 },
    message: 'Syntax errors in policy. (policy: "Extra" is not one of Version, Id, Statement)',
  },
  {
    document: { ...policy, Statement: [statement, { ...statement, Effect: 'allow' }] },
    message: 'Syntax errors in policy. (Statement[1].Effect: "allow" must be "Allow" or "Deny")',
  },
  {
    document: withStatement({ Effects: 'Allow' }),
    message:
      'Syntax errors in policy. (Statement: "Effects" is not one of Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition)',
  },
  { document: withStatement({ Action: undefined }), message: 'Policy statement must contain actions.' },
  { document: withStatement({ Action: [] }), message: 'Policy statement must contain actions.' },
  { document: withStatement({ Resource: undefined }), message: 'Policy statement must contain resources.' },
  { document: withStatement({ Resource: [] }), message: 'Policy statement must contain resources.' },
  {
    document: withStatement({ NotAction: 's3:*' }),
    message: 'Syntax errors in policy. (Statement: has both Action and NotAction, must have one)',
  },
  {
    document: withStatement({ NotResource: '*' }),
    message: 'Syntax errors in policy. (Statement: has both Resource and NotResource, must have one)',
  },
  {
    document: withStatement({ Action: 'GetObject' }),
    message: 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  },
  {
    document: withStatement({ Action: 's3:Get:Object' }),
    message: 'Actions/Condition can contain only one colon.',
  },
  { document: withStatement({ Action: 's3_x:Get' }), message: 'Vendor s3_x is not valid' },
  {
    document: withStatement({ Action: [7] }),
    message: 'Syntax errors in policy. (Statement.Action: [7] must be a string or an array of strings)',
  },
  {
    document: withStatement({ Resource: 'photos' }),
    message: 'Resource photos must be in ARN format or "*".',
  },
  {
    document: withStatement({ Resource: 'urn:a:b' }),
    message: 'Resource urn:a:b must be in ARN format or "*".',
  },
  {
    document: withStatement({ Resource: 'arn:aws:s3' }),
    message: 'Resource arn:aws:s3 must be in ARN format or "*".',
  },
  {
    document: withStatement({ Resource: 'arn:azure:s3:::a' }),
    message: 'Partition "azure" is not valid for resource "arn:azure:s3:::a".',
  },
  {
    document: withStatement({ Resource: 'arn:aws:s?:::a' }),
    message: 'Resource vendor must be fully qualified and cannot contain regexes.',
  },
  {
    document: withStatement({ Resource: 'arn:aws:s3:::${aws:username' }),
    message: 'The policy variable "${aws:username" has no end.',
  },
  {
    document: withStatement({ Resource: 'arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q' }),
    message:
      'Resource arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q has a policy variable before the fifth colon of the ARN.',
  },
  {
    document: withStatement({ Sid: 'a b' }),
    message:
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  },
  {
    document: withStatement({ Sid: 7 }),
    message: 'Syntax errors in policy. (Statement.Sid: 7 must be a string)',
  },
  {
    document: {
      ...policy,
      Statement: [
        { ...statement, Sid: 'A' },
        { ...statement, Sid: 'A' },
      ],
    },
    message: 'Statement IDs (SID) in a single policy must be unique.',
  },
  { document: withStatement({ Principal: '*' }), message: 'Policy document should not specify a principal.' },
  {
    document: withStatement({ Condition: { StringIs: { a: 'b' } } }),
    message: 'Invalid Condition type : StringIs',
  },
  { document: policy, kind: 'resource', message: 'Missing required field Principal' },
  {
    document: withStatement({ Principal: { AWS: 'anna' } }),
    kind: 'resource',
    message:
      'Syntax errors in policy. (Statement.Principal.AWS: "anna" must be "*", an account or the ARN of a principal)',
  },
  {
    document: withStatement({ Principal: { AWS: 'arn:aws:iam::000000000000:user/*' } }),
    kind: 'resource',
    message:
      'Syntax errors in policy. (Statement.Principal.AWS: "arn:aws:iam::000000000000:user/*" must be "*", an account or the ARN of a principal)',
  },
  {
    document: withStatement({ Principal: {} }),
    kind: 'resource',
    message: 'Syntax errors in policy. (Statement.Principal: names nobody, must name someone)',
  },
  {
    document: withStatement({ Principal: { Azure: '*' } }),
    kind: 'resource',
    message:
      'Syntax errors in policy. (Statement.Principal: "Azure" is not one of AWS, Service, Federated, CanonicalUser)',
  },
  {
    document: withStatement({ Principal: '*', NotPrincipal: '*' }),
    kind: 'resource',
    message: 'Syntax errors in policy. (Statement: has both Principal and NotPrincipal, must have one)',
  },
];

for (const { document, message, kind = 'identity' } of malformedRows)
  test(`refused: ${message.slice(0, 100)} ${JSON.stringify(document).slice(0, 60)}`, () => {
    assert.throws(() => parsePolicy(JSON.stringify(document), { kind }), {
      name: 'IdentityError',
      code: 'MalformedPolicyDocument',
      message,
    });
  });

test('what is not JSON is refused', () => {
  assert.throws(
    () => parsePolicy('{"Version": ', { kind: 'identity' }),
    (error) =>
      error instanceof IdentityError &&
      error.message.startsWith('Syntax errors in policy. (policy: must be JSON'),
  );
});

const acceptedRows: readonly { document: unknown; kind?: PolicyKind }[] = [
  { document: policy },
  { document: { Statement: statement } },
  { document: { ...policy, Version: '2008-10-17', Id: 'an id' } },
  { document: withStatement({ Action: ['*', 's3:Get*', 'iam:?etUser', '*:*'] }) },
  {
    document: withStatement({
      Resource: ['*', 'arn:aws:s3:::a', 'arn:*:s3:::a', 'arn:aws:sqs:*', 'arn:aws:*:*:*:*'],
    }),
  },
  { document: withStatement({ Sid: '' }) },
  { document: withStatement({ Condition: {} }) },
  { document: withStatement({ Principal: '*', Sid: 'words and spaces' }), kind: 'resource' },
  { document: withStatement({ NotPrincipal: { AWS: ['000000000000'] }, Effect: 'Deny' }), kind: 'resource' },
];

for (const { document, kind = 'identity' } of acceptedRows)
  test(`accepted: ${JSON.stringify(document)}`, () => {
    assert.ok(parsePolicy(JSON.stringify(document), { kind }).statements.length > 0);
  });

test('size is counted without white space, and bounded', () => {
  const sized = (characters: number) => {
    const padding = characters - JSON.stringify({ ...policy, Id: '' }).length;
    return JSON.stringify({ ...policy, Id: 'x'.repeat(padding) });
  };
  assert.ok(parsePolicy(`${' '.repeat(1_000)}${sized(6_144)}`, { kind: 'identity' }));
  const tooLarge = { code: 'LimitExceeded', message: 'Cannot exceed quota for PolicySize: 6144' };
  assert.throws(() => parsePolicy(sized(6_145), { kind: 'identity' }), tooLarge);
  assert.throws(() => parsePolicy(`${' '.repeat(200_000)}${sized(200)}`, { kind: 'identity' }), tooLarge);
  assert.throws(() => parsePolicy(sized(20 * 1024 + 1), { kind: 'resource' }), { code: 'LimitExceeded' });
});

test('a document nested without end is refused without a stack overflow', () => {
  for (const text of ['['.repeat(6_000), `{"Statement":${'['.repeat(2_000)}${']'.repeat(2_000)}}`])
    assert.throws(() => parsePolicy(text, { kind: 'identity' }), { code: 'MalformedPolicyDocument' });
});

test('names of an object’s prototype are names like any other', () => {
  for (const text of ['{"__proto__": {}}', '{"Statement": {"constructor": 1}}'])
    assert.throws(() => parsePolicy(text, { kind: 'identity' }), { code: 'MalformedPolicyDocument' });
});
