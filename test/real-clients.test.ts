// What Cairn is for, in small: a tree of files goes in and comes back identical, by clients that we did not write.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { startCairn } from './cairn-process.ts';
import { fingerprintOf, writeFileTree } from './file-tree.ts';
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

async function folders(t: Parameters<typeof temporaryDirectory>[0]) {
  const root = await temporaryDirectory(t);
  const source = join(root, 'source');
  mkdirSync(source);
  writeFileTree(source, { largeBytes: 20 * MiB });
  return { data: join(root, 'data'), source, copy: join(root, 'copy') };
}
