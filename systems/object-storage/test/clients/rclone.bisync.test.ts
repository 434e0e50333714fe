// rclone beyond copying: both sides change and are brought together, checksums decide instead of times, one file comes in
// several streams, and a purge takes versions too.

import assert from 'node:assert/strict';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram, fingerprintOf, temporaryDirectory, writeFileTree } from '@cairn/testing';
import { clientProgram } from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('rclone');
const skip = program === undefined && 'rclone is not installed';
const MiB = 1024 * 1024;

/** A tree of files beside an empty bucket `cairn:photos`. */
async function started(t: TestContext) {
  const endpoint = await startS3Endpoint(t);
  const directory = await temporaryDirectory(t);
  const path = (name: string) => join(directory, name);
  writeFileTree(path('tree'), { largeBytes: 24 * MiB, many: 100 });
  const rclone = clientProgram(program!, {
    leading: ['--config', '/dev/null', '--cache-dir', path('cache'), '--retries', '1'],
    environment: {
      RCLONE_CONFIG_CAIRN_TYPE: 's3',
      RCLONE_CONFIG_CAIRN_PROVIDER: 'Other',
      RCLONE_CONFIG_CAIRN_ACCESS_KEY_ID: credentials.accessKeyId,
      RCLONE_CONFIG_CAIRN_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      RCLONE_CONFIG_CAIRN_REGION: region,
      RCLONE_CONFIG_CAIRN_ENDPOINT: endpoint.url,
    },
  });
  await rclone.run('mkdir', 'cairn:photos');
  const requests = (operation: string, status = 200): number => {
    const counted = new RegExp(`operation="${operation}",status="${status}"\\} (\\d+)`);
    return Number(counted.exec(endpoint.metrics())?.[1] ?? 0);
  };
  return { rclone, path, requests };
}

test('rclone bisync carries changes and deletions of both sides to the other', { skip }, async (t) => {
  const { rclone, path } = await started(t);
  const [here, there] = [path('tree'), 'cairn:photos/tree'];
  const remote = async () => {
    rmSync(path('copy'), { recursive: true, force: true });
    await rclone.run('copy', there, path('copy'));
    return fingerprintOf(path('copy'));
  };
  const bisync = (...flags: string[]) =>
    rclone.run('bisync', ...flags, '--workdir', path('bisync'), here, there);
  // Bisync finds changes by time alone, and files that are written at once have the same: a minute lies between them.
  let seconds = Date.now() / 1_000;
  const change = (file: string, text: string) => {
    writeFileSync(file, text);
    seconds += 60;
    utimesSync(file, seconds, seconds);
  };
  await rclone.run('copyto', path('tree/plain.txt'), `${there}/only-there`);
  await bisync('--resync');
  const same = fingerprintOf(here);
  assert.deepEqual(await remote(), same);
  assert.ok('only-there' in same);

  change(path('tree/plain.txt'), 'changed here');
  rmSync(path('tree/many/1/1'));
  change(path('other'), 'changed there, and longer');
  await rclone.run('copyto', path('other'), `${there}/sizes/1000`);
  await rclone.run('copyto', path('other'), `${there}/new & ü/there`);
  await rclone.run('deletefile', `${there}/many/2/2`);
  const wanted: Record<string, string> = { ...same };
  const digests = fingerprintOf(path('.'));
  Object.assign(wanted, { 'plain.txt': digests['tree/plain.txt'] });
  Object.assign(wanted, { 'sizes/1000': digests.other, 'new & ü/there': digests.other });
  delete wanted['many/1/1'];
  delete wanted['many/2/2'];
  await bisync();
  assert.deepEqual(fingerprintOf(here), wanted);
  assert.deepEqual(await remote(), wanted);

  change(path('tree/plain.txt'), 'changed here again');
  await rclone.run('copyto', path('other'), `${there}/plain.txt`);
  await bisync();
  const both = fingerprintOf(here);
  assert.equal('plain.txt' in both, false, 'of a conflict both are kept, under other names');
  assert.equal(Object.keys(both).filter((name) => name.startsWith('plain.txt..path')).length, 2);
  assert.deepEqual(await remote(), both);
});

test('rclone sync --checksum sends what differs by content, whatever its time, and removes the rest', {
  skip,
}, async (t) => {
  const { rclone, path, requests } = await started(t);
  const sync = () =>
    rclone.run('sync', '--checksum', '--s3-upload-cutoff', '30M', path('tree'), 'cairn:photos/tree');
  await sync();
  const sent = requests('PutObject');
  assert.equal(sent, 120);
  for (const name of ['plain.txt', 'same', 'large/large.bin']) utimesSync(path(`tree/${name}`), 1, 1);
  await sync();
  assert.equal(requests('PutObject'), sent, 'another time alone is no difference');
  writeFileSync(path('tree/sizes/1000'), 'X'.repeat(1_000));
  writeFileSync(path('tree/many/4/4'), 'other');
  rmSync(path('tree/many/5'), { recursive: true });
  await sync();
  assert.equal(requests('PutObject'), sent + 2);
  await rclone.run('copy', 'cairn:photos/tree', path('copy'));
  assert.deepEqual(fingerprintOf(path('copy')), fingerprintOf(path('tree')));
});

test('rclone sends one file in many parts at once, and gets it in four streams', { skip }, async (t) => {
  const { rclone, path, requests } = await started(t);
  const parts = ['--s3-upload-cutoff', '5M', '--s3-chunk-size', '5M', '--s3-upload-concurrency', '4'];
  await rclone.run('copyto', ...parts, path('tree/large/large.bin'), 'cairn:photos/large.bin');
  assert.equal(requests('UploadPart'), 5);
  const streams = ['--multi-thread-cutoff', '5M', '--multi-thread-streams', '4'];
  await rclone.run('copyto', ...streams, 'cairn:photos/large.bin', path('tree/large/large.back'));
  assert.equal(requests('GetObject', 206), 4);
  const digests = fingerprintOf(path('tree/large'));
  assert.equal(digests['large.back'], digests['large.bin']);
});

test('rclone purges a folder and its versions, and leaves its neighbours', { skip }, async (t) => {
  const { rclone, path } = await started(t);
  await rclone.run('backend', 'versioning', 'cairn:photos', 'Enabled');
  for (const folder of ['a', 'ab', 'b'])
    await rclone.run('copy', path('tree/many'), `cairn:photos/${folder}`);
  writeFileSync(path('tree/many/1/1'), 'second');
  await rclone.run('copy', path('tree/many'), 'cairn:photos/a');
  const names = async (...flags: string[]) =>
    (await rclone.run('lsf', '-R', '--files-only', ...flags, 'cairn:photos')).trim().split('\n');
  assert.deepEqual([(await names()).length, (await names('--s3-versions')).length], [300, 301]);
  await rclone.run('purge', 'cairn:photos/a');
  assert.deepEqual([...new Set((await names()).map((name) => name.split('/')[0]))].toSorted(), ['ab', 'b']);
  assert.equal((await names('--s3-versions')).length, 200, 'old versions are gone too');
  for (const folder of ['ab', 'b']) await rclone.run('purge', `cairn:photos/${folder}`);
  await rclone.run('rmdir', 'cairn:photos');
  assert.equal(await rclone.run('lsd', 'cairn:'), '');
});
