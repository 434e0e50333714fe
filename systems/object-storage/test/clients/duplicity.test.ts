// duplicity: full and incremental volumes of tar, by its boto3 backend, without encryption of its own.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { findProgram, fingerprintOf, temporaryDirectory, writeFileTree } from '@cairn/testing';
import { awsEnvironment, clientProgram } from './client-program.ts';
import { credentials, region, type S3Endpoint, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('duplicity');
const skip = program === undefined && 'duplicity is not installed';
const MiB = 1024 * 1024;
const Bucket = 'backups';
const remote = `boto3+s3://${Bucket}/of/anna`;

/** duplicity makes no buckets. */
async function madeBucket(t: TestContext, { url }: S3Endpoint): Promise<S3Client> {
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return client;
}

/** Names of the volumes of a kind of backup: `of/anna/duplicity-full.20261128T165150Z.vol1.difftar.gz`. */
async function volumes(client: S3Client, kind: 'full' | 'inc'): Promise<readonly string[]> {
  const Prefix = `of/anna/duplicity-${kind}.`;
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key!).filter((key) => key.endsWith('.difftar.gz'));
}

/** As `--time` takes it. */
function timeOf(volume: string): string {
  return volume.replace(/.*\.(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)\..*/, '$1-$2-$3:$4:$5');
}

test('duplicity makes a full and an incremental backup, verifies and restores both', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const client = await madeBucket(t, endpoint);
  const directory = await temporaryDirectory(t);
  const path = (name: string) => join(directory, name);
  const tree = path('tree');
  writeFileTree(tree, { largeBytes: 12 * MiB, many: 200 });
  mkdirSync(path('home'));
  // With an archive folder that is new each time, all that it knows comes from the bucket.
  let archives = 0;
  const duplicity = (...parameters: readonly string[]) =>
    clientProgram(program!, {
      leading: parameters.slice(0, 1),
      environment: { ...awsEnvironment(), HOME: path('home') },
    }).run(
      ...['--no-encryption', '--s3-endpoint-url', endpoint.url, '--tempdir', directory],
      ...['--archive-dir', path(`archive-${archives++}`), ...parameters.slice(1)],
    );
  const restored = async (...parameters: readonly string[]) => {
    const target = path(`restored-${archives}`);
    await duplicity('restore', ...parameters, remote, target);
    return fingerprintOf(target);
  };

  await duplicity('full', '--volsize', '5', tree, remote);
  const full = await volumes(client, 'full');
  assert.equal(full.length, 3);
  const first = fingerprintOf(tree);
  assert.deepEqual(await restored(), first);
  appendFileSync(join(tree, 'large/large.bin'), 'and more');
  writeFileSync(join(tree, 'plain.txt'), 'changed');
  rmSync(join(tree, 'many/3'), { recursive: true });
  await assert.rejects(duplicity('verify', '--compare-data', remote, tree), / [1-9]\d* differences found/);
  await duplicity('incremental', tree, remote);
  assert.equal((await volumes(client, 'inc')).length, 1);
  const second = fingerprintOf(tree);
  assert.notDeepEqual(second, first);
  assert.match(await duplicity('verify', '--compare-data', remote, tree), / 0 differences found/);
  assert.deepEqual(await restored(), second);
  assert.deepEqual(await restored('--time', timeOf(full[0]!)), first);

  await duplicity('full', tree, remote);
  await duplicity('remove-all-but-n-full', '1', '--force', remote);
  const left = [...(await volumes(client, 'full')), ...(await volumes(client, 'inc'))];
  assert.equal(left.length, 1);
  assert(!full.includes(left[0]!));
  assert.deepEqual(await restored(), second);
});
