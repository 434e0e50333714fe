// What Amazon S3 takes for a bucket's policy, and which of them it calls public.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectStorageError } from '../../errors.ts';
import { checkBucketPolicy, isPublicPolicy } from './bucket-policy.ts';

type Statement = Readonly<Record<string, unknown>>;

const valid: Statement = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::photos/*',
};

function policyOf(...Statement: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** `accepted`, or code and message. */
function check(text: string): string {
  try {
    checkBucketPolicy(text, 'photos');
    return 'accepted';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return `${error.code}: ${error.message}`;
  }
}

test('a policy is about this bucket, by actions and conditions that S3 has', () => {
  for (const [change, expected] of [
    [{}, 'accepted'],
    [{ Action: '*' }, 'accepted'],
    [{ Action: ['s3:Get*', 'S3:LISTBUCKET'] }, 'accepted'],
    [{ Resource: 'arn:aws:s3:::*' }, 'accepted'],
    [{ Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::ph?tos/a*'] }, 'accepted'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
    [{ Resource: 'arn:aws:s3:::${aws:username}/*' }, 'accepted'],
    [{ Principal: { AWS: 'arn:aws:iam::s3tenant1:root' } }, 'accepted'],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '000000000000' } }, 'accepted'],
    [{ Condition: { StringLike: { 'aws:Referer': '*', 's3:ExistingObjectTag/a': 'b' } } }, 'accepted'],
    [{ Action: 's3:GetObjekt' }, 'MalformedPolicy: Policy has invalid action'],
    [{ Action: 'sqs:SendMessage' }, 'MalformedPolicy: Policy has invalid action'],
    [{ Resource: 'arn:aws:s3:::photos2/*' }, 'MalformedPolicy: Policy has invalid resource'],
    [{ Resource: '*' }, 'MalformedPolicy: Policy has invalid resource'],
    [{ Resource: 'arn:aws:sqs:us-east-1:000000000000:q' }, 'MalformedPolicy: Policy has invalid resource'],
    [
      { Condition: { StringEquals: { 's3:x-amz-acll': 'private' } } },
      'MalformedPolicy: Policy has an invalid condition key',
    ],
    [{ Principal: undefined, NotPrincipal: '*' }, 'MalformedPolicy: Allow with NotPrincipal is not allowed.'],
    [{ Principal: undefined }, 'MalformedPolicy: Missing required field Principal'],
    [
      { Condition: { StringEqual: { 'aws:username': 'a' } } },
      'MalformedPolicy: Invalid Condition type : StringEqual',
    ],
  ] as [Statement, string][]) {
    assert.equal(check(policyOf({ ...valid, ...change })), expected, JSON.stringify(change));
  }
});

test('a text that is no policy is refused, however large or deep it is', () => {
  const notJson = "MalformedPolicy: Policies must be valid JSON and the first byte must be '{'";
  for (const text of ['', ' {}', '[]', 'null', 'x']) assert.equal(check(text), notJson, text);
  const deep = `{"Statement":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  assert.match(check(deep), /^(?:PolicyTooLarge|MalformedPolicy): /);
  const deepest = `{"Statement":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  assert.match(check(deepest), /^MalformedPolicy: /, 'deeper than a stack is');
  const wild = { ...valid, Resource: `arn:aws:s3:::photos/${'*a'.repeat(9_000)}` };
  const started = performance.now();
  assert.equal(check(policyOf(wild)), 'accepted');
  assert(performance.now() - started < 5_000, 'wildcards are compared without going back');
  const large = policyOf({ ...valid, Resource: `arn:aws:s3:::photos/${'a'.repeat(20_480)}` });
  assert.match(check(large), /^PolicyTooLarge: /);
});

test('an Allow for everyone is public, unless fixed values say who or where from', () => {
  const everyone = { AWS: ['arn:aws:iam::000000000000:user/anna', '*'] };
  const when = (operator: string, key: string, value: unknown): Statement => ({
    Condition: { [operator]: { [key]: value } },
  });
  for (const [expected, change] of [
    [true, {}],
    [true, { Principal: everyone }],
    [false, { Effect: 'Deny' }],
    [false, { Principal: { AWS: '000000000000' } }],
    [false, { Principal: { Service: 'logging.s3.amazonaws.com' } }],
    [false, when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'])],
    [true, when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '0.0.0.0/1'])],
    [true, when('IpAddress', 'aws:SourceIp', '2001:db8::/31')],
    [true, when('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8')],
    [true, when('IpAddressIfExists', 'aws:SourceIp', '10.0.0.0/8')],
    [false, when('StringEquals', 'AWS:username', 'anna')],
    [true, when('StringLike', 'aws:username', 'a*')],
    [true, when('StringLike', 'aws:SourceIp', '*')],
    [true, when('StringLike', 'aws:SourceIp', '1*')],
    [true, when('StringEquals', 'aws:userid', ['anna', 'anonymous'])],
    [true, when('StringEquals', 'aws:Referer', 'https://example.com/')],
    [true, when('Bool', 'aws:SecureTransport', 'true')],
  ] as [boolean, Statement][]) {
    assert.equal(isPublicPolicy(policyOf({ ...valid, ...change })), expected, JSON.stringify(change));
  }
  assert(isPublicPolicy(policyOf({ ...valid, Effect: 'Deny' }, valid)), 'one statement is enough');
});
