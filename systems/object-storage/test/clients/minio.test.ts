// MinIO's client for JavaScript: it signs by itself, streams in parts of its own size, and lists with its own parser.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { Client, CopyConditions, CopyDestinationOptions, CopySourceOptions } from 'minio';
import { anonymous } from '../access/outcomes.ts';
import { type S3WithUsers, startS3WithUsers } from '../access/s3-with-users.ts';
import { assertSameDownload, assertSameFile, type TestFiles, writeTestFiles } from './client-program.ts';

const bucket = 'photos';
const MiB = 1024 * 1024;

type Connected = {
  readonly s3: S3WithUsers;
  readonly client: Client;
  readonly files: TestFiles;
};

/** A client of root's with an empty bucket. */
async function connected(t: TestContext, options: { largeBytes?: number } = {}): Promise<Connected> {
  const s3 = await startS3WithUsers(t);
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = s3.rootCredentials;
  const { port } = s3;
  const partSize = 5 * MiB;
  const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey, partSize });
  await client.makeBucket(bucket);
  return { s3, client, files: await writeTestFiles(await temporaryDirectory(t), options) };
}

async function refused(outcome: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(outcome, { code });
}

async function listed(client: Client, prefix = '', recursive = true): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, prefix: folder } of client.listObjectsV2(bucket, prefix, recursive))
    names.push(name ?? folder);
  return names;
}

test('MinIO: buckets are made, found, listed and removed', async (t) => {
  const { client } = await connected(t);
  await client.makeBucket('second', 'us-east-1');
  assert.deepEqual((await client.listBuckets()).map(({ name }) => name).toSorted(), [bucket, 'second']);
  assert.deepEqual([await client.bucketExists('second'), await client.bucketExists('third')], [true, false]);
  assert.equal(await client.getBucketRegionAsync('second'), 'us-east-1');
  await client.putObject(bucket, 'k', 'x');
  await refused(client.removeBucket(bucket), 'BucketNotEmpty');
  await client.removeBucket('second');
  await refused(client.removeBucket('second'), 'NoSuchBucket');
});

test('MinIO: streams are put and got, whole, in part and as files', async (t) => {
  const { client, files } = await connected(t);
  const large = await readFile(files.large);
  const name = 'ü/a b+%.bin';
  await client.putObject(bucket, name, createReadStream(files.large), large.length, {
    'content-type': 'image/png',
    'x-amz-meta-colour': 'green',
  });
  assert(large.equals(await buffer(await client.getObject(bucket, name))));
  const part = await buffer(await client.getPartialObject(bucket, name, 1_000_000, 500));
  assert(large.subarray(1_000_000, 1_000_500).equals(part));
  const { size, etag, metaData } = await client.statObject(bucket, name);
  assert.deepEqual([size, metaData['content-type'], metaData.colour], [large.length, 'image/png', 'green']);
  assert.match(etag, /-4$/, 'four parts of 5 MiB');

  await client.fPutObject(bucket, 'file', files.small);
  await client.fGetObject(bucket, 'file', files.path('back'));
  await assertSameFile(files.path('back'), files.small);
  await client.fPutObject(bucket, 'large file', files.large);
  await client.fGetObject(bucket, 'large file', files.path('large back'));
  await assertSameFile(files.path('large back'), files.large);
  await client.putObject(bucket, 'empty', Buffer.alloc(0));
  assert.equal((await buffer(await client.getObject(bucket, 'empty'))).length, 0);
  await refused(client.getObject(bucket, 'missing'), 'NoSuchKey');
});

test('MinIO: a stream of unknown length goes in parts, and what was begun is found and removed', async (t) => {
  const { client, files } = await connected(t, { largeBytes: 70 * MiB + 1 });
  const { etag } = await client.putObject(bucket, 'unknown', createReadStream(files.large));
  await client.fGetObject(bucket, 'unknown', files.path('back'));
  await assertSameFile(files.path('back'), files.large);
  // The client cuts parts as the stream comes.
  assert.match(etag, /-1[45]$/);

  const uploadId = await client.initiateNewMultipartUpload(bucket, 'begun', {});
  const begun: [string, string][] = [];
  for await (const { key, uploadId } of client.listIncompleteUploads(bucket, '', true))
    begun.push([key, uploadId]);
  assert.deepEqual(begun, [['begun', uploadId]]);
  await client.removeIncompleteUpload(bucket, 'begun');
  assert.equal(await client.findUploadId(bucket, 'begun'), undefined);
});

test('MinIO: lists go on over pages and fold folders, and many are removed at once', async (t) => {
  const { client } = await connected(t);
  const names = Array.from(
    { length: 1_100 },
    (_, index) => `many/${String(index).padStart(4, '0')} & <ü>+%41`,
  );
  await Promise.all(names.map((name) => client.putObject(bucket, name, name)));
  await client.putObject(bucket, 'beside', '');
  assert.deepEqual(await listed(client), ['beside', ...names]);
  assert.deepEqual(await listed(client, '', false), ['beside', 'many/']);
  assert.deepEqual(await listed(client, 'many/0007'), [names[7]]);
  const names1: string[] = [];
  for await (const { name } of client.listObjects(bucket, 'many/', true)) names1.push(name!);
  assert.deepEqual(names1, names, 'the same by version 1 of the list');
  assert.equal(await text(await client.getObject(bucket, names[7]!)), names[7]);
  await client.removeObjects(bucket, names);
  assert.deepEqual(await listed(client), ['beside']);
  await client.removeObject(bucket, 'beside');
  await client.removeBucket(bucket);
});

