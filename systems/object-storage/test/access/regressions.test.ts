// Ways past the rules of access that there once were, each a test named for what holds since.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  RenameObjectCommand,
  RestoreObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ObjectStorage } from '../../src/core/object-storage.ts';
import type { StartOptions } from '../clients/s3-endpoint.ts';
import { anonymous, outcome } from './outcomes.ts';
import { type Credentials, startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'photos';
const bucketArn = `arn:aws:s3:::${Bucket}`;

type Statement = Readonly<Record<string, unknown>>;

const allow = (Action: unknown, Resource: unknown, Condition?: Statement): Statement => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const deny = (...parts: Parameters<typeof allow>): Statement => ({ ...allow(...parts), Effect: 'Deny' });

function policyOf(...Statement: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function put(client: S3Client, ...statements: Statement[]): Promise<unknown> {
  return client.send(new PutBucketPolicyCommand({ Bucket, Policy: policyOf(...statements) }));
}

/** Anna's bucket, with an object in each of two folders. */
async function bucketOfAnna(t: TestContext, options: StartOptions = {}) {
  const s3 = await startS3WithUsers(t, options);
  const [anna, bert] = [await s3.user('anna'), await s3.user('bert')];
  await anna.client.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['public/a', 'private/a']) {
    await anna.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  }
  return { ...s3, anna: anna.client, bert: bert.client, keyOfAnna: anna as Credentials };
}

test('a key of a listing that is sent along with another request lets nobody in', async (t) => {
  const { anna, bert, url } = await bucketOfAnna(t);
  const inPublic = { StringLike: { 's3:prefix': 'public/*' } };
  await put(anna, allow('s3:*', [bucketArn, `${bucketArn}/*`], inPublic));
  const list = bert.send(new ListObjectsV2Command({ Bucket, Prefix: 'public/' }));
  assert.equal(await outcome(list), 'done');
  const object = `${url}/${Bucket}/private/a?prefix=public/x`;
  assert.equal(await anonymous(object), '403 AccessDenied');
  assert.equal(await anonymous(object, { method: 'DELETE' }), '403 AccessDenied');
  assert.equal(await anonymous(object, { method: 'PUT', body: 'x' }), '403 AccessDenied');
  assert.equal(await anonymous(`${url}/${Bucket}?policy&prefix=public/x`), '403 AccessDenied');
});

test('a canned list that is sent along with a read lets nobody in', async (t) => {
  const { anna, url } = await bucketOfAnna(t);
  const given = { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } };
  await put(anna, allow('s3:*', `${bucketArn}/*`, given));
  const headers = { 'x-amz-acl': 'bucket-owner-full-control' };
  assert.equal(await anonymous(`${url}/${Bucket}/drop`, { method: 'PUT', body: 'x', headers }), '200');
  assert.equal(await anonymous(`${url}/${Bucket}/private/a`, { headers }), '403 AccessDenied');
});

test('an anonymous request has no kind and no version of a signature', async (t) => {
  const { anna, bert, url } = await bucketOfAnna(t);
  await put(
    anna,
    allow('s3:GetObject', `${bucketArn}/public/*`, { StringEquals: { 's3:authType': 'REST-HEADER' } }),
    allow('s3:GetObject', `${bucketArn}/private/*`, {
      StringEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' },
    }),
  );
  for (const Key of ['public/a', 'private/a']) {
    assert.equal(await outcome(bert.send(new GetObjectCommand({ Bucket, Key }))), 'done');
    assert.equal(await anonymous(`${url}/${Bucket}/${Key}`), '403 AccessDenied');
  }
});

test('a policy limits how old a signature may be', async (t) => {
  const { anna } = await bucketOfAnna(t);
  const old = { NumericGreaterThan: { 's3:signatureAge': '600000' } };
  await put(anna, deny('s3:*', `${bucketArn}/*`, old));
  const ago = (minutes: number) =>
    getSignedUrl(anna, new GetObjectCommand({ Bucket, Key: 'private/a' }), {
      expiresIn: 3_600,
      signingDate: new Date(Date.now() - minutes * 60_000),
    });
  assert.equal(await anonymous(await ago(9)), '200');
  assert.equal(await anonymous(await ago(11)), '403 AccessDenied');
});

