// Places and restores over S3, by Amazon's client: one place is a folder, the other a bucket of another server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduler } from 'node:timers/promises';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import type { ObjectStorage } from '../../src/core/object-storage.ts';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'placed';
const body = 'x'.repeat(200_000);

async function started(t: TestContext) {
  const other = await startS3WithUsers(t);
  await other.root.send(new CreateBucketCommand({ Bucket: 'cold' }));
  let storage: ObjectStorage | undefined;
  const s3 = await startS3WithUsers(t, {
    classes: {
      STANDARD_IA: {
        url: `${other.url}/cold/from-here`,
        credentials: { ...other.rootCredentials, region: 'us-east-1' },
      },
      GLACIER: { url: `file:${await temporaryDirectory(t)}` },
    },
    wrap: (inner) => {
      storage = inner;
      return inner;
    },
  });
  await s3.root.send(new CreateBucketCommand({ Bucket }));
  /** Until nothing waits to be moved, restored or removed. */
  const settled = async () => {
    for (let attempt = 0; attempt < 600; attempt++) {
      const { storageClasses } = await storage!.stats();
      if (storageClasses.every(({ waiting, restoring }) => waiting + restoring === 0)) return;
      await scheduler.wait(50);
    }
    assert.fail('it is not moved yet after 30 s');
  };
  return { ...s3, other: other.root, storage: () => storage!, settled };
}

const read = async (client: S3Client, Key: string, Range?: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, Range }))).Body!.transformToString();

test('an object of a class with a place lies in a bucket of another server, and is read through', async (t) => {
  const { root, other, storage, settled } = await started(t);
  await root.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: body, StorageClass: 'STANDARD_IA' }));
  await settled();
  const there = (await other.send(new ListObjectsV2Command({ Bucket: 'cold' }))).Contents ?? [];
  assert.equal(there.length, 1);
  assert.match(there[0]!.Key!, /^from-here\/[0-9a-f]{2}\/[0-9a-f]{32}$/, 'no name of an object leaves');
  assert.equal(await read(root, 'a/b'), body);
  assert.equal(await read(root, 'a/b', 'bytes=65530-65545'), 'x'.repeat(16));
  const head = await root.send(new HeadObjectCommand({ Bucket, Key: 'a/b' }));
  assert.deepEqual(
    [head.StorageClass, head.ContentLength, head.Restore],
    ['STANDARD_IA', body.length, undefined],
  );
  assert.deepEqual(await storage().check({ deep: true }), []);
  const { placements } = await storage().inspect({ bucket: Bucket, key: 'a/b' });
  assert.match(placements[0]!.place!, /\/cold\/from-here$/);
  await root.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a/b` }));
  assert.equal(await read(root, 'copy'), body);
});

test('an archived object is restored as Amazon has it', async (t) => {
  const { root, settled, user } = await started(t);
  const name = { Bucket, Key: 'a' };
  await root.send(new PutObjectCommand({ ...name, Body: body, StorageClass: 'GLACIER' }));
  await settled();
  const refused = await root.send(new GetObjectCommand(name)).catch((error) => error);
  assert.deepEqual(
    [refused.name, refused.$metadata.httpStatusCode, refused.StorageClass],
    ['InvalidObjectState', 403, 'GLACIER'],
  );
  const copied = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a` });
  assert.equal(await outcome(root.send(copied)), 'InvalidObjectState');
  const restore = (Days: number, more: object = {}) =>
    new RestoreObjectCommand({ ...name, RestoreRequest: { Days, ...more } });
  const guest = await user('guest', 'AmazonS3ReadOnlyAccess');
  assert.equal(await outcome(guest.client.send(restore(1))), 'AccessDenied');
  assert.equal(await outcome(root.send(restore(0))), 'InvalidArgument');
  const select = restore(1, { Type: 'SELECT', SelectParameters: selectParameters });
  assert.equal(await outcome(root.send(select)), 'NotImplemented');
  const tier = { GlacierJobParameters: { Tier: 'Expedited' } };
  const accepted = await root.send(restore(2, tier));
  assert.equal(accepted.$metadata.httpStatusCode, 202);
  const ongoing = (await root.send(new HeadObjectCommand(name))).Restore;
  if (ongoing === 'ongoing-request="true"')
    assert.equal(await outcome(root.send(restore(1))), 'RestoreAlreadyInProgress');
  await settled();
  await root.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x', StorageClass: 'GLACIER' }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'x' }));
  const head = await root.send(new HeadObjectCommand(name));
  assert.match(
    head.Restore!,
    /^ongoing-request="false", expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT"$/,
  );
  assert.equal(head.StorageClass, 'GLACIER');
  const RestoreExpiryDate = new Date(/expiry-date="(.*)"/.exec(head.Restore!)![1]!);
  const states = [{ IsRestoreInProgress: false, RestoreExpiryDate }, undefined, undefined];
  const asked = { Bucket, OptionalObjectAttributes: ['RestoreStatus' as const] };
  for (const { Contents } of [
    await root.send(new ListObjectsCommand(asked)),
    await root.send(new ListObjectsV2Command(asked)),
    { Contents: (await root.send(new ListObjectVersionsCommand(asked))).Versions },
  ]) {
    assert.deepEqual(
      Contents?.map(({ RestoreStatus }) => RestoreStatus),
      states,
    );
  }
  const unasked = await root.send(new ListObjectsV2Command({ Bucket }));
  assert.equal(unasked.Contents?.[0]?.RestoreStatus, undefined);
  const other = new ListObjectsV2Command({ Bucket, OptionalObjectAttributes: ['Owner' as 'RestoreStatus'] });
  assert.equal(await outcome(root.send(other)), 'InvalidArgument');
  assert.equal(await read(root, 'a'), body);
  const extended = await root.send(restore(5));
  assert.equal(extended.$metadata.httpStatusCode, 200);
  assert.notEqual((await root.send(new HeadObjectCommand(name))).Restore, head.Restore);
  await root.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'x' }));
  const plain = new RestoreObjectCommand({ Bucket, Key: 'plain', RestoreRequest: { Days: 1 } });
  assert.equal(await outcome(root.send(plain)), 'InvalidObjectState');
  const missing = new RestoreObjectCommand({ Bucket, Key: 'missing', RestoreRequest: { Days: 1 } });
  assert.equal(await outcome(root.send(missing)), 'NoSuchKey');
});

