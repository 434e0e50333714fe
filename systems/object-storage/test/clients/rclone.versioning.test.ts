// Versions, by rclone: old ones are files with a time in their names, and as a file system of another time.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { clientProgram } from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('rclone');
const skip = program === undefined && 'rclone is not installed';

test('rclone lists, reads and removes old versions', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const directory = await temporaryDirectory(t);
  const rclone = clientProgram(program!, {
    leading: ['--config', '/dev/null', '--retries', '1'],
    environment: {
      RCLONE_CONFIG_CAIRN_TYPE: 's3',
      RCLONE_CONFIG_CAIRN_PROVIDER: 'Other',
      RCLONE_CONFIG_CAIRN_ACCESS_KEY_ID: credentials.accessKeyId,
      RCLONE_CONFIG_CAIRN_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      RCLONE_CONFIG_CAIRN_REGION: region,
      RCLONE_CONFIG_CAIRN_ENDPOINT: endpoint.url,
    },
  });
  await rclone.run('mkdir', 'cairn:versions');
  await rclone.run('backend', 'versioning', 'cairn:versions', 'Enabled');
  assert.match(await rclone.run('backend', 'versioning', 'cairn:versions'), /Enabled/);
  for (const text of ['one', 'two, longer', 'three, longer still']) {
    await writeFile(`${directory}/a.txt`, text);
    await rclone.run('copy', directory, 'cairn:versions/tree');
  }
  const listed = await rclone.run('lsf', '--s3-versions', 'cairn:versions/tree');
  const names = listed.trim().split('\n');
  assert.equal(names.filter((name) => /^a-v[\d-]+\.txt$/.test(name)).length, 2, listed);
  assert(names.includes('a.txt'), listed);
  const old = names.filter((name) => name !== 'a.txt').toSorted();
  const back = await temporaryDirectory(t);
  await rclone.run('copy', '--s3-versions', 'cairn:versions/tree', back);
  const texts = await Promise.all([...old, 'a.txt'].map((name) => readFile(`${back}/${name}`, 'utf8')));
  assert.deepEqual(texts, ['one', 'two, longer', 'three, longer still']);

  await rclone.run('deletefile', 'cairn:versions/tree/a.txt');
  assert.equal(await rclone.run('lsf', 'cairn:versions/tree'), '');
  const hidden = (await rclone.run('lsf', '--s3-versions', 'cairn:versions/tree')).trim().split('\n');
  assert.equal(hidden.length, 3, 'what was deleted is an old version now');

  await rclone.run('backend', 'cleanup-hidden', 'cairn:versions');
  assert.equal(await rclone.run('lsf', '-R', '--files-only', '--s3-versions', 'cairn:versions'), '');
});
