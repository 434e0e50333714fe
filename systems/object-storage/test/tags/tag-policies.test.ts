// Rights on tags, and rights by tags.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'tagged';
const Resource = `arn:aws:s3:::${Bucket}/*`;

type Statement = Readonly<Record<string, unknown>>;
const allow = (Action: string | readonly string[], Condition?: object): Statement => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource,
  Condition,
});
const deny = (Action: string | readonly string[], Condition?: object): Statement => ({
  ...allow(Action, Condition),
  Effect: 'Deny',
});

/** Root's bucket, and anna, whom only the bucket's policy lets in. */
async function bucket(t: TestContext, ...statements: Statement[]) {
  const s3 = await startS3WithUsers(t);
  const anna = (await s3.user('anna')).client;
  await s3.root.send(new CreateBucketCommand({ Bucket }));
  for (const [Key, Tagging] of Object.entries({ open: 'level=public&x=1', shut: 'level=secret', bare: '' })) {
    await s3.root.send(new PutObjectCommand({ Bucket, Key, Body: Key, Tagging }));
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  if (statements.length > 0) await s3.root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return { ...s3, anna };
}

const keys = ['open', 'shut', 'bare', 'nothing'];
const outcomes = (each: (Key: string) => Promise<unknown>) =>
  Promise.all(keys.map((Key) => outcome(each(Key))));
const tags = (client: S3Client, Key: string, level: string) =>
  client.send(
    new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'level', Value: level }] } }),
  );

test('a policy lets in by the tags that an object has', async (t) => {
  const isPublic = { StringEquals: { 's3:ExistingObjectTag/level': 'public' } };
  const { anna, root } = await bucket(t, allow(['s3:GetObject', 's3:GetObjectTagging'], isPublic));
  const gets = () => outcomes((Key) => anna.send(new GetObjectCommand({ Bucket, Key })));
  assert.deepEqual(await gets(), ['done', 'AccessDenied', 'AccessDenied', 'AccessDenied']);
  const tagging = (Key: string) => outcome(anna.send(new GetObjectTaggingCommand({ Bucket, Key })));
  assert.deepEqual([await tagging('open'), await tagging('shut')], ['done', 'AccessDenied']);
  await tags(root, 'open', 'secret');
  await tags(root, 'shut', 'public');
  assert.deepEqual(await gets(), ['AccessDenied', 'done', 'AccessDenied', 'AccessDenied']);
});