const selectParameters = {
  InputSerialization: { CSV: {} },
  ExpressionType: 'SQL',
  Expression: 'select 1',
  OutputSerialization: { CSV: {} },
} as const;

test('rules may name an archive that has a place, and objects are put into it; others are refused', async (t) => {
  const { root } = await started(t);
  const rulesTo = (StorageClass: 'GLACIER' | 'DEEP_ARCHIVE') =>
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [{ ID: 'a', Filter: {}, Status: 'Enabled', Transitions: [{ Days: 1, StorageClass }] }],
      },
    });
  assert.equal(await outcome(root.send(rulesTo('GLACIER'))), 'done');
  assert.equal(await outcome(root.send(rulesTo('DEEP_ARCHIVE'))), 'InvalidStorageClass');
  const put = new PutObjectCommand({ Bucket, Key: 'a', StorageClass: 'DEEP_ARCHIVE' });
  assert.equal(await outcome(root.send(put)), 'InvalidStorageClass');
});

test('a restore request that is none is refused', async (t) => {
  const { root } = await started(t);
  const name = { Bucket, Key: 'a' };
  await root.send(new PutObjectCommand({ ...name, Body: body, StorageClass: 'GLACIER' }));
  const without = new RestoreObjectCommand({ ...name, RestoreRequest: {} });
  assert.equal(await outcome(root.send(without)), 'MalformedXML');
  const tier = new RestoreObjectCommand({ ...name, RestoreRequest: { Days: 1, Tier: 'Fast' as 'Bulk' } });
  assert.equal(await outcome(root.send(tier)), 'MalformedXML');
  await root.send(new DeleteObjectCommand(name));
});
