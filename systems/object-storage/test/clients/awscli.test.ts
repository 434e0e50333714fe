// The aws command line, version 1 or 2.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import {
  assertSameDownload,
  assertSameFile,
  awsEnvironment,
  clientProgram,
  writeTestFiles,
} from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('aws');
const skip = program === undefined && 'aws is not installed';

test('aws creates, puts, lists, gets, ranges, copies, presigns and deletes', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const files = await writeTestFiles(await temporaryDirectory(t));
  const aws = clientProgram(program!, {
    leading: ['--endpoint-url', endpoint.url],
    environment: awsEnvironment(),
  });
  await aws.run('s3', 'mb', 's3://photos');
  await aws.run(
    's3',
    'cp',
    '--quiet',
    '--metadata',
    'colour=green',
    files.small,
    's3://photos/a b/small ü+.txt',
  );
  await aws.run('s3', 'cp', '--quiet', files.large, 's3://photos/large');

  const listing = await aws.run('s3', 'ls', '--recursive', 's3://photos');
  assert.match(listing, /13 a b\/small ü\+\.txt\n.*20971520 large\n$/s);
  assert.match(await aws.run('s3', 'ls', 's3://photos'), /PRE a b\//);

  await aws.run('s3', 'cp', '--quiet', 's3://photos/large', files.path('back'));
  await assertSameFile(files.path('back'), files.large);
  await aws.run('s3', 'cp', '--quiet', 's3://photos/large', 's3://photos/large-copy');
  await aws.run('s3', 'cp', '--quiet', 's3://photos/large-copy', files.path('copy'));
  await assertSameFile(files.path('copy'), files.large);

  const object = ['--bucket', 'photos', '--key', 'a b/small ü+.txt'];
  await aws.run('s3api', 'get-object', ...object, '--range', 'bytes=7-11', files.path('range'));
  assert.equal(await readFile(files.path('range'), 'utf8'), 'world');
  const head = JSON.parse(await aws.run('s3api', 'head-object', ...object, '--checksum-mode', 'ENABLED'));
  assert.deepEqual([head.ContentLength, head.Metadata], [13, { colour: 'green' }]);

  const environment = { ...awsEnvironment(), AWS_CONFIG_FILE: files.path('config') };
  const presigning = clientProgram(program!, { leading: ['--endpoint-url', endpoint.url], environment });
  await presigning.run('configure', 'set', 'default.s3.signature_version', 's3v4');
  await assertSameDownload(
    await presigning.run('s3', 'presign', 's3://photos/a b/small ü+.txt'),
    files.small,
  );

  await aws.run('s3', 'rb', '--force', 's3://photos');
  assert.equal(await aws.run('s3', 'ls'), '');
});

for (const algorithm of ['CRC32', 'SHA1', 'SHA256']) {
  test(`aws sends parts with ${algorithm} and believes what comes back`, { skip }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const files = await writeTestFiles(await temporaryDirectory(t));
    const aws = clientProgram(program!, { environment: awsEnvironment() });
    const endpointUrl = ['--endpoint-url', endpoint.url];
    await aws.run('s3', 'mb', 's3://photos', ...endpointUrl);
    const copy = ['s3', 'cp', '--quiet', ...endpointUrl];
    await aws.run(...copy, '--checksum-algorithm', algorithm, files.large, 's3://photos/large');
    await aws.run(...copy, '--checksum-mode', 'ENABLED', 's3://photos/large', files.path('back'));
    await assertSameFile(files.path('back'), files.large);
    const object = ['--bucket', 'photos', '--key', 'large', '--checksum-mode', 'ENABLED'];
    const head = JSON.parse(await aws.run('s3api', 'head-object', ...object, ...endpointUrl));
    assert.match(head[`Checksum${algorithm}`], /-3$/);
  });
}
