// Amazon's own client for JavaScript, with what it sends by default: checksums in headers and trailers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { temporaryDirectory } from '@cairn/testing';
import {
  assertSameDownload,
  over100MB,
  sha256OfFile,
  type TestFiles,
  writeTestFiles,
} from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const Bucket = 'photos';
const MiB = 1024 * 1024;

async function connected(
  t: TestContext,
  options: { largeBytes?: number } = {},
): Promise<{ client: S3Client; files: TestFiles }> {
  const { url } = await startS3Endpoint(t);
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return { client, files: await writeTestFiles(await temporaryDirectory(t), options) };
}

async function refused(outcome: Promise<unknown>, name: string): Promise<void> {
  await assert.rejects(outcome, (error) => error instanceof S3ServiceException && error.name === name);
}

test('the SDK puts, streams, gets, ranges, copies, lists, presigns and deletes', async (t) => {
  const { client, files } = await connected(t);
  const large = await readFile(files.large);
  const [small, streamed] = [
    { Bucket, Key: 'a b/ü+%.txt' },
    { Bucket, Key: 'streamed' },
  ];
  await client.send(new PutObjectCommand({ ...small, Body: 'hello', Metadata: { colour: 'green' } }));
  const stream = createReadStream(files.large);
  const stored = await client.send(
    new PutObjectCommand({ ...streamed, Body: stream, ContentLength: large.length }),
  );
  const got = await client.send(new GetObjectCommand(streamed));
  assert.equal(got.ChecksumCRC32, stored.ChecksumCRC32);
  assert(large.equals(await got.Body!.transformToByteArray()));
  const range = await client.send(new GetObjectCommand({ ...streamed, Range: 'bytes=1000000-1999999' }));
  assert(large.subarray(1_000_000, 2_000_000).equals(await range.Body!.transformToByteArray()));

  const source = encodeURI(`${Bucket}/${small.Key}`).replace('+', '%2B');
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: source }));
  const copy = await client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }));
  assert.deepEqual([copy.ContentLength, copy.Metadata], [5, { colour: 'green' }]);
  await refused(
    client.send(new PutObjectCommand({ ...small, Body: 'x', IfNoneMatch: '*' })),
    'PreconditionFailed',
  );
  await refused(client.send(new HeadObjectCommand({ Bucket, Key: 'missing' })), 'NotFound');
  await assertSameDownload(await getSignedUrl(client, new GetObjectCommand(streamed)), files.large);

  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  const Objects = Contents.map(({ Key }) => ({ Key }));
  assert.deepEqual(Objects, [{ Key: small.Key }, { Key: 'copy' }, { Key: 'streamed' }]);
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.deepEqual(Deleted, Objects);
  await client.send(new DeleteBucketCommand({ Bucket }));
});

for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
  for (const [where, bodyOf] of [
    ['a header', readFile],
    ['a trailer', createReadStream],
  ] as const) {
    test(`the SDK sends ${ChecksumAlgorithm} in ${where}, and finds it again`, async (t) => {
      const { client, files } = await connected(t);
      const put = { Bucket, Key: 'k', ContentLength: 20 * MiB, ChecksumAlgorithm };
      const stored = await client.send(new PutObjectCommand({ ...put, Body: await bodyOf(files.large) }));
      const asked = { Bucket, Key: 'k', ChecksumMode: 'ENABLED' } as const;
      const head = await client.send(new HeadObjectCommand(asked));
      const name = `Checksum${ChecksumAlgorithm}` as const;
      assert.equal(typeof stored[name], 'string');
      assert.deepEqual([head[name], head.ChecksumType], [stored[name], 'FULL_OBJECT']);
      // The SDK holds what comes against the checksum, and fails when it differs.
      const got = await client.send(new GetObjectCommand(asked));
      const digest = createHash('sha256').update(await got.Body!.transformToByteArray());
      assert.equal(digest.digest('hex'), await sha256OfFile(files.large));
    });
  }
}