/** A form of a policy that lets everything in, signed with Signature V2. */
function formOfVersionTwo({ accessKeyId, secretAccessKey }: Credentials, key: string): FormData {
  const expiration = new Date(Date.now() + 60_000).toISOString();
  const document = { expiration, conditions: [{ bucket: Bucket }, ['starts-with', '$key', '']] };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const signature = createHmac('sha1', secretAccessKey).update(policy).digest('base64');
  return formOf({ key, policy, AWSAccessKeyId: accessKeyId, signature });
}

function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob(['x']), 'a.bin');
  return form;
}

test('a policy that wants Signature V4 refuses a form of V2', async (t) => {
  const { anna, url, keyOfAnna } = await bucketOfAnna(t);
  const post = (key: string) =>
    anonymous(`${url}/${Bucket}`, { method: 'POST', body: formOfVersionTwo(keyOfAnna, key) });
  const other = { StringNotEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } };
  await put(anna, deny('s3:PutObject', `${bucketArn}/strict/*`, other));
  assert.deepEqual([await post('strict/a'), await post('a')], ['403 AccessDenied', '204']);
});

test('a policy that asks for the page that a form stands on is told', async (t) => {
  const { anna, url } = await bucketOfAnna(t);
  const ours = { StringLike: { 'aws:Referer': 'https://example.com/*' } };
  await put(anna, allow('s3:PutObject', `${bucketArn}/drop/*`, ours));
  const post = (referer: string) =>
    anonymous(`${url}/${Bucket}`, { method: 'POST', headers: { referer }, body: formOf({ key: 'drop/a' }) });
  assert.equal(await post('https://example.com/form'), '204');
  assert.equal(await post('https://example.org/form'), '403 AccessDenied');
});

test('who may put copies only puts nothing else, by a form neither', async (t) => {
  const { anna, url } = await bucketOfAnna(t);
  const copies = { StringLike: { 's3:x-amz-copy-source': `${Bucket}/public/*` } };
  await put(anna, allow('s3:PutObject', `${bucketArn}/copies/*`, copies));
  const body = formOf({ key: 'copies/a', 'x-amz-copy-source': `${Bucket}/public/a` });
  assert.equal(await anonymous(`${url}/${Bucket}`, { method: 'POST', body }), '403 AccessDenied');
});

test('the source of a copy is compared as it is copied, with what looks like a version in its name', async (t) => {
  const { anna, bert } = await bucketOfAnna(t);
  const Key = 'public/a?versionId=secret';
  await anna.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  await put(
    anna,
    allow('s3:GetObject*', `${bucketArn}/*`),
    allow('s3:PutObject', `${bucketArn}/*`, {
      StringEquals: { 's3:x-amz-copy-source': `${Bucket}/public/a` },
    }),
  );
  const copy = (CopySource: string) =>
    outcome(bert.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource })));
  assert.equal(await copy(`${Bucket}/public/a`), 'done');
  assert.equal(await copy(`${Bucket}/public/a%3FversionId=secret`), 'AccessDenied');
  assert.equal(await copy(`${Bucket}/public/a?versionId=secret?versionId=null`), 'AccessDenied');
});

/** Does something once, after a request was let in and before it reads. */
function beforeNextRead(): { wrap: (storage: ObjectStorage) => ObjectStorage; act: () => Promise<unknown> } {
  const hook = { act: async (): Promise<unknown> => undefined };
  const once = async () => {
    const { act } = hook;
    hook.act = async () => undefined;
    await act();
  };
  const wrap = (storage: ObjectStorage): ObjectStorage => ({
    ...storage,
    getObjectNow: () => undefined, // leaves no moment between the two
    async getObject(request) {
      await once();
      return storage.getObject(request);
    },
    async copyObject(request) {
      await once();
      return storage.copyObject(request);
    },
    async changeAttributes(request) {
      await once();
      return storage.changeAttributes(request);
    },
  });
  return Object.assign(hook, { wrap });
}

