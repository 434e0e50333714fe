// Tags of objects, by Amazon's client.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type Tag,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'tagged';
const TagSet = [
  { Key: 'a b', Value: 'grün=1' },
  { Key: 'c', Value: '' },
];

async function bucket(t: TestContext) {
  const { root, url } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const tagsOf = async (Key: string, VersionId?: string) =>
    (await root.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet;
  const putTags = (Key: string, tags: Tag[], VersionId?: string) =>
    root.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet: tags } }));
  return { root, url, tagsOf, putTags };
}

test('an object gets tags, other ones, and none again; its bytes and its time stay', async (t) => {
  const { root, tagsOf, putTags } = await bucket(t);
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', Metadata: { m: '1' } }));
  assert.deepEqual(await tagsOf('k'), []);
  const before = await root.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(before.TagCount, undefined);
  await putTags('k', [...TagSet].reverse());
  assert.deepEqual(await tagsOf('k'), TagSet);
  const got = await root.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual(
    [got.TagCount, await got.Body!.transformToString(), got.Metadata],
    [2, 'hello', { m: '1' }],
  );
  const after = await root.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([after.TagCount, after.ETag, after.LastModified], [2, before.ETag, before.LastModified]);
  await putTags('k', [{ Key: 'only', Value: 'x' }]);
  assert.deepEqual(await tagsOf('k'), [{ Key: 'only', Value: 'x' }]);
  await putTags('k', []);
  assert.deepEqual(await tagsOf('k'), []);
  await putTags('k', TagSet);
  const deleted = await root.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }));
  assert.equal(deleted.$metadata.httpStatusCode, 204);
  assert.deepEqual(await tagsOf('k'), []);
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new', Tagging: 'a%20b=gr%C3%BCn%3D1&c' }));
  assert.deepEqual(await tagsOf('k'), TagSet);
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'newer' }));
  assert.deepEqual(await tagsOf('k'), [], 'another object has other tags');
});

test('each version has tags of its own', async (t) => {
  const { root, tagsOf, putTags } = await bucket(t);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const put = async (Tagging?: string) =>
    (await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging }))).VersionId!;
  const [first, second] = [await put('v=1'), await put()];
  const tagged = await putTags('k', [{ Key: 'v', Value: 'one' }], first);
  assert.equal(tagged.VersionId, first);
  assert.deepEqual(await tagsOf('k', first), [{ Key: 'v', Value: 'one' }]);
  assert.deepEqual(await tagsOf('k'), []);
  const current = await putTags('k', [{ Key: 'v', Value: 'two' }]);
  assert.equal(current.VersionId, second);
  const removed = await root.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k', VersionId: first }));
  assert.deepEqual([removed.$metadata.httpStatusCode, removed.VersionId], [204, first]);
  assert.deepEqual([await tagsOf('k', first), await tagsOf('k', second)], [[], [{ Key: 'v', Value: 'two' }]]);
  const { VersionId: marker } = await root.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(await outcome(tagsOf('k')), 'NoSuchKey');
  assert.equal(await outcome(tagsOf('k', marker)), 'MethodNotAllowed');
  assert.equal(await outcome(putTags('k', TagSet)), 'NoSuchKey');
  assert.equal(await outcome(putTags('k', TagSet, marker)), 'MethodNotAllowed');
  assert.equal(await outcome(tagsOf('k', '0'.repeat(32))), 'NoSuchVersion');
});

test('a copy keeps the tags of its source, or has those that replace them', async (t) => {
  const { root, tagsOf } = await bucket(t);
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'from=source' }));
  const copy = async (more: object) => {
    const CopySource = `${Bucket}/k`;
    await root.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...more }));
    return tagsOf('copy');
  };
  const kept = [{ Key: 'from', Value: 'source' }];
  assert.deepEqual(await copy({}), kept);
  assert.deepEqual(await copy({ MetadataDirective: 'REPLACE' }), kept);
  assert.deepEqual(await copy({ Tagging: 'is=ignored' }), kept);
  const TaggingDirective = 'REPLACE';
  assert.deepEqual(await copy({ TaggingDirective, Tagging: 'is=new' }), [{ Key: 'is', Value: 'new' }]);
  assert.deepEqual(await copy({ TaggingDirective }), []);
  const refused = copy({ TaggingDirective: 'MOVE' });
  assert.equal(await outcome(refused), 'InvalidArgument');
});

test('an upload in parts has the tags that it was begun with', async (t) => {
  const { root, tagsOf } = await bucket(t);
  const upload = { Bucket, Key: 'k' };
  const { UploadId } = await root.send(new CreateMultipartUploadCommand({ ...upload, Tagging: 'a=1' }));
  const { ETag } = await root.send(
    new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'part' }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await root.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  assert.deepEqual(await tagsOf('k'), [{ Key: 'a', Value: '1' }]);
});

test('tags that are none are refused, and nothing changes', async (t) => {
  const { root, tagsOf, putTags } = await bucket(t);
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=1' }));
  const twice = [...TagSet, { Key: 'c', Value: '2' }];
  const eleven = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  for (const tags of [twice, eleven, [{ Key: 'x'.repeat(129), Value: '' }], [{ Key: 'a', Value: '{}' }]]) {
    assert.equal(await outcome(putTags('k', tags)), 'InvalidTag');
  }
  for (const [Tagging, code] of [
    ['a=1&a=2', 'InvalidArgument'],
    ['a=%zz', 'InvalidArgument'],
    [eleven.map(({ Key }) => Key).join('&'), 'BadRequest'],
    ['aws:a=1', 'InvalidTag'],
  ] as const) {
    const put = root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', Tagging }));
    assert.equal(await outcome(put), code, Tagging);
  }
  assert.equal(await outcome(putTags('nothing', TagSet)), 'NoSuchKey');
  assert.deepEqual(await tagsOf('k'), [{ Key: 'a', Value: '1' }]);
  const got = await root.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(await got.Body!.transformToString(), 'x');
});

test('tags that are put at the same time are all of one request', async (t) => {
  const { root, tagsOf, putTags } = await bucket(t);
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const sets = Array.from({ length: 8 }, (_, index) =>
    ['a', 'b', 'c'].map((Key) => ({ Key, Value: String(index) })),
  );
  await Promise.all(sets.map((tags) => putTags('k', tags)));
  const found = await tagsOf('k');
  assert(
    sets.some((tags) => JSON.stringify(tags) === JSON.stringify(found)),
    JSON.stringify(found),
  );
});