test('a policy of identity looks at the tags of an object too', async (t) => {
  const { identity, user } = await bucket(t);
  const secret = { StringEquals: { 's3:ExistingObjectTag/level': 'secret' } };
  const statements = [
    { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    { Effect: 'Deny', Action: ['s3:GetObject', 's3:DeleteObject'], Resource: '*', Condition: secret },
  ];
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await identity.putPolicy({ name: 'no-secrets', document });
  const bert = (await user('bert', 'no-secrets')).client;
  const gets = await outcomes((Key) => bert.send(new GetObjectCommand({ Bucket, Key })));
  assert.deepEqual(gets, ['done', 'AccessDenied', 'done', 'NoSuchKey']);
  const deletes = await outcomes((Key) => bert.send(new DeleteObjectCommand({ Bucket, Key })));
  assert.deepEqual(deletes, ['done', 'AccessDenied', 'done', 'done']);
});

test('a policy says which tags may be put', async (t) => {
  const { anna } = await bucket(
    t,
    allow('s3:PutObject', { StringEquals: { 's3:RequestObjectTag/level': 'public' } }),
    allow('s3:PutObjectTagging', {
      StringEquals: { 's3:RequestObjectTag/level': 'public' },
      'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['level', 'x'] },
    }),
  );
  const put = (Tagging?: string) =>
    outcome(anna.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x', Tagging })));
  assert.deepEqual(
    [await put(), await put('level=secret'), await put('level=public&y=1'), await put('level=public&x=1')],
    ['AccessDenied', 'AccessDenied', 'AccessDenied', 'done'],
  );
  assert.equal(await outcome(tags(anna, 'open', 'secret')), 'AccessDenied');
  assert.equal(await outcome(tags(anna, 'open', 'public')), 'done');
});

test('the tags that a policy is asked about are those that are put, not those of a header beside them', async (t) => {
  const { anna } = await bucket(
    t,
    allow('s3:PutObjectTagging', { StringEquals: { 's3:RequestObjectTag/level': 'public' } }),
    allow(['s3:GetObject', 's3:GetObjectTagging']),
    allow('s3:PutObject', { StringEquals: { 's3:RequestObjectTag/level': 'public' } }),
  );
  const pretending = <Command extends { middlewareStack: PutObjectTaggingCommand['middlewareStack'] }>(
    command: Command,
  ): Command => {
    command.middlewareStack.add(
      (next) => (step) => {
        (step.request as { headers: Record<string, string> }).headers['x-amz-tagging'] = 'level=public';
        return next(step);
      },
      { step: 'build' },
    );
    return command;
  };
  const TagSet = [{ Key: 'other', Value: 'x' }];
  const put = pretending(new PutObjectTaggingCommand({ Bucket, Key: 'open', Tagging: { TagSet } }));
  assert.equal(await outcome(anna.send(put)), 'AccessDenied');
  const copy = new CopyObjectCommand({
    Bucket,
    Key: 'new',
    CopySource: `${Bucket}/bare`,
    Tagging: 'level=public',
  });
  assert.equal(await outcome(anna.send(copy)), 'AccessDenied', 'the tags are those of the source');
});

test('two tags that differ in case only are both seen, so that neither hides the other', async (t) => {
  const { anna, root } = await bucket(
    t,
    allow('s3:GetObject'),
    deny('s3:GetObject', { StringEquals: { 's3:ExistingObjectTag/level': 'secret' } }),
  );
  for (const Tagging of ['level=secret&LEVEL=public', 'LEVEL=secret&level=public']) {
    await root.send(new PutObjectCommand({ Bucket, Key: 'two', Body: 'x', Tagging }));
    assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key: 'two' }))), 'AccessDenied');
  }
});

test('putting and copying tags needs the rights to them; their number is shown to who may see them', async (t) => {
  const { anna } = await bucket(t, allow(['s3:GetObject', 's3:PutObject']));
  const put = (Tagging?: string) =>
    outcome(anna.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x', Tagging })));
  assert.deepEqual([await put(), await put('a=1')], ['done', 'AccessDenied']);
  const copy = (key: string, more: object = {}) =>
    outcome(
      anna.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${key}`, ...more })),
    );
  assert.deepEqual(
    [await copy('bare'), await copy('open'), await copy('open', { TaggingDirective: 'REPLACE' })],
    ['done', 'AccessDenied', 'done'],
  );
  const head = (client: S3Client) => client.send(new HeadObjectCommand({ Bucket, Key: 'open' }));
  const get = (client: S3Client) => client.send(new GetObjectCommand({ Bucket, Key: 'open' }));
  assert.deepEqual([(await head(anna)).TagCount, (await get(anna)).TagCount], [undefined, undefined]);
  assert.equal(
    await outcome(anna.send(new GetObjectTaggingCommand({ Bucket, Key: 'open' }))),
    'AccessDenied',
  );
  assert.equal(
    await outcome(anna.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'open' }))),
    'AccessDenied',
  );
});

test('tags of a version are another right than those of the object', async (t) => {
  const { anna } = await bucket(t, allow(['s3:GetObjectTagging', 's3:PutObjectVersionTagging']));
  const version = { Bucket, Key: 'open', VersionId: 'null' };
  const Tagging = { TagSet: [] };
  assert.deepEqual(
    await Promise.all([
      outcome(anna.send(new GetObjectTaggingCommand({ Bucket, Key: 'open' }))),
      outcome(anna.send(new GetObjectTaggingCommand(version))),
      outcome(anna.send(new PutObjectTaggingCommand({ Bucket, Key: 'open', Tagging }))),
      outcome(anna.send(new PutObjectTaggingCommand({ ...version, Tagging }))),
    ]),
    ['done', 'AccessDenied', 'AccessDenied', 'done'],
  );
});