test('the SDK uploads over 100 MB in parts from a stream, copies it in parts, and gets it back', async (t) => {
  const { client, files } = await connected(t, { largeBytes: over100MB });
  const params = { Bucket, Key: 'large', Body: createReadStream(files.large) };
  const { ETag } = await new Upload({ client, params, queueSize: 4 }).done();
  assert.match(ETag!, /-21"$/);
  const copy = { Bucket, Key: 'copy' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(copy));
  const ranges = [0, 50_000_000, 100_000_000].map((start) => {
    return `bytes=${start}-${Math.min(start + 50_000_000, over100MB) - 1}`;
  });
  const Parts = await Promise.all(
    ranges.map(async (CopySourceRange, index) => {
      const part = {
        ...copy,
        UploadId,
        PartNumber: index + 1,
        CopySource: `${Bucket}/large`,
        CopySourceRange,
      };
      const { CopyPartResult } = await client.send(new UploadPartCopyCommand(part));
      return { PartNumber: index + 1, ETag: CopyPartResult!.ETag };
    }),
  );
  await client.send(new CompleteMultipartUploadCommand({ ...copy, UploadId, MultipartUpload: { Parts } }));
  const got = await client.send(new GetObjectCommand(copy));
  const hash = createHash('sha256');
  for await (const piece of got.Body as AsyncIterable<Uint8Array>) hash.update(piece);
  assert.equal(hash.digest('hex'), await sha256OfFile(files.large));
});

test('writes depend on what is there', async (t) => {
  const { client } = await connected(t);
  const put = (Body: string, condition: Partial<PutObjectCommandInput> = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...condition }));
  await refused(put('0', { IfMatch: '"x"' }), 'NoSuchKey');
  const { ETag } = await put('1', { IfNoneMatch: '*' });
  await refused(put('2', { IfNoneMatch: '*' }), 'PreconditionFailed');
  const second = await put('2', { IfMatch: ETag });
  await refused(put('3', { IfMatch: ETag }), 'PreconditionFailed');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => put(`race ${index}`, { IfMatch: second.ETag })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'one of 20 writers wins');

  const upload = { Bucket, Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const part = await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'part' }));
  const complete = (condition: Partial<CompleteMultipartUploadCommandInput>) =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
        ...condition,
      }),
    );
  await client.send(new PutObjectCommand({ ...upload, Body: 'in between' }));
  await refused(complete({ IfNoneMatch: '*' }), 'PreconditionFailed');
  await complete({ IfMatch: `"${createHash('md5').update('in between').digest('hex')}"` });
});

test('names and metadata come back as they were given', async (t) => {
  const { client } = await connected(t);
  const keys = [
    'a b',
    'a+b',
    'a%2Fb',
    '../up',
    './here',
    'a//b',
    '/',
    'ü/日本語/😀',
    '<&>"\'',
    'a?b#c',
    "~!*'();:@&=+$,",
  ];
  keys.push('line\nbreak', 'tab\t', '\u0001', '\uffff', 'x'.repeat(1_024), 'ü'.repeat(512));
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const listed: string[] = [];
  for await (const page of paginateListObjectsV2({ client, pageSize: 5 }, { Bucket, EncodingType: 'url' }))
    listed.push(...(page.Contents ?? []).map(({ Key }) => decodeURIComponent(Key!.replaceAll('+', ' '))));
  const inOrder = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  assert.deepEqual(listed, inOrder);
  for (const Key of keys) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(await Body!.transformToString(), Key);
  }
  const inXml = keys.filter((key) => key !== '\u0001' && key !== '\uffff');
  const Objects = inXml.map((Key) => ({ Key }));
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.equal(Deleted?.length, Objects.length);

  const attributes = {
    ContentType: 'text/plain; charset=utf-8',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment; filename="a.txt"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de, en',
    Metadata: { colour: 'green', 'with-dash': 'a, b;c=d', empty: '' },
  };
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...attributes }));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  for (const [name, value] of Object.entries(attributes))
    assert.deepEqual(head[name as keyof typeof attributes], value);
});

test('parts with checksums become one of the whole object, which the SDK states and gets', async (t) => {
  const { client, files } = await connected(t);
  const large = await readFile(files.large);
  const whole = await client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: large }));
  const name = { Bucket, Key: 'parts' };
  const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...name, ...checksum }));
  const first = await client.send(
    new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: large.subarray(0, 10 * MiB) }),
  );
  const CopySourceRange = `bytes=${10 * MiB}-${20 * MiB - 1}`;
  const copySource = { CopySource: `${Bucket}/whole`, CopySourceRange };
  const { CopyPartResult: second } = await client.send(
    new UploadPartCopyCommand({ ...name, UploadId, PartNumber: 2, ...copySource }),
  );
  const Parts = [first, second!].map(({ ETag, ChecksumCRC32 }, index) => ({
    PartNumber: index + 1,
    ETag,
    ChecksumCRC32,
  }));
  const complete = { ...name, UploadId, MultipartUpload: { Parts } };
  const ChecksumCRC32 = whole.ChecksumCRC32!;
  await refused(
    client.send(new CompleteMultipartUploadCommand({ ...complete, ChecksumCRC32: 'AAAAAA==' })),
    'BadDigest',
  );
  await refused(
    client.send(new CompleteMultipartUploadCommand({ ...complete, MpuObjectSize: 1 })),
    'InvalidRequest',
  );
  const sent = new CompleteMultipartUploadCommand({ ...complete, ChecksumCRC32, MpuObjectSize: 20 * MiB });
  const completed = await client.send(sent);
  assert.deepEqual([completed.ChecksumCRC32, completed.ChecksumType], [ChecksumCRC32, 'FULL_OBJECT']);
  assert.match(completed.ETag!, /-2"$/);
  assert.equal((await client.send(sent)).ETag, completed.ETag, 'completing again says the same');
  const got = await client.send(new GetObjectCommand(name));
  assert(large.equals(await got.Body!.transformToByteArray()));
});
