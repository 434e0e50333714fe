// Amazon's own client for JavaScript, with what it sends by default: checksums in headers and trailers.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { temporaryDirectory } from '@cairn/testing';
import { assertSameDownload, type TestFiles, writeTestFiles } from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const Bucket = 'photos';
const MiB = 1024 * 1024;

async function connected(t: TestContext): Promise<{ client: S3Client; files: TestFiles }> {
  const { url } = await startS3Endpoint(t);
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return { client, files: await writeTestFiles(await temporaryDirectory(t)) };
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
  test(`the SDK sends ${ChecksumAlgorithm} and finds it again`, async (t) => {
    const { client, files } = await connected(t);
    const Body = createReadStream(files.large);
    const put = { Bucket, Key: 'k', ContentLength: 20 * MiB, ChecksumAlgorithm };
    const stored = await client.send(new PutObjectCommand({ ...put, Body }));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    const name = `Checksum${ChecksumAlgorithm}` as const;
    assert.equal(typeof stored[name], 'string');
    assert.deepEqual([head[name], head.ChecksumType], [stored[name], 'FULL_OBJECT']);
  });
}

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
