// The aws command line, version 1 or 2, old or new: every one in PATH.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { awsProgram } from './aws-program.ts';
import {
  assertSameDownload,
  assertSameFile,
  awsEnvironment,
  type ClientProgram,
  clientProgram,
  everyProgram,
  over100MB,
  type TestFiles,
  throughProxy,
  writeTestFiles,
} from './client-program.ts';
import { type S3Endpoint, startS3Endpoint } from './s3-endpoint.ts';

const programs = everyProgram('aws');
const skip = programs.length === 0 && 'aws is not installed';
const domain = 's3.example.test';

type Started = { readonly endpoint: S3Endpoint; readonly files: TestFiles; readonly aws: ClientProgram };

async function started(
  t: TestContext,
  {
    program,
    largeBytes,
    client = awsProgram,
  }: { program: string; largeBytes?: number; client?: typeof clientProgram },
): Promise<Started> {
  const endpoint = await startS3Endpoint(t, { domains: [domain] });
  const directory = await temporaryDirectory(t);
  const files = await writeTestFiles(directory, largeBytes === undefined ? {} : { largeBytes });
  const leading = ['--endpoint-url', endpoint.url];
  return { endpoint, files, aws: client(program, { leading, environment: awsEnvironment() }) };
}

for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} creates, puts, lists, gets, ranges, copies, presigns and deletes`, { skip }, async (t) => {
    // Each command the program as a user starts it; the other tests only fork it.
    const client = clientProgram;
    const { aws, endpoint, files } = await started(t, { program, largeBytes: over100MB, client });
    await aws.run('s3', 'mb', 's3://photos');
    const small = 's3://photos/a b/small ü+.txt';
    await aws.run('s3', 'cp', '--quiet', '--metadata', 'colour=green', files.small, small);
    await aws.run('s3', 'cp', '--quiet', files.large, 's3://photos/large');

    const listing = await aws.run('s3', 'ls', '--recursive', 's3://photos');
    assert.match(listing, /13 a b\/small ü\+\.txt\n.*105000001 large\n$/s);
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
    const presigning = client(program, { leading: ['--endpoint-url', endpoint.url], environment });
    await presigning.run('configure', 'set', 'default.s3.signature_version', 's3v4');
    await assertSameDownload(await presigning.run('s3', 'presign', small), files.small);

    await refused(aws.run('s3', 'rb', 's3://photos'), /BucketNotEmpty/);
    await aws.run('s3', 'rb', '--force', 's3://photos');
    assert.equal(await aws.run('s3', 'ls'), '');
  });

  test(`${program} sends checksums of three kinds, and believes what comes back`, { skip }, async (t) => {
    const { aws, files } = await started(t, { program });
    await aws.run('s3', 'mb', 's3://photos');
    const checked = ['--checksum-mode', 'ENABLED'];
    for (const algorithm of ['CRC32', 'SHA1', 'SHA256']) {
      const object = ['--bucket', 'photos', '--key', algorithm];
      const put = ['put-object', ...object, '--checksum-algorithm', algorithm, '--body', files.large];
      const stored = JSON.parse(await aws.run('s3api', ...put));
      const back = files.path(`back-${algorithm}`);
      const got = JSON.parse(await aws.run('s3api', 'get-object', ...object, ...checked, back));
      assert.equal(typeof stored[`Checksum${algorithm}`], 'string');
      assert.equal(got[`Checksum${algorithm}`], stored[`Checksum${algorithm}`]);
      await assertSameFile(back, files.large);
    }
  });

  test(`${program} sends parts one by one, with checksums, and lists them`, { skip }, async (t) => {
    const { aws, files } = await started(t, { program });
    await aws.run('s3', 'mb', 's3://photos');
    const run = async (...parameters: readonly string[]) => JSON.parse(await aws.run('s3api', ...parameters));
    const object = ['--bucket', 'photos', '--key', 'parts'];
    const algorithm = ['--checksum-algorithm', 'SHA256'];
    const { UploadId } = await run('create-multipart-upload', ...object, ...algorithm);
    const upload = [...object, '--upload-id', UploadId];
    for (const [number, path] of [files.large, files.small].entries())
      await run('upload-part', ...upload, ...algorithm, '--part-number', String(number + 1), '--body', path);
    const { Parts } = await run('list-parts', ...upload);
    assert.deepEqual(
      Parts.map((part: { PartNumber: number; Size: number }) => [part.PartNumber, part.Size]),
      [
        [1, 20_971_520],
        [2, 13],
      ],
    );
    const parts = Parts.map(({ PartNumber, ETag, ChecksumSHA256 }: Record<string, unknown>) => {
      return { PartNumber, ETag, ChecksumSHA256 };
    });
    const completed = JSON.stringify({ Parts: parts });
    await run('complete-multipart-upload', ...upload, '--multipart-upload', completed);
    const head = await run('head-object', ...object, '--checksum-mode', 'ENABLED');
    assert.equal(head.ContentLength, 20_971_533);
    assert.match(head.ETag, /-2"$/);
    assert.match(head.ChecksumSHA256, /-2$/);
  });

  test(`${program} syncs a folder there and back, and what is there is not sent again`, {
    skip,
  }, async (t) => {
    const { aws, endpoint, files } = await started(t, { program });
    const names = [
      '%41.txt',
      'a&b=c.txt',
      "it's.txt",
      'ü/日本語/😀.txt',
      'plus+.txt',
      ' blank',
      '#.txt',
      '~.txt',
    ];
    for (const name of names) await writeFile(files.path(name.replaceAll('/', '-')), name);
    const source = files.path('.');
    await aws.run('s3', 'mb', 's3://photos');
    await aws.run('s3', 'sync', '--quiet', source, 's3://photos/tree');
    assert.equal(await aws.run('s3', 'sync', '--no-progress', source, 's3://photos/tree'), '');
    const target = await temporaryDirectory(t);
    await aws.run('s3', 'sync', '--quiet', 's3://photos/tree', target);
    for (const name of names.map((name) => name.replaceAll('/', '-')))
      assert.equal(await readFile(`${target}/${name}`, 'utf8'), await readFile(files.path(name), 'utf8'));
    assert.match(endpoint.metrics(), /operation="ListObjectsV2",status="200"/);
  });

  for (const host of ['localhost', domain]) {
    test(`${program} names a bucket by host under ${host}`, { skip }, async (t) => {
      const { endpoint, files } = await started(t, { program });
      await writeFile(files.path('config'), '[default]\ns3 =\n  addressing_style = virtual\n');
      const aws = awsProgram(program, {
        leading: ['--endpoint-url', `http://${host}`],
        environment: {
          ...awsEnvironment(),
          AWS_CONFIG_FILE: files.path('config'),
          ...throughProxy(endpoint),
        },
      });
      await aws.run('s3', 'mb', 's3://photos');
      await aws.run('s3', 'cp', '--quiet', files.large, 's3://photos/ü/large');
      await aws.run('s3', 'cp', '--quiet', 's3://photos/ü/large', files.path('back'));
      await assertSameFile(files.path('back'), files.large);
      assert.match(await aws.run('s3', 'ls', 's3://photos/ü/'), /large/);
    });
  }

  test(`${program} in another region is told which is right, and goes there`, { skip }, async (t) => {
    const { endpoint, aws, files } = await started(t, { program });
    await aws.run('s3', 'mb', 's3://photos');
    const elsewhere = awsProgram(program, {
      leading: ['--endpoint-url', endpoint.url],
      environment: { ...awsEnvironment(), AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' },
    });
    await elsewhere.run('s3', 'cp', '--quiet', files.small, 's3://photos/small');
    assert.match(await elsewhere.run('s3', 'ls', 's3://photos'), /13 small/);
  });

  test(`${program} with a wrong key, a wrong secret, no bucket, no object says so`, { skip }, async (t) => {
    const { endpoint, aws } = await started(t, { program });
    await aws.run('s3', 'mb', 's3://photos');
    const withKey = (environment: Record<string, string>) =>
      awsProgram(program, {
        leading: ['--endpoint-url', endpoint.url],
        environment: { ...awsEnvironment(), ...environment },
      }).run('s3', 'ls');
    await refused(withKey({ AWS_ACCESS_KEY_ID: 'AKIANOBODY' }), /InvalidAccessKeyId/);
    await refused(withKey({ AWS_SECRET_ACCESS_KEY: 'wrong' }), /SignatureDoesNotMatch/);
    await refused(aws.run('s3', 'ls', 's3://nothing-here'), /NoSuchBucket/);
    await refused(aws.run('s3', 'cp', 's3://photos/none', '-'), /404/);
    // Making one's own bucket again succeeds in us-east-1, as at AWS, and in no other region.
    await aws.run('s3', 'mb', 's3://photos');
    await refused(aws.run('s3', 'mb', 's3://Photos'), /InvalidBucketName|Invalid bucket name/i);
  });
}

async function refused(outcome: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(outcome, message);
}
