// Storage classes, by Amazon's client: kept, given back, shown; all are read at once.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'classes';

async function bucket(t: TestContext) {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const classOf = async (Key: string, VersionId?: string) =>
    (await root.send(new HeadObjectCommand({ Bucket, Key, VersionId }))).StorageClass;
  const put = (Key: string, StorageClass?: StorageClass, more: object = {}) =>
    root.send(new PutObjectCommand({ Bucket, Key, Body: 'x', StorageClass, ...more }));
  return { root, classOf, put };
}

const kept = [
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'REDUCED_REDUNDANCY',
  'GLACIER_IR',
] as const;

test('a class is shown by heads and listings, STANDARD only by listings', async (t) => {
  const { root, put } = await bucket(t);
  for (const name of kept) await put(name, name);
  // With a checksum and without: they share a column.
  await put('unchecked', 'STANDARD_IA', { ChecksumAlgorithm: undefined });
  await put('checked', 'STANDARD_IA', { ChecksumAlgorithm: 'SHA256' });
  await put('plain');
  await put('standard', 'STANDARD');
  const expected = new Map<string, string>([
    ...kept.map((name) => [name, name] as const),
    ['unchecked', 'STANDARD_IA'],
    ['checked', 'STANDARD_IA'],
    ['plain', 'STANDARD'],
    ['standard', 'STANDARD'],
  ]);
  for (const { Contents = [] } of [
    await root.send(new ListObjectsCommand({ Bucket })),
    await root.send(new ListObjectsV2Command({ Bucket })),
  ]) {
    const listed = new Map(Contents.map(({ Key, StorageClass }) => [Key, StorageClass]));
    assert.deepEqual([...listed].sort(), [...expected].sort());
    const checked = Contents.find(({ Key }) => Key === 'checked');
    assert.deepEqual([checked?.ChecksumAlgorithm, checked?.ChecksumType], [['SHA256'], 'FULL_OBJECT']);
  }
  const { Versions = [] } = await root.send(new ListObjectVersionsCommand({ Bucket }));
  const versions = new Map(Versions.map(({ Key, StorageClass }) => [Key, StorageClass]));
  assert.deepEqual([...versions].sort(), [...expected].sort());
  for (const [Key, name] of expected) {
    const shown = name === 'STANDARD' ? undefined : name;
    const head = await root.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    assert.equal(head.StorageClass, shown, Key);
    const got = await root.send(new GetObjectCommand({ Bucket, Key }));
    assert.deepEqual([got.StorageClass, await got.Body!.transformToString()], [shown, 'x']);
    const asked = new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['StorageClass'] });
    assert.equal((await root.send(asked)).StorageClass, name);
  }
});

test('a class that is none, or that had to be restored from, is refused', async (t) => {
  const { root, put } = await bucket(t);
  await put('k');
  for (const name of ['GLACIER', 'DEEP_ARCHIVE', 'standard', 'WARM', ''] as StorageClass[]) {
    assert.equal(await outcome(put('k', name)), 'InvalidStorageClass', name);
  }
  const begin = new CreateMultipartUploadCommand({ Bucket, Key: 'k', StorageClass: 'GLACIER' });
  assert.equal(await outcome(root.send(begin)), 'InvalidStorageClass');
  const copy = new CopyObjectCommand({
    Bucket,
    Key: 'l',
    CopySource: `${Bucket}/k`,
    StorageClass: 'DEEP_ARCHIVE',
  });
  assert.equal(await outcome(root.send(copy)), 'InvalidStorageClass');
});

test('an upload in parts has the class that it was begun with', async (t) => {
  const { root, classOf } = await bucket(t);
  const upload = { Bucket, Key: 'k' };
  const begin = new CreateMultipartUploadCommand({ ...upload, StorageClass: 'ONEZONE_IA', Tagging: 'a=1' });
  const { UploadId } = await root.send(begin);
  const { ETag } = await root.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'x' }));
  const { Uploads } = await root.send(new ListMultipartUploadsCommand({ Bucket }));
  const { StorageClass } = await root.send(new ListPartsCommand({ ...upload, UploadId }));
  assert.deepEqual([Uploads?.[0]?.StorageClass, StorageClass], ['ONEZONE_IA', 'ONEZONE_IA']);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const complete = () =>
    root.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  await complete();
  await complete();
  const { StorageClass: of, TagCount } = await root.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([of, TagCount], ['ONEZONE_IA', 1]);
  await root.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [] } }));
  assert.equal(await classOf('k'), 'ONEZONE_IA', 'other tags are no other class');
});

test('a copy has the class that it asks for, onto itself too', async (t) => {
  const { root, classOf, put } = await bucket(t);
  await put('k', 'STANDARD_IA', { Metadata: { m: '1' } });
  const copy = (Key: string, StorageClass?: StorageClass) =>
    root.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/k`, StorageClass }));
  await copy('copy');
  assert.equal(await classOf('copy'), undefined, 'that of the source is not taken');
  await copy('copy', 'GLACIER_IR');
  assert.equal(await classOf('copy'), 'GLACIER_IR');
  assert.equal(await outcome(copy('k')), 'InvalidRequest');
  await copy('k', 'ONEZONE_IA');
  assert.equal(await classOf('k'), 'ONEZONE_IA');
  await copy('k', 'STANDARD');
  const { StorageClass, Metadata } = await root.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([StorageClass, Metadata], [undefined, { m: '1' }]);
});

test('each version keeps its class when the next one comes', async (t) => {
  const { root, classOf, put } = await bucket(t);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const { VersionId } = await put('k', 'STANDARD_IA');
  await put('k', 'ONEZONE_IA');
  assert.deepEqual([await classOf('k'), await classOf('k', VersionId)], ['ONEZONE_IA', 'STANDARD_IA']);
  const { Versions } = await root.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual(
    Versions?.map(({ StorageClass }) => StorageClass),
    ['ONEZONE_IA', 'STANDARD_IA'],
  );
});