test('an object that takes the place of one that was to be read is judged by its own list', async (t) => {
  const hook = beforeNextRead();
  const { anna, bert, url } = await bucketOfAnna(t, { wrap: hook.wrap });
  await bert.send(new CreateBucketCommand({ Bucket: 'of-bert' }));
  const Key = 'shared';
  const open = (ACL: 'public-read') => anna.send(new PutObjectCommand({ Bucket, Key, Body: 'open', ACL }));
  const replaceBeforeRead = () => {
    hook.act = () => anna.send(new PutObjectCommand({ Bucket, Key, Body: 'secret' }));
  };
  await open('public-read');
  replaceBeforeRead();
  assert.equal(await anonymous(`${url}/${Bucket}/${Key}`), '403 AccessDenied');
  await open('public-read');
  replaceBeforeRead();
  const copy = new CopyObjectCommand({ Bucket: 'of-bert', Key, CopySource: `${Bucket}/${Key}` });
  assert.equal(await outcome(bert.send(copy)), 'AccessDenied');
  await anna.send(new PutObjectCommand({ Bucket, Key, Body: 'open', GrantWriteACP: 'id=bert' }));
  replaceBeforeRead();
  const take = new PutObjectAclCommand({ Bucket, Key, ACL: 'public-read' });
  assert.equal(await outcome(bert.send(take)), 'AccessDenied');
});

test('an object that appears where its absence was to be told is judged by its own list', async (t) => {
  const hook = beforeNextRead();
  const { anna, url } = await bucketOfAnna(t, { wrap: hook.wrap });
  await anna.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
  assert.equal(await anonymous(`${url}/${Bucket}/late`), '404 NoSuchKey');
  hook.act = () => anna.send(new PutObjectCommand({ Bucket, Key: 'late', Body: 'secret' }));
  assert.equal(await anonymous(`${url}/${Bucket}/late`), '403 AccessDenied');
});

test('who may not list is told of no key that it is not there, nor of the source of a copy', async (t) => {
  const { anna, bert } = await bucketOfAnna(t);
  const Action = ['s3:GetObject*', 's3:PutObject*', 's3:DeleteObject', 's3:RestoreObject'];
  await put(anna, allow(Action, `${bucketArn}/*`));
  const Key = 'none';
  const CopySource = `${Bucket}/${Key}`;
  const tries = async () => {
    const { UploadId } = await bert.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, CopySource };
    const requests = [
      bert.send(new GetObjectCommand({ Bucket, Key })),
      bert.send(new GetObjectAclCommand({ Bucket, Key })),
      bert.send(new PutObjectAclCommand({ Bucket, Key, ACL: 'private' })),
      bert.send(new GetObjectRetentionCommand({ Bucket, Key })),
      bert.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days: 1 } })),
      bert.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource })),
      bert.send(new UploadPartCopyCommand(part)),
      bert.send(new RenameObjectCommand({ Bucket, Key: 'new', RenameSource: Key })),
    ];
    return Promise.all(requests.map(outcome));
  };
  assert.deepEqual(await tries(), Array(8).fill('AccessDenied'));
  const target = { Bucket, Key, CopySource: `${Bucket}/public/a`, IfMatch: '"a"' };
  assert.equal(await outcome(bert.send(new CopyObjectCommand(target))), 'NoSuchKey', 'of the target');
  await put(anna, allow(Action, `${bucketArn}/*`), allow('s3:ListBucket', bucketArn));
  assert.deepEqual(await tries(), Array(8).fill('NoSuchKey'));
});

