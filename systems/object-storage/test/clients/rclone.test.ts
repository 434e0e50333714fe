// rclone: a tree in, compared, and out.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import {
  assertSameDownload,
  assertSameFile,
  clientProgram,
  over100MB,
  throughProxy,
  writeTestFiles,
} from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('rclone');
const skip = program === undefined && 'rclone is not installed';

/** The remote is called `cairn`. */
function rcloneEnvironment(endpoint: string): Record<string, string> {
  return {
    RCLONE_CONFIG_CAIRN_TYPE: 's3',
    RCLONE_CONFIG_CAIRN_PROVIDER: 'Other',
    RCLONE_CONFIG_CAIRN_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_CAIRN_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    RCLONE_CONFIG_CAIRN_REGION: region,
    RCLONE_CONFIG_CAIRN_ENDPOINT: endpoint,
  };
}

const parts = ['--s3-upload-cutoff', '5M', '--s3-chunk-size', '5M', '--s3-copy-cutoff', '5M'];

test('rclone syncs, checks, ranges, copies, presigns and deletes', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const source = await temporaryDirectory(t);
  const files = await writeTestFiles(source, { largeBytes: over100MB });
  await mkdir(files.path('deep/er'), { recursive: true });
  for (let count = 1; count <= 100; count++)
    await writeFile(files.path(`deep/er/${count} %+ü`), String(count));
  const target = await temporaryDirectory(t);
  const rclone = clientProgram(program!, {
    leading: ['--config', '/dev/null', '--retries', '1', ...parts],
    environment: rcloneEnvironment(endpoint.url),
  });
  await rclone.run('sync', source, 'cairn:photos/tree');
  await rclone.run('check', source, 'cairn:photos/tree');
  await rclone.run('check', '--download', source, 'cairn:photos/tree');
  await rclone.run('sync', source, 'cairn:photos/tree');
  assert.match(
    endpoint.metrics(),
    /operation="PutObject",status="200"\} 101\n/,
    'what is there is not sent again',
  );

  assert.equal(
    (await rclone.run('lsf', '-R', '--files-only', 'cairn:photos')).trim().split('\n').length,
    102,
  );
  await rclone.run('copy', 'cairn:photos/tree', target);
  await assertSameFile(join(target, 'large'), files.large);
  await rclone.run('check', target, 'cairn:photos/tree');
  assert.equal(
    await rclone.run('cat', '--offset', '7', '--count', '5', 'cairn:photos/tree/small & ü.txt'),
    'world',
  );

  await rclone.run('copyto', 'cairn:photos/tree/large', 'cairn:photos/large-copy');
  await assertSameDownload(
    await rclone.run('link', '--expire', '1h', 'cairn:photos/large-copy'),
    files.large,
  );
  await rclone.run('moveto', 'cairn:photos/large-copy', 'cairn:photos/large-moved');
  await rclone.run('deletefile', 'cairn:photos/large-moved');
  await rclone.run('purge', 'cairn:photos');
  assert.equal(await rclone.run('lsd', 'cairn:'), '');
});

test('rclone names a bucket by host', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t, { domains: ['s3.example.test'] });
  const files = await writeTestFiles(await temporaryDirectory(t));
  const rclone = clientProgram(program!, {
    leading: ['--config', '/dev/null', '--retries', '1', ...parts],
    environment: {
      ...rcloneEnvironment('http://s3.example.test'),
      RCLONE_CONFIG_CAIRN_FORCE_PATH_STYLE: 'false',
      ...throughProxy(endpoint),
    },
  });
  await rclone.run('copyto', files.large, 'cairn:photos/ü/large');
  await rclone.run('copyto', 'cairn:photos/ü/large', files.path('back'));
  await assertSameFile(files.path('back'), files.large);
});

test('rclone keeps metadata, and finds out what was changed behind its back', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const source = await temporaryDirectory(t);
  const files = await writeTestFiles(source);
  const rclone = clientProgram(program!, {
    leading: ['--config', '/dev/null', '--retries', '1', ...parts],
    environment: rcloneEnvironment(endpoint.url),
  });
  await rclone.run('copy', '--header-upload', 'x-amz-meta-colour: green', source, 'cairn:photos');
  const [listed] = JSON.parse(await rclone.run('lsjson', '--metadata', 'cairn:photos/small & ü.txt'));
  assert.equal(listed.Metadata.colour, 'green');
  await writeFile(files.small, 'HELLO, WORLD\n');
  await assert.rejects(rclone.run('check', source, 'cairn:photos'), /1 differences found/);
});
