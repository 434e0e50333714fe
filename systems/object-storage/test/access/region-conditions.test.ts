// Policies that ask for a region: the one that requests are addressed to, and the one where a bucket shall be.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { region } from '../clients/s3-endpoint.ts';
import { anonymous, outcome } from './outcomes.ts';
import { startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'photos';
const Key = 'a';

type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;
type Rule = readonly [effect: 'Allow' | 'Deny', condition?: Condition];

/** What comes of one request of a user whose policy has these rules for all of S3. */
async function ruled(t: TestContext) {
  const s3 = await startS3WithUsers(t);
  let users = 0;
  const userWith = async (...rules: readonly Rule[]) => {
    const name = `user-${++users}`;
    const Statement = rules.map(([Effect, condition]) => ({
      ...{ Effect, Action: 's3:*', Resource: '*' },
      ...(condition && { Condition: condition }),
    }));
    await s3.identity.putPolicy({ name, document: JSON.stringify({ Version: '2012-10-17', Statement }) });
    return (await s3.user(name, name)).client;
  };
  return { ...s3, userWith };
}

test('an Allow for the region that the server is lets in, for another it does not', async (t) => {
  const { userWith } = await ruled(t);
  const list = async (...rules: readonly Rule[]) =>
    outcome((await userWith(...rules)).send(new ListBucketsCommand({})));
  const of = (name: string): Condition => ({ StringEquals: { 'aws:RequestedRegion': name } });
  assert.equal(await list(['Allow', of(region)]), 'done');
  assert.equal(await list(['Allow', of('eu-west-1')]), 'AccessDenied');
  assert.equal(await list(['Allow'], ['Deny', of(region)]), 'AccessDenied');
  assert.equal(await list(['Allow'], ['Deny', of('eu-west-1')]), 'done');
});

test('a Deny of other regions than the right one lets in, and one of the region bites on strangers too', async (t) => {
  const { root, url, userWith } = await ruled(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  await root.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const others = { StringNotEquals: { 'aws:RequestedRegion': region } };
  const anna = await userWith(['Allow'], ['Deny', others]);
  const get = () => outcome(anna.send(new GetObjectCommand({ Bucket, Key })));
  assert.equal(await get(), 'done');
  const put = (Effect: string, name: string) => {
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Condition = { StringEquals: { 'aws:RequestedRegion': name } };
    const Statement = { Effect, Principal: '*', Action: 's3:GetObject', Resource, Condition };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    return root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  };
  await put('Allow', region);
  assert.equal(await anonymous(`${url}/${Bucket}/${Key}`), '200');
  await put('Allow', 'eu-west-1');
  assert.equal(await anonymous(`${url}/${Bucket}/${Key}`), '403 AccessDenied');
  await put('Deny', region);
  assert.equal(await get(), 'AccessDenied');
});

const location = (operator: string, name: string): Condition => ({
  [operator]: { 's3:LocationConstraint': name },
});

for (const [what, rules, asked, expected] of [
  ['an Allow of it', [['Allow', location('StringEquals', region)]], region, 'done'],
  ['an Allow of another', [['Allow', location('StringEquals', 'eu-west-1')]], region, 'AccessDenied'],
  ['an Allow of it, unnamed', [['Allow', location('StringEquals', region)]], undefined, 'AccessDenied'],
  ['a Deny of it', [['Allow'], ['Deny', location('StringLike', region)]], region, 'AccessDenied'],
  ['a Deny of another', [['Allow'], ['Deny', location('StringLike', 'eu-*')]], region, 'done'],
  ['a Deny of it, unnamed', [['Allow'], ['Deny', location('StringLike', region)]], undefined, 'done'],
  ['a Deny of others', [['Allow'], ['Deny', location('StringNotLike', region)]], region, 'done'],
  // What the policy says comes before what the server has.
  [
    'a Deny of others, one of them',
    [['Allow'], ['Deny', location('StringNotLike', region)]],
    'eu-west-1',
    'AccessDenied',
  ],
  [
    'an Allow of what is not here',
    [['Allow', location('StringEquals', 'eu-west-1')]],
    'eu-west-1',
    'IllegalLocationConstraintException',
  ],
  [
    'a Deny unless it is named',
    [['Allow'], ['Deny', { Null: { 's3:LocationConstraint': 'true' } }]],
    undefined,
    'AccessDenied',
  ],
] as const) {
  test(`a bucket is made as policies on its place say: ${what}`, async (t) => {
    const { userWith } = await ruled(t);
    const client = await userWith(...rules);
    const create = new CreateBucketCommand({
      Bucket,
      ...(asked && {
        CreateBucketConfiguration: { LocationConstraint: asked as BucketLocationConstraint },
      }),
    });
    assert.equal(await outcome(client.send(create)), expected);
  });
}

test('who did not sign makes no bucket, whatever place the body names', async (t) => {
  const { url } = await ruled(t);
  const configuration = 'CreateBucketConfiguration';
  const body = `<${configuration}><LocationConstraint>${region}</LocationConstraint></${configuration}>`;
  assert.equal(await anonymous(`${url}/${Bucket}`, { method: 'PUT', body }), '403 AccessDenied');
  assert.equal(await anonymous(`${url}/${Bucket}`, { method: 'PUT', body: 'no XML' }), '403 AccessDenied');
});