test('a policy does not speak for the objects of others, as long as they own them', async (t) => {
  const { anna, bert, url } = await bucketOfAnna(t);
  await put(anna, allow('s3:*', `${bucketArn}/*`));
  const Key = 'of-bert';
  await bert.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const tries = async () => [
    await outcome(anna.send(new GetObjectCommand({ Bucket, Key }))),
    await outcome(anna.send(new GetObjectAclCommand({ Bucket, Key }))),
    await outcome(anna.send(new PutObjectAclCommand({ Bucket, Key, ACL: 'bucket-owner-read' }))),
    await outcome(anna.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` }))),
    await anonymous(`${url}/${Bucket}/${Key}`),
  ];
  assert.deepEqual(await tries(), [...Array(4).fill('AccessDenied'), '403 AccessDenied']);
  assert.equal(await outcome(bert.send(new GetObjectCommand({ Bucket, Key }))), 'done');
  assert.equal(await anonymous(`${url}/${Bucket}/private/a`), '200', "of what is the owner's it does");
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
  await anna.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  assert.equal(await anonymous(`${url}/${Bucket}/${Key}`), '200', 'now that is all of the bucket');
});

test('a thousand keys and a long policy do not hold the event loop', async (t) => {
  const { anna } = await bucketOfAnna(t);
  const patterns = Array.from({ length: 30 }, (_, index) => `${bucketArn}/*${'a'.repeat(400)}?b${index}*`);
  await put(anna, deny('s3:DeleteObject', patterns));
  const Objects = Array.from({ length: 1_000 }, (_, index) => ({ Key: `${'a'.repeat(1_000)}${index}` }));
  const turns = { longestMs: 0, ended: false };
  const measure = (sinceMs: number) => {
    const nowMs = performance.now();
    turns.longestMs = Math.max(turns.longestMs, nowMs - sinceMs);
    if (!turns.ended) setImmediate(measure, nowMs);
  };
  const startedMs = performance.now();
  measure(startedMs);
  const { Deleted } = await anna.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  turns.ended = true;
  assert.equal(Deleted?.length, 1_000);
  const tookMs = performance.now() - startedMs;
  assert(turns.longestMs < tookMs / 4, `one turn took ${turns.longestMs} of ${tookMs} ms`);
});

test('who may write only cannot let others in to what he writes', async (t) => {
  const { anna, bert, identity, user, url } = await bucketOfAnna(t);
  const writer = await user('writer');
  const document = (...actions: string[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: actions, Resource: '*' } });
  const give = (...actions: string[]) =>
    identity.putUserPolicy({ user: 'writer', name: 'p', document: document(...actions) });
  const write = (client: S3Client, ACL?: 'public-read' | 'bucket-owner-full-control') =>
    outcome(client.send(new PutObjectCommand({ Bucket, Key: 'drop/a', Body: '', ACL })));
  await give('s3:PutObject');
  assert.deepEqual(
    [
      await write(writer.client),
      await write(writer.client, 'bucket-owner-full-control'),
      await write(writer.client, 'public-read'),
      await outcome(
        writer.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'drop/b', ACL: 'public-read' })),
      ),
    ],
    ['done', 'done', 'AccessDenied', 'AccessDenied'],
  );
  await give('s3:PutObject', 's3:PutObjectAcl');
  assert.equal(await write(writer.client, 'public-read'), 'done');
  await put(anna, allow('s3:PutObject', `${bucketArn}/drop/*`));
  assert.equal(await write(bert, 'public-read'), 'done', 'it is his');
  const headers = { 'x-amz-acl': 'public-read' };
  const anonymously = () => anonymous(`${url}/${Bucket}/drop/c`, { method: 'PUT', body: '', headers });
  assert.equal(await anonymously(), '403 AccessDenied', "it would be the bucket owner's");
  await put(anna, allow('s3:PutObject', `${bucketArn}/drop/*`), deny('s3:PutObjectAcl', `${bucketArn}/*`));
  assert.deepEqual(
    [await write(bert, 'public-read'), await write(anna, 'public-read'), await write(anna)],
    ['AccessDenied', 'AccessDenied', 'done'],
  );
});

test('whom the list of a bucket lets write chooses the list of what he writes, unless that is denied', async (t) => {
  const { anna, url } = await bucketOfAnna(t);
  await anna.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
  const post = () =>
    anonymous(`${url}/${Bucket}`, { method: 'POST', body: formOf({ key: 'a', acl: 'public-read' }) });
  assert.equal(await post(), '204');
  assert.equal(await anonymous(`${url}/${Bucket}/a`), '200');
  await put(anna, deny('s3:PutObjectAcl', `${bucketArn}/*`));
  assert.equal(await post(), '403 AccessDenied');
});

test('who is denied the list of buckets makes none with one', async (t) => {
  const { root, identity, user } = await bucketOfAnna(t);
  const maker = await user('maker');
  const Statement = [
    { Effect: 'Allow', Action: 's3:CreateBucket', Resource: '*' },
    { Effect: 'Deny', Action: ['s3:PutBucketAcl', 's3:PutBucketOwnershipControls'], Resource: '*' },
  ];
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy({ user: 'maker', name: 'p', document });
  const make = (client: S3Client, name: string, more: Partial<CreateBucketCommandInput> = {}) =>
    outcome(client.send(new CreateBucketCommand({ Bucket: name, ...more })));
  assert.deepEqual(
    [
      await make(maker.client, 'made-a'),
      await make(maker.client, 'made-b', { ACL: 'public-read' }),
      await make(maker.client, 'made-c', { ObjectOwnership: 'BucketOwnerEnforced' }),
      await make(root, 'made-b', { ACL: 'public-read', ObjectOwnership: 'ObjectWriter' }),
    ],
    ['done', 'AccessDenied', 'AccessDenied', 'done'],
  );
});

test('a policy that lets everyone do everything lets nobody take the bucket over', async (t) => {
  const { anna, bert, root, url } = await bucketOfAnna(t);
  await put(anna, allow('s3:*', [bucketArn, `${bucketArn}/*`]));
  const policy = `${url}/${Bucket}?policy`;
  assert.equal(await anonymous(policy), '405 MethodNotAllowed');
  const body = policyOf(deny('s3:*', bucketArn, { StringEquals: { 'aws:username': 'anna' } }));
  assert.equal(await anonymous(policy, { method: 'PUT', body }), '405 MethodNotAllowed');
  assert.equal(await anonymous(policy, { method: 'DELETE' }), '405 MethodNotAllowed');
  const get = (client: S3Client) => outcome(client.send(new GetBucketPolicyCommand({ Bucket })));
  assert.deepEqual([await get(bert), await get(anna), await get(root)], ['MethodNotAllowed', 'done', 'done']);
});

test('where the account owns everything, a policy of a bucket lets its users in to itself', async (t) => {
  const { root, user, url } = await startS3WithUsers(t, { owners: 'account' });
  const { client } = await user('anna');
  await root.send(new CreateBucketCommand({ Bucket }));
  await put(root, allow('s3:*', bucketArn));
  assert.equal(await outcome(client.send(new GetBucketPolicyCommand({ Bucket }))), 'done');
  assert.equal(await anonymous(`${url}/${Bucket}?policy`), '405 MethodNotAllowed');
});

test('a request that is refused for two reasons at once is refused once', async (t) => {
  const { anna, url } = await bucketOfAnna(t);
  await put(anna, allow('s3:*', [bucketArn, `${bucketArn}/*`]));
  // From now on what is set for the bucket is remembered, and asked at once.
  assert.equal(await anonymous(`${url}/${Bucket}/private/a`), '200');
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(async () => void process.off('unhandledRejection', note));
  const headers = { 'x-amz-expected-bucket-owner': 'bert' };
  const answer = await anonymous(`${url}/${Bucket}?policy`, { headers });
  assert(['403 AccessDenied', '405 MethodNotAllowed'].includes(answer), answer);
  // The owner is looked up in a turn of its own.
  await anonymous(`${url}/${Bucket}/private/a`);
  assert.deepEqual(unhandled, []);
});

test('the list of buckets is allowed and denied by arn:aws:s3:::*, and not by the ARN of a bucket', async (t) => {
  const { identity, bert } = await bucketOfAnna(t);
  const list = () => outcome(bert.send(new ListBucketsCommand({})));
  const give = (name: string, Effect: string, Resource: string) => {
    const Statement = { Effect, Action: 's3:ListAllMyBuckets', Resource };
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    return identity.putUserPolicy({ user: 'bert', name, document });
  };
  await give('own', 'Allow', bucketArn);
  assert.equal(await list(), 'AccessDenied');
  await give('own', 'Allow', 'arn:aws:s3:::*');
  assert.equal(await list(), 'done');
  await give('own', 'Allow', '*');
  await give('never', 'Deny', bucketArn);
  assert.equal(await list(), 'done');
  await give('never', 'Deny', 'arn:aws:s3:::*');
  assert.equal(await list(), 'AccessDenied');
});
