// curl: presigned URLs as people use them in scripts, and requests that curl signs itself.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import {
  assertSameFile,
  type ClientProgram,
  clientProgram,
  type TestFiles,
  writeTestFiles,
} from './client-program.ts';
import { credentials, region, type S3Endpoint, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('curl');
const skip = program === undefined && 'curl is not installed';
const Bucket = 'photos';

type Started = {
  readonly endpoint: S3Endpoint;
  readonly client: S3Client;
  readonly curl: ClientProgram;
  readonly files: TestFiles;
};

async function started(t: TestContext): Promise<Started> {
  const endpoint = await startS3Endpoint(t);
  const client = new S3Client({
    endpoint: endpoint.url,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  const curl = clientProgram(program!, { leading: ['--silent', '--show-error', '--fail-with-body'] });
  return { endpoint, client, curl, files: await writeTestFiles(await temporaryDirectory(t)) };
}

test('curl puts and gets by presigned URLs, in ranges, and goes on where it stopped', { skip }, async (t) => {
  const { client, curl, files } = await started(t);
  const Key = 'ü/a b+.bin';
  const upload = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key }));
  await curl.run('--upload-file', files.large, upload);
  const download = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }));
  await curl.run('--output', files.path('back'), download);
  await assertSameFile(files.path('back'), files.large);
  await curl.run('--range', '0-999999', '--output', files.path('partial'), download);
  await curl.run('--continue-at', '-', '--output', files.path('partial'), download);
  await assertSameFile(files.path('partial'), files.large);
  const large = await readFile(files.large);
  await curl.run('--range', '-100', '--output', files.path('tail'), download);
  assert(large.subarray(-100).equals(await readFile(files.path('tail'))));
  await assert.rejects(curl.run('--request', 'DELETE', download), /SignatureDoesNotMatch/);
  await assert.rejects(curl.run(`${download}0`), /SignatureDoesNotMatch/);
});

test('curl signs by itself, with metadata in UTF-8, and reads it back byte for byte', { skip }, async (t) => {
  const { endpoint, curl, files } = await started(t);
  const signing = [
    ...['--aws-sigv4', `aws:amz:${region}:s3`],
    ...['--user', `${credentials.accessKeyId}:${credentials.secretAccessKey}`],
  ];
  const url = `${endpoint.url}/${Bucket}/by-curl.txt`;
  const metadata = [
    '--header',
    'x-amz-meta-farbe: grün und 緑',
    '--header',
    'x-amz-content-sha256: UNSIGNED-PAYLOAD',
  ];
  await curl.run(...signing, ...metadata, '--upload-file', files.small, url);
  const unsigned = ['--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
  const answer = await curl.run(...signing, ...unsigned, '--include', url);
  assert.match(answer, /^x-amz-meta-farbe: grün und 緑\r$/m);
  assert.match(answer, /\r\n\r\nhello, world\n$/);
});
