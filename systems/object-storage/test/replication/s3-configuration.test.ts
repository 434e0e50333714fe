// Replication configurations by Amazon's client: put, got back, taken away, refused; and what objects say of themselves.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type ReplicationRule,
  S3Client,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';
import { credentials, region, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { arnOf } from './replicating.ts';

const Bucket = 'source';
const Role = 'arn:aws:iam::000000000000:role/replication';
const rule = (destination: string, more: Partial<ReplicationRule> = {}): ReplicationRule => ({
  ...{ ID: 'all', Priority: 1, Status: 'Enabled', Filter: {} },
  DeleteMarkerReplication: { Status: 'Enabled' },
  Destination: { Bucket: destination },
  ...more,
});

async function started(t: TestContext) {
  const { url } = await startS3Endpoint(t);
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  for (const name of [Bucket, 'copies', 'plain'])
    await client.send(new CreateBucketCommand({ Bucket: name }));
  const version = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  const put = (...Rules: ReplicationRule[]) =>
    client.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules } }));
  const get = async () =>
    (await client.send(new GetBucketReplicationCommand({ Bucket }))).ReplicationConfiguration;
  return { client, version, put, get };
}

test('a configuration is put, got back and taken away, in both of its forms', async (t) => {
  const { client, version, put, get } = await started(t);
  await version(Bucket, 'Enabled');
  await version('copies', 'Enabled');
  assert.match(await outcome(get()), /ReplicationConfigurationNotFoundError/);
  const rules = [
    rule(arnOf('copies'), { ExistingObjectReplication: { Status: 'Enabled' } }),
    rule(arnOf('copies'), {
      ...{ ID: 'logs', Priority: 2, Status: 'Disabled' },
      Filter: { And: { Prefix: 'logs/', Tags: [{ Key: 'k', Value: 'v' }] } },
      DeleteMarkerReplication: { Status: 'Disabled' },
      Destination: {
        Bucket: arnOf('copies'),
        StorageClass: 'STANDARD_IA',
        Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
        ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
      },
    }),
  ];
  await put(...rules);
  assert.deepEqual(await get(), { Role, Rules: rules });
  const older = {
    ID: 'old',
    Prefix: 'a',
    Status: 'Enabled',
    Destination: { Bucket: arnOf('copies') },
  } as const;
  await put(older);
  assert.deepEqual(await get(), { Role, Rules: [older] });
  await client.send(new DeleteBucketReplicationCommand({ Bucket }));
  assert.match(await outcome(get()), /ReplicationConfigurationNotFoundError/);
});

test('what cannot be replicated is refused as Amazon does', async (t) => {
  const { version, put } = await started(t);
  const refused = async (promise: Promise<unknown>, message: RegExp) =>
    assert.rejects(promise, (error: Error) => error.name === 'InvalidRequest' && message.test(error.message));
  await version('copies', 'Enabled');
  await refused(put(rule(arnOf('copies'))), /Versioning must be 'Enabled' on the bucket/);
  await version(Bucket, 'Enabled');
  await refused(put(rule(arnOf('plain'))), /Destination bucket must have versioning enabled/);
  await refused(put(rule(arnOf('nowhere'))), /Destination bucket must exist/);
  await refused(put(rule('arn:cairn:replication:::nowhere')), /Destination bucket must exist/);
  await refused(put(rule(arnOf(Bucket))), /cannot be the same as the source/);
  await put(rule(arnOf('copies')));
  assert.match(await outcome(version(Bucket, 'Suspended')), /InvalidBucketState/);
});

test('objects say how far their replication is, and replicas that they are some', async (t) => {
  const { client, version, put } = await started(t);
  await version(Bucket, 'Enabled');
  await version('copies', 'Enabled');
  await put(rule(arnOf('copies'), { Filter: { Prefix: 'a' } }));
  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'b' }));
  const head = async (name: string, Key: string) =>
    (await client.send(new HeadObjectCommand({ Bucket: name, Key }))).ReplicationStatus;
  assert.equal(await head(Bucket, 'a'), 'PENDING');
  assert.equal(await head(Bucket, 'b'), undefined);
  while ((await head(Bucket, 'a')) !== 'COMPLETED') await new Promise((resolve) => setTimeout(resolve, 50));
  const copy = await client.send(new GetObjectCommand({ Bucket: 'copies', Key: 'a' }));
  assert.equal(copy.ReplicationStatus, 'REPLICA');
  assert.equal(copy.VersionId, VersionId);
  assert.equal(await copy.Body!.transformToString(), 'a');
  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: 'copies' }));
  assert.equal(Versions?.length, 1);
});

