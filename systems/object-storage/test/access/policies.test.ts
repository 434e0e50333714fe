// Bucket policies and the block of public access, by Amazon's client and by clients without credentials.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { anonymous, outcome } from './outcomes.ts';
import { account, type S3WithUsers, startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'photos';
const bucketArn = `arn:aws:s3:::${Bucket}`;

type Statement = Readonly<Record<string, unknown>>;

const allow = (Action: unknown, Resource: unknown, more: Statement = {}): Statement => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource,
  ...more,
});
const deny = (Action: unknown, Resource: unknown, more: Statement = {}): Statement => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});

function policyOf(...Statement: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function put(client: S3Client, ...statements: Statement[]): Promise<unknown> {
  return client.send(new PutBucketPolicyCommand({ Bucket, Policy: policyOf(...statements) }));
}

/** Anna's bucket, with an object in each of two folders. */
async function bucketOfAnna(t: TestContext): Promise<S3WithUsers & { anna: S3Client; bert: S3Client }> {
  const s3 = await startS3WithUsers(t);
  const [{ client: anna }, { client: bert }] = [await s3.user('anna'), await s3.user('bert')];
  await anna.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['public/a', 'private/a']) {
    await anna.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  }
  return { ...s3, anna, bert };
}

test('a policy is given back as it was put, and is gone when it was deleted', async (t) => {
  const { anna } = await bucketOfAnna(t);
  const get = () => anna.send(new GetBucketPolicyCommand({ Bucket }));
  assert.equal(await outcome(get()), 'NoSuchBucketPolicy');
  const Policy = `${policyOf(allow('s3:GetObject', `${bucketArn}/public/*`))}\n `;
  await anna.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal((await get()).Policy, Policy);
  await anna.send(new DeleteBucketPolicyCommand({ Bucket }));
  assert.equal(await outcome(get()), 'NoSuchBucketPolicy');
});

test('a policy lets in whom it names, to what it names, and ends with it', async (t) => {
  const { url, anna, bert, user } = await bucketOfAnna(t);
  const cleo = (await user('cleo')).client;
  const read = (client: S3Client, Key: string) => outcome(client.send(new GetObjectCommand({ Bucket, Key })));
  await put(
    anna,
    allow('s3:GetObject', `${bucketArn}/public/*`),
    allow('s3:GetObject', `${bucketArn}/private/*`, {
      Principal: { AWS: `arn:aws:iam::${account}:user/bert` },
    }),
  );
  assert.deepEqual(
    [await read(bert, 'public/a'), await read(bert, 'private/a'), await read(cleo, 'private/a')],
    ['done', 'done', 'AccessDenied'],
  );
  assert.equal(await anonymous(`${url}/${Bucket}/public/a`), '200');
  assert.equal(await anonymous(`${url}/${Bucket}/private/a`), '403 AccessDenied');
  assert.equal(await anonymous(`${url}/${Bucket}/public/b`), '403 AccessDenied', 'who may not list');
  assert.equal(await anonymous(`${url}/${Bucket}/public/b`, { method: 'PUT', body: '' }), '403 AccessDenied');
  await anna.send(new DeleteBucketPolicyCommand({ Bucket }));
  assert.equal(await read(bert, 'private/a'), 'AccessDenied');
  assert.equal(await anonymous(`${url}/${Bucket}/public/a`), '403 AccessDenied');
});

test('a Deny counts for the owner and for root; root can always take the policy away', async (t) => {
  const { anna, root } = await bucketOfAnna(t);
  await put(anna, deny('s3:*', [bucketArn, `${bucketArn}/*`]));
  for (const client of [anna, root]) {
    const read = client.send(new GetObjectCommand({ Bucket, Key: 'public/a' }));
    assert.equal(await outcome(read), 'AccessDenied');
  }
  assert.equal(await outcome(anna.send(new DeleteBucketPolicyCommand({ Bucket }))), 'AccessDenied');
  assert.equal(await outcome(root.send(new DeleteBucketPolicyCommand({ Bucket }))), 'done');
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key: 'public/a' }))), 'done');
});

test('conditions look at the request', async (t) => {
  const { anna, bert, url } = await bucketOfAnna(t);
  await put(
    anna,
    allow('s3:ListBucket', bucketArn, { Condition: { StringLike: { 's3:prefix': 'public/*' } } }),
    allow('s3:GetObject', `${bucketArn}/*`, {
      Condition: { StringLike: { 'aws:Referer': 'https://example.com/*' } },
    }),
    allow('s3:PutObject', `${bucketArn}/drop/*`),
    deny('s3:PutObject', `${bucketArn}/*`, { Condition: { StringLike: { 's3:x-amz-acl': 'public*' } } }),
  );
  const list = (Prefix: string) => outcome(bert.send(new ListObjectsV2Command({ Bucket, Prefix })));
  assert.deepEqual([await list('public/'), await list('private/')], ['done', 'AccessDenied']);
  // To HEAD there is only a status: 404 where the name may be listed, 403 elsewhere.
  const head = async (Key: string) => {
    const asked = bert.send(new HeadObjectCommand({ Bucket, Key }));
    return asked.catch(({ $metadata }: S3ServiceException) => $metadata.httpStatusCode);
  };
  assert.deepEqual([await head('public/nothing'), await head('private/nothing')], [404, 403]);
  const referer = (from: string) => anonymous(`${url}/${Bucket}/private/a`, { headers: { referer: from } });
  assert.deepEqual(
    [await referer('https://example.com/page'), await referer('https://example.org/')],
    ['200', '403 AccessDenied'],
  );
  const drop = (ACL?: 'public-read') =>
    outcome(bert.send(new PutObjectCommand({ Bucket, Key: 'drop/a', Body: '', ACL })));
  assert.deepEqual([await drop(), await drop('public-read')], ['done', 'AccessDenied']);
});

test('the source of a copy is compared as it is meant, however it is written', async (t) => {
  const { anna, bert } = await bucketOfAnna(t);
  await put(
    anna,
    allow(['s3:GetObject', 's3:PutObject'], `${bucketArn}/*`),
    deny('s3:PutObject', `${bucketArn}/*`, {
      Condition: { StringLike: { 's3:x-amz-copy-source': `${Bucket}/private/*` } },
    }),
  );
  const copy = (CopySource: string) =>
    outcome(bert.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource })));
  assert.equal(await copy(`${Bucket}/public/a`), 'done');
  for (const source of [`${Bucket}/private/a`, `/${Bucket}/private/a`, `${Bucket}/%70rivate/a`]) {
    assert.equal(await copy(source), 'AccessDenied', source);
  }
});

test('a policy that is none is refused as MalformedPolicy, and the old one stays', async (t) => {
  const { anna } = await bucketOfAnna(t);
  const Policy = policyOf(allow('s3:GetObject', `${bucketArn}/*`));
  await anna.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  for (const text of [
    '',
    'x',
    '[]',
    '{"Statement":[',
    policyOf(allow('s3:GetObject', 'arn:aws:s3:::other/*')),
  ]) {
    assert.equal(
      await outcome(anna.send(new PutBucketPolicyCommand({ Bucket, Policy: text }))),
      'MalformedPolicy',
    );
  }
  const large = policyOf(allow('s3:GetObject', Array(600).fill(`${bucketArn}/${'x'.repeat(40)}`)));
  assert.equal(
    await outcome(anna.send(new PutBucketPolicyCommand({ Bucket, Policy: large }))),
    'PolicyTooLarge',
  );
  assert.equal((await anna.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy);
});

const block = (name: string) => ({ PublicAccessBlockConfiguration: { [name]: true }, Bucket });

test('a block of public access refuses new public policies and lists, and takes back old ones', async (t) => {
  const { anna, bert, url } = await bucketOfAnna(t);
  const target = `${url}/${Bucket}/public/a`;
  const set = (name: string) => anna.send(new PutPublicAccessBlockCommand(block(name)));
  const get = () => anna.send(new GetPublicAccessBlockCommand({ Bucket }));
  assert.equal(await outcome(get()), 'NoSuchPublicAccessBlockConfiguration');
  const isPublic = async () =>
    (await anna.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic;
  assert.equal(await isPublic(), false);

  await set('BlockPublicPolicy');
  assert.equal(await outcome(put(anna, allow('s3:GetObject', `${bucketArn}/*`))), 'AccessDenied');
  const toBert = { Principal: { AWS: `arn:aws:iam::${account}:user/bert` } };
  assert.equal(await outcome(put(anna, allow('s3:GetObject', `${bucketArn}/*`, toBert))), 'done');
  assert.equal(await isPublic(), false);

  await anna.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await put(anna, allow('s3:GetObject', `${bucketArn}/*`), deny('s3:DeleteObject', `${bucketArn}/*`));
  assert.deepEqual([await anonymous(target), await isPublic()], ['200', true]);
  await set('RestrictPublicBuckets');
  assert.deepEqual([await anonymous(target), await isPublic()], ['403 AccessDenied', false]);
  assert.equal(await outcome(bert.send(new GetObjectCommand({ Bucket, Key: 'public/a' }))), 'AccessDenied');
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key: 'public/a' }))), 'done');

  await anna.send(new DeleteBucketPolicyCommand({ Bucket }));
  await set('BlockPublicAcls');
  const acl = () => outcome(anna.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' })));
  assert.equal(await acl(), 'AccessDenied');
  const write = anna.send(new PutObjectCommand({ Bucket, Key: 'b', Body: '', ACL: 'public-read' }));
  assert.equal(await outcome(write), 'AccessDenied');
  await set('IgnorePublicAcls');
  assert.equal(await acl(), 'done');
  assert.deepEqual([await anonymous(`${url}/${Bucket}`), await isPublic()], ['403 AccessDenied', false]);
  assert.deepEqual((await get()).PublicAccessBlockConfiguration, {
    BlockPublicAcls: false,
    IgnorePublicAcls: true,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  });
});
