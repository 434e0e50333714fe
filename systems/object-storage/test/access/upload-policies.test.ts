// Policies that want something of every object, and uploads in parts: what the object will be is said when the upload
// begins, and parts do not say it again.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { outcome } from './outcomes.ts';
import { startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'vault';
const Key = 'a';
type Asked = Partial<CreateMultipartUploadCommandInput>;

async function vault(t: TestContext) {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'copied' }));
  const begin = async (asked: Asked) =>
    (await root.send(new CreateMultipartUploadCommand({ Bucket, Key, ...asked }))).UploadId;
  const part = (UploadId: string | undefined, along?: Readonly<Record<string, string>>) => {
    const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' });
    command.middlewareStack.add(
      (next) => (step) => {
        Object.assign((step.request as { headers: object }).headers, along);
        return next(step);
      },
      { step: 'build' },
    );
    return root.send(command);
  };
  const want = (Condition: object) => {
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource, Condition };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    return root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  };
  return { root, begin, part, want };
}

for (const [what, condition, asked] of [
  [
    'encryption',
    { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
    { ServerSideEncryption: 'AES256' },
  ],
  [
    'a list',
    { StringNotEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
    { ACL: 'bucket-owner-full-control' },
  ],
  [
    'a storage class and a tag',
    {
      StringNotEquals: { 's3:x-amz-storage-class': 'STANDARD_IA' },
      StringNotEqualsIfExists: { 's3:RequestObjectTag/of': 'me' },
    },
    { StorageClass: 'STANDARD_IA', Tagging: 'of=me' },
  ],
] satisfies [string, object, Asked][])
  test(`a policy that wants ${what} of every object means what an upload was begun with`, async (t) => {
    const { root, begin, part, want } = await vault(t);
    const before = await begin({});
    await want(condition);
    assert.equal(await outcome(begin({})), 'AccessDenied');
    assert.equal(await outcome(part(before)), 'AccessDenied');
    const along = { 'x-amz-acl': 'bucket-owner-full-control', 'x-amz-storage-class': 'STANDARD_IA' };
    assert.equal(await outcome(part(before, along)), 'AccessDenied', 'a part says nothing of the object');
    assert.equal(await outcome(part('none')), 'AccessDenied');
    const UploadId = await begin(asked);
    const { ETag } = await part(UploadId);
    const name = { Bucket, Key, UploadId };
    const copy = new UploadPartCopyCommand({ ...name, PartNumber: 2, CopySource: `${Bucket}/source` });
    await root.send(copy);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await root.send(new CompleteMultipartUploadCommand({ ...name, MultipartUpload }));
    const head = await root.send(new HeadObjectCommand({ Bucket, Key }));
    assert.equal(head.ServerSideEncryption, 'ServerSideEncryption' in asked ? 'AES256' : undefined);
    assert.equal(head.StorageClass, 'StorageClass' in asked ? 'STANDARD_IA' : undefined);
    assert.deepEqual(head.Metadata, {});
  });

test('a policy that wants every write conditional lets parts by, and no completion without a condition', async (t) => {
  const { root, begin, part, want } = await vault(t);
  await want({ Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } });
  const put = (more: object) => root.send(new PutObjectCommand({ Bucket, Key: 'put', Body: 'x', ...more }));
  assert.equal(await outcome(put({})), 'AccessDenied');
  assert.equal(await outcome(put({ IfNoneMatch: '*' })), 'done');
  const UploadId = await begin({});
  const { ETag } = await part(UploadId);
  const copy = { Bucket, Key, UploadId, PartNumber: 2, CopySource: `${Bucket}/source` };
  assert.equal(await outcome(root.send(new UploadPartCopyCommand(copy))), 'done');
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const complete = (more: object) =>
    outcome(
      root.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...more })),
    );
  assert.equal(await complete({}), 'AccessDenied');
  assert.equal(await complete({ IfNoneMatch: '*' }), 'done');
});
