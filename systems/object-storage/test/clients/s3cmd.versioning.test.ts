// s3cmd knows no versions: to it a bucket with them is a bucket.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { clientProgram } from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('s3cmd');
const skip = program === undefined && 's3cmd is not installed';

test('s3cmd puts, gets and deletes the current version, and finds the bucket not empty', {
  skip,
}, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  const Bucket = 'versions';
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));

  const directory = await temporaryDirectory(t);
  const host = new URL(endpoint.url).host;
  const configuration = {
    access_key: credentials.accessKeyId,
    secret_key: credentials.secretAccessKey,
    host_base: host,
    host_bucket: host,
    use_https: 'False',
  };
  const lines = Object.entries(configuration).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(`${directory}/s3cfg`, `[default]\n${lines.join('')}`);
  const s3cmd = clientProgram(program!, { leading: ['--config', `${directory}/s3cfg`, '--no-progress'] });
  for (const text of ['one', 'two']) {
    await writeFile(`${directory}/file`, text);
    await s3cmd.run('put', `${directory}/file`, 's3://versions/file');
  }
  await s3cmd.run('get', 's3://versions/file', `${directory}/back`);
  assert.equal(await readFile(`${directory}/back`, 'utf8'), 'two');
  await s3cmd.run('del', 's3://versions/file');
  assert.equal(await s3cmd.run('ls', 's3://versions'), '');
  const { Versions, DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual([Versions?.length, DeleteMarkers?.length], [2, 1]);
  await assert.rejects(s3cmd.run('rb', 's3://versions'), /BucketNotEmpty/);
});
