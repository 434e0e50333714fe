// What Cairn is for, in small: a tree of files goes in and comes back identical, by clients that we did not write.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, fingerprintOf, freePort, temporaryDirectory, writeFileTree } from '@cairn/testing';
import { endpointOf, startCairn } from './cairn-process.ts';
import { awsClient, rcloneClient } from './s3-clients.ts';

const MiB = 1024 * 1024;

const aws = findProgram('aws');
const rclone = findProgram('rclone');
const withoutAws = aws === undefined && 'aws is not installed';
const withoutRclone = rclone === undefined && 'rclone is not installed';

test('aws copies a tree in and back, identical', { skip: withoutAws }, async (t) => {
  const { data, source, copy } = await folders(t);
  const client = awsClient(aws!, await startCairn(t, { data }));
  await client.run('s3', 'mb', 's3://photos');
  await client.run('s3', 'cp', '--recursive', '--quiet', source, 's3://photos/tree');
  await client.run('s3', 'cp', '--recursive', '--quiet', 's3://photos/tree', copy);
  assert.deepEqual(fingerprintOf(copy), fingerprintOf(source));
  assert.equal(await client.run('s3', 'sync', '--no-progress', source, 's3://photos/tree'), '');
  await client.run('s3', 'rb', '--force', 's3://photos');
});

test('rclone syncs a tree, finds no difference, and copies it back', { skip: withoutRclone }, async (t) => {
  const { data, source, copy } = await folders(t);
  const client = rcloneClient(rclone!, await startCairn(t, { data }));
  await client.run('sync', source, 'cairn:photos/tree');
  await client.run('check', source, 'cairn:photos/tree');
  await client.run('copy', 'cairn:photos/tree', copy);
  assert.deepEqual(fingerprintOf(copy), fingerprintOf(source));
  await client.run('purge', 'cairn:photos');
});

test('what aws wrote is there after kill -9, and rclone agrees', {
  skip: withoutAws || withoutRclone,
}, async (t) => {
  const { data, source } = await folders(t);
  const first = await startCairn(t, { data });
  const writer = awsClient(aws!, first);
  await writer.run('s3', 'mb', 's3://photos');
  await writer.run('s3', 'cp', '--recursive', '--quiet', source, 's3://photos/tree');
  await first.end('SIGKILL');
  const reader = rcloneClient(rclone!, await startCairn(t, { data }));
  await reader.run('check', '--download', source, 'cairn:photos/tree');
});

test('rclone goes on by itself when the server is killed and started again', {
  skip: withoutRclone,
}, async (t) => {
  const { data, source } = await folders(t);
  for (let index = 0; index < 300; index++) writeFileSync(join(source, `file-${index}`), randomBytes(50_000));
  const parameters = ['--set', `object-storage.s3.port=${await freePort()}`];
  const first = await startCairn(t, { data, parameters });
  const client = rcloneClient(rclone!, first);
  // Retries last longer than a start does.
  const patient = ['--retries', '10', '--retries-sleep', '1s', '--low-level-retries', '30'];
  const { child, errorLines } = client.spawn(
    'sync',
    '-v',
    '--transfers',
    '4',
    ...patient,
    source,
    'cairn:photos',
  );
  const exited = once(child, 'exit');
  let copied = 0;
  let second: Promise<unknown> | undefined;
  for await (const line of errorLines) {
    copied += line.includes('Copied (new)') ? 1 : 0;
    if (copied === 50) second ??= first.end('SIGKILL').then(() => startCairn(t, { data, parameters }));
  }
  assert(second !== undefined, 'the server was killed while files were copied');
  await second;
  assert.deepEqual(await exited, [0, null]);
  await client.run('check', '--download', source, 'cairn:photos');
});

test('aws goes on where it was when both were killed', { skip: withoutAws }, async (t) => {
  const { data, source } = await folders(t);
  for (let index = 0; index < 100; index++) writeFileSync(join(source, `file-${index}`), randomBytes(50_000));
  const first = await startCairn(t, { data });
  const client = awsClient(aws!, first);
  await client.run('s3', 'mb', 's3://photos');
  const { child } = client.spawn('s3', 'sync', '--no-progress', source, 's3://photos');
  const exited = once(child, 'exit');
  const metrics = new URL('/metrics', endpointOf(first, 'service http'));
  const stored = /operation="PutObject",status="200"\} (\d+)/;
  while (Number(stored.exec(await (await fetch(metrics)).text())?.[1] ?? 0) < 20)
    assert.equal(child.exitCode, null, 'aws runs until it is killed');
  await first.end('SIGKILL');
  child.kill('SIGKILL');
  await exited;
  const again = awsClient(aws!, await startCairn(t, { data }));
  const sent = await again.run('s3', 'sync', '--no-progress', source, 's3://photos');
  const uploads = sent.match(/^upload: /gm)?.length ?? 0;
  assert(uploads > 0 && uploads <= 105, `${uploads} files were sent again, of about 120, 20 were stored`);
  assert.equal(await again.run('s3', 'sync', '--no-progress', source, 's3://photos'), '');
});

async function folders(t: Parameters<typeof temporaryDirectory>[0]) {
  const root = await temporaryDirectory(t);
  const source = join(root, 'source');
  mkdirSync(source);
  writeFileTree(source, { largeBytes: 20 * MiB });
  return { data: join(root, 'data'), source, copy: join(root, 'copy') };
}