test('MinIO: copies by condition, with new metadata, and composed of pieces', async (t) => {
  const { client, files } = await connected(t);
  const { etag } = await client.putObject(bucket, 'a b/ü', 'hello', 5, { 'x-amz-meta-colour': 'green' });
  const conditions = new CopyConditions();
  conditions.setMatchETag(etag);
  await client.copyObject(bucket, 'copy', `/${bucket}/a b/ü`, conditions);
  assert.equal(await text(await client.getObject(bucket, 'copy')), 'hello');
  assert.equal((await client.statObject(bucket, 'copy')).metaData.colour, 'green');
  conditions.setMatchETag('0'.repeat(32));
  await refused(client.copyObject(bucket, 'none', `/${bucket}/a b/ü`, conditions), 'PreconditionFailed');

  const source = (name: string, range?: [number, number]) =>
    new CopySourceOptions({
      Bucket: bucket,
      Object: name,
      ...(range !== undefined && { MatchRange: true, Start: range[0], End: range[1] }),
    });
  const destination = (name: string) =>
    new CopyDestinationOptions({
      Bucket: bucket,
      Object: name,
      UserMetadata: { shape: 'round' },
      MetadataDirective: 'REPLACE',
    });
  await client.copyObject(source('a b/ü'), destination('replaced'));
  const { metaData } = await client.statObject(bucket, 'replaced');
  assert.deepEqual([metaData.shape, metaData.colour], ['round', undefined]);

  await client.fPutObject(bucket, 'large', files.large);
  // Every range has to start at 0, and names to be ASCII: this client drops other starts, and does not escape names.
  await client.composeObject(destination('composed'), [
    source('large'),
    source('large', [0, 7 * MiB]),
    source('copy'),
  ]);
  const large = await readFile(files.large);
  const wanted = Buffer.concat([large, large.subarray(0, 7 * MiB + 1), Buffer.from('hello')]);
  assert(wanted.equals(await buffer(await client.getObject(bucket, 'composed'))));
});

test('MinIO: presigned addresses get and put, and a form uploads within its policy', async (t) => {
  const { client, files } = await connected(t);
  const large = await readFile(files.large);
  const upload = await client.presignedPutObject(bucket, 'ü/a b', 60);
  assert.equal(await anonymous(upload, { method: 'PUT', body: large }), '200');
  await assertSameDownload(await client.presignedGetObject(bucket, 'ü/a b', 60), files.large);
  const named = await fetch(
    await client.presignedGetObject(bucket, 'ü/a b', 60, { 'response-content-type': 'image/png' }),
  );
  assert.equal(named.headers.get('content-type'), 'image/png');
  await named.body!.cancel();
  assert.equal(await anonymous(upload.replace('a%20b', 'b'), { method: 'PUT' }), '403 SignatureDoesNotMatch');

  const policy = client.newPostPolicy();
  policy.setBucket(bucket);
  policy.setKeyStartsWith('in/');
  policy.setContentTypeStartsWith('image/');
  policy.setContentLengthRange(1, 100);
  policy.setUserMetaData({ colour: 'green' });
  policy.setExpires(new Date(Date.now() + 60_000));
  const { postURL, formData } = await client.presignedPostPolicy(policy);
  const post = (key: string, bytes: number): Promise<string> => {
    const form = new FormData();
    for (const [field, value] of Object.entries({ ...formData, key, 'Content-Type': 'image/png' }))
      form.append(field, value);
    form.append('file', new Blob(['x'.repeat(bytes)]), 'a.png');
    return anonymous(postURL, { method: 'POST', body: form });
  };
  assert.equal(await post('in/a', 100), '204');
  assert.equal(await post('in/b', 101), '400 EntityTooLarge');
  assert.equal(await post('out/a', 1), '403 AccessDenied');
  const { size, metaData } = await client.statObject(bucket, 'in/a');
  assert.deepEqual([size, metaData['content-type'], metaData.colour], [100, 'image/png', 'green']);
});

test('MinIO: a policy opens a bucket to everyone, and is read back and closed again', async (t) => {
  const { client, s3 } = await connected(t);
  await client.putObject(bucket, 'open/a', 'hello');
  await client.putObject(bucket, 'closed', 'hello');
  await refused(client.getBucketPolicy(bucket), 'NoSuchBucketPolicy');
  const Statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/open/*`,
  };
  const policy = { Version: '2012-10-17', Statement: [Statement] };
  await client.setBucketPolicy(bucket, JSON.stringify(policy));
  assert.deepEqual(JSON.parse(await client.getBucketPolicy(bucket)), policy);
  assert.equal(await (await fetch(`${s3.url}/${bucket}/open/a`)).text(), 'hello');
  assert.equal(await anonymous(`${s3.url}/${bucket}/closed`), '403 AccessDenied');
  await client.setBucketPolicy(bucket, '');
  assert.equal(await anonymous(`${s3.url}/${bucket}/open/a`), '403 AccessDenied');
});
