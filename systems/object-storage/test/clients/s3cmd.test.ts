// s3cmd. Its presigned URLs are of Signature V2 only, which is refused.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { assertSameFile, clientProgram, over100MB, writeTestFiles } from './client-program.ts';
import { credentials, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('s3cmd');
const skip = program === undefined && 's3cmd is not installed';

test('s3cmd creates, puts, lists, gets, continues, copies, moves and deletes', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const files = await writeTestFiles(await temporaryDirectory(t), { largeBytes: over100MB });
  const host = new URL(endpoint.url).host;
  const configuration = {
    access_key: credentials.accessKeyId,
    secret_key: credentials.secretAccessKey,
    host_base: host,
    host_bucket: host,
    use_https: 'False',
  };
  const lines = Object.entries(configuration).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(files.path('s3cfg'), `[default]\n${lines.join('')}`);
  const s3cmd = clientProgram(program!, { leading: ['--config', files.path('s3cfg'), '--no-progress'] });
  await s3cmd.run('mb', 's3://photos');
  await s3cmd.run('put', files.small, 's3://photos/a b/');
  await s3cmd.run('put', files.large, 's3://photos/large');
  assert.match(
    await s3cmd.run('ls', '-r', 's3://photos'),
    /13 +s3:\/\/photos\/a b\/small & ü\.txt\n.*105000001 +s3:\/\/photos\/large\n/s,
  );
  assert.match(await s3cmd.run('info', 's3://photos/large'), /File size: 105000001/);
  assert.match(await s3cmd.run('info', 's3://photos'), /Location: +us-east-1/);

  await s3cmd.run('get', 's3://photos/large', files.path('back'));
  await assertSameFile(files.path('back'), files.large);
  await writeFile(files.path('partial'), (await readFile(files.large)).subarray(0, 1_000_000));
  await s3cmd.run('get', '--continue', 's3://photos/large', files.path('partial'));
  await assertSameFile(files.path('partial'), files.large);

  await s3cmd.run('cp', 's3://photos/large', 's3://photos/large-copy');
  await s3cmd.run('mv', 's3://photos/large-copy', 's3://photos/large-moved');
  await s3cmd.run('get', 's3://photos/large-moved', files.path('moved'));
  await assertSameFile(files.path('moved'), files.large);
  const refused = await fetch((await s3cmd.run('signurl', 's3://photos/large', '+60')).trim());
  assert.match(await refused.text(), /Please use AWS4-HMAC-SHA256/);

  await s3cmd.run('del', '-r', '-f', 's3://photos');
  await s3cmd.run('rb', 's3://photos');
  assert.equal(await s3cmd.run('ls'), '');
});
