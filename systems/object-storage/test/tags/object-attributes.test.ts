// GetObjectAttributes, by Amazon's client.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  type GetObjectAttributesCommandInput,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'known';
const Key = 'k';
const all = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
const partBytes = 5 * 1024 * 1024;

async function bucket(t: TestContext) {
  const s3 = await startS3WithUsers(t);
  await s3.root.send(new CreateBucketCommand({ Bucket }));
  return s3;
}

async function attributes(client: S3Client, more: Partial<GetObjectAttributesCommandInput> = {}) {
  const input = { Bucket, Key, ObjectAttributes: [...all], ...more };
  const { $metadata, ...found } = await client.send(new GetObjectAttributesCommand(input));
  return found;
}

/** Parts 2, 3 and 5, with SHA-256 of each. */
async function putParts(client: S3Client): Promise<string[]> {
  const object = { Bucket, Key };
  const created = await client.send(
    new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'SHA256' }),
  );
  const { UploadId } = created;
  const Parts = [];
  for (const [PartNumber, bytes] of [
    [2, partBytes],
    [3, partBytes],
    [5, 1],
  ] as const) {
    const part = { ...object, UploadId, PartNumber, Body: Buffer.alloc(bytes, PartNumber) };
    const { ETag, ChecksumSHA256 } = await client.send(
      new UploadPartCommand({ ...part, ChecksumAlgorithm: 'SHA256' }),
    );
    Parts.push({ PartNumber, ETag, ChecksumSHA256 });
  }
  const MultipartUpload = { Parts };
  await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
  return Parts.map(({ ChecksumSHA256 }) => ChecksumSHA256!);
}

test('an object that was put has all attributes but parts, and those that are asked for', async (t) => {
  const { root } = await bucket(t);
  const put = await root.send(
    new PutObjectCommand({ Bucket, Key, Body: 'hello', ChecksumAlgorithm: 'SHA256' }),
  );
  const { LastModified } = await root.send(new HeadObjectCommand({ Bucket, Key }));
  const ETag = put.ETag!.replaceAll('"', '');
  assert.deepEqual(await attributes(root), {
    LastModified,
    ETag,
    Checksum: { ChecksumSHA256: put.ChecksumSHA256, ChecksumType: 'FULL_OBJECT' },
    StorageClass: 'STANDARD',
    ObjectSize: 5,
  });
  assert.deepEqual(await attributes(root, { ObjectAttributes: ['ObjectSize'] }), {
    LastModified,
    ObjectSize: 5,
  });
});

test('an object that was made from parts shows them, by pages', async (t) => {
  const { root } = await bucket(t);
  const [two, three, five] = await putParts(root);
  const { ObjectParts, Checksum, ObjectSize } = await attributes(root);
  assert.equal(ObjectSize, 2 * partBytes + 1);
  assert.match(Checksum?.ChecksumSHA256 ?? '', /^[\w+/]{43}=-3$/);
  assert.equal(Checksum?.ChecksumType, 'COMPOSITE');
  const last = { PartNumber: 5, Size: 1, ChecksumSHA256: five };
  const parts = [
    { PartNumber: 2, Size: partBytes, ChecksumSHA256: two },
    { PartNumber: 3, Size: partBytes, ChecksumSHA256: three },
    last,
  ];
  assert.deepEqual(ObjectParts, {
    TotalPartsCount: 3,
    PartNumberMarker: '0',
    MaxParts: 1000,
    IsTruncated: false,
    Parts: parts,
  });
  const first = await attributes(root, { ObjectAttributes: ['ObjectParts'], MaxParts: 2 });
  assert.deepEqual(first.ObjectParts, {
    TotalPartsCount: 3,
    PartNumberMarker: '0',
    NextPartNumberMarker: '3',
    MaxParts: 2,
    IsTruncated: true,
    Parts: parts.slice(0, 2),
  });
  const rest = await attributes(root, { MaxParts: 2, PartNumberMarker: '3' });
  assert.deepEqual([rest.ObjectParts?.Parts, rest.ObjectParts?.IsTruncated], [[last], false]);
  const none = await attributes(root, { MaxParts: 0 });
  assert.deepEqual([none.ObjectParts?.Parts, none.ObjectParts?.IsTruncated], [undefined, true]);
});

test('attributes are those of a version, and of a delete marker there are none', async (t) => {
  const { root } = await bucket(t);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const { VersionId } = await root.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
  const second = await root.send(new PutObjectCommand({ Bucket, Key, Body: 'three' }));
  const [old, current] = [await attributes(root, { VersionId }), await attributes(root)];
  assert.deepEqual([old.VersionId, old.ObjectSize], [VersionId, 3]);
  assert.deepEqual([current.VersionId, current.ObjectSize], [second.VersionId, 5]);
  const deleted = await root.send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(await outcome(attributes(root)), 'NoSuchKey');
  assert.equal(await outcome(attributes(root, { VersionId: deleted.VersionId })), 'MethodNotAllowed');
  assert.equal(await outcome(attributes(root, { VersionId: '0'.repeat(32) })), 'NoSuchVersion');
  assert.equal(await outcome(attributes(root, { Bucket: 'nowhere' })), 'NoSuchBucket');
});

test('attributes that are none are refused', async (t) => {
  const { root } = await bucket(t);
  await root.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  assert.equal(await outcome(attributes(root, { ObjectAttributes: ['Tags' as 'ETag'] })), 'InvalidArgument');
  assert.equal(await outcome(attributes(root, { ObjectAttributes: [] })), 'InvalidRequest');
  assert.equal(await outcome(attributes(root, { MaxParts: -1 })), 'InvalidArgument');
  assert.equal(await outcome(attributes(root, { PartNumberMarker: 'x' })), 'InvalidArgument');
});

test('attributes need the right to them and the right to read', async (t) => {
  const { root, user } = await bucket(t);
  await root.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const anna = (await user('anna')).client;
  for (const [Action, expected] of [
    ['s3:GetObjectAttributes', 'AccessDenied'],
    ['s3:GetObject', 'AccessDenied'],
    [['s3:GetObject', 's3:GetObjectAttributes'], 'done'],
  ] as const) {
    const Statement = { Effect: 'Allow', Principal: '*', Action, Resource: `arn:aws:s3:::${Bucket}/*` };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    assert.equal(await outcome(attributes(anna)), expected, String(Action));
  }
  assert.equal(await outcome(attributes(anna, { VersionId: 'null' })), 'AccessDenied');
});

test('an object that is replaced while its parts are read shows those of one or the other', async (t) => {
  const { root } = await bucket(t);
  const replace = async (bytes: number) => {
    const object = { Bucket, Key };
    const { UploadId } = await root.send(new CreateMultipartUploadCommand(object));
    const part = { ...object, UploadId, PartNumber: bytes, Body: Buffer.alloc(bytes) };
    const { ETag } = await root.send(new UploadPartCommand(part));
    const MultipartUpload = { Parts: [{ PartNumber: bytes, ETag }] };
    await root.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
  };
  await replace(1);
  let replacing = true;
  const replaced = (async () => {
    for (let bytes = 2; bytes <= 25; bytes++) await replace(bytes);
    replacing = false;
  })();
  while (replacing) {
    const { ObjectParts, ObjectSize } = await attributes(root);
    const parts = ObjectParts?.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]);
    assert.deepEqual(parts, [[ObjectSize, ObjectSize]]);
  }
  await replaced;
});