test('nobody replicates to where he may not write', async (t) => {
  const { root, user } = await startS3WithUsers(t);
  const [anna, bert] = [(await user('anna')).client, (await user('bert')).client];
  for (const [client, names] of [
    [anna, [Bucket, 'copies']],
    [bert, ['berts']],
  ] as const) {
    for (const name of names) {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    }
  }
  const put = (client: S3Client, destination: string) => {
    const ReplicationConfiguration = { Role, Rules: [rule(destination)] };
    return outcome(client.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration })));
  };
  assert.equal(await put(anna, arnOf('copies')), 'done');
  assert.equal(await put(anna, arnOf('berts')), 'AccessDenied');
  assert.equal(await put(anna, 'arn:cairn:replication:::away'), 'AccessDenied');
  assert.equal(await put(bert, arnOf('berts')), 'AccessDenied');
  assert.equal(await put(root, 'arn:cairn:replication:::away'), 'InvalidRequest');
  const statement = {
    ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:user/anna' } },
    ...{ Action: ['s3:ReplicateObject', 's3:ReplicateDelete'], Resource: 'arn:aws:s3:::berts/*' },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await bert.send(new PutBucketPolicyCommand({ Bucket: 'berts', Policy }));
  assert.equal(await put(anna, arnOf('berts')), 'done');
});

test('nobody reads by replication what he may not read', async (t) => {
  const { identity, user } = await startS3WithUsers(t);
  const Version = '2012-10-17';
  const mine = { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::mine', 'arn:aws:s3:::mine/*'] };
  const configures = {
    ...{ Effect: 'Allow', Action: ['s3:PutReplicationConfiguration', 's3:PutBucketVersioning'] },
    Resource: 'arn:aws:s3:::source',
  };
  const reads = {
    ...configures,
    Action: 's3:GetObjectVersionForReplication',
    Resource: 'arn:aws:s3:::source/a*',
  };
  const policy = (name: string, ...Statement: object[]) =>
    identity.putPolicy({ name, document: JSON.stringify({ Version, Statement }) });
  await policy('configures', mine, configures);
  await policy('reads', reads);
  const { client: anna } = await user('anna');
  const { client: eve } = await user('eve', 'configures');
  for (const [client, name] of [
    [anna, Bucket],
    [eve, 'mine'],
  ] as const) {
    await client.send(new CreateBucketCommand({ Bucket: name }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  }
  const put = (more: Partial<ReplicationRule>) => {
    const ReplicationConfiguration = { Role, Rules: [rule(arnOf('mine'), more)] };
    return outcome(eve.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration })));
  };
  assert.equal(await put({}), 'AccessDenied');
  await identity.attachPolicy({ user: 'eve', policy: 'reads' });
  assert.equal(await put({}), 'AccessDenied');
  assert.equal(await put({ Filter: { Prefix: 'a' } }), 'done');
});

test('a bucket that takes the name of the destination gets nothing until the configuration is put again', async (t) => {
  const { client, version, put } = await started(t);
  await version(Bucket, 'Enabled');
  await version('copies', 'Enabled');
  await put(rule(arnOf('copies')));
  await client.send(new DeleteBucketCommand({ Bucket: 'copies' }));
  await new Promise((resolve) => setTimeout(resolve, 2));
  await client.send(new CreateBucketCommand({ Bucket: 'copies' }));
  await version('copies', 'Enabled');
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const becomes = async (status: string) => {
    for (let found: string | undefined; found !== status; ) {
      if (status === 'FAILED') assert.notEqual(found, 'COMPLETED');
      found = (await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ReplicationStatus!;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await becomes('FAILED');
  await put(rule(arnOf('copies')));
  await becomes('COMPLETED');
});
