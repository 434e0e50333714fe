// Object lock by Amazon's client: settings, headers, who may loosen what, and what policies can ask.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockMode,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { region } from '../clients/s3-endpoint.ts';
import { outcome } from './outcomes.ts';
import { type S3WithUsers, startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'ledger';
const Key = 'page 1';
const dayMs = 86_400_000;
/** Once: what is asked for is compared with what is shown, perhaps in another second. */
const startMs = Math.floor(Date.now() / 1_000) * 1_000;
const inDays = (days: number) => new Date(startMs + days * dayMs);

async function lockedBucket(t: TestContext): Promise<S3WithUsers> {
  const s3 = await startS3WithUsers(t);
  await s3.root.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return s3;
}

function put(client: S3Client, more: Partial<PutObjectCommand['input']> = {}) {
  return client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
}

function retain(client: S3Client, mode: ObjectLockMode, until: Date, more: { bypass?: boolean } = {}) {
  return client.send(
    new PutObjectRetentionCommand({
      ...{ Bucket, Key, Retention: { Mode: mode, RetainUntilDate: until } },
      ...(more.bypass !== undefined && { BypassGovernanceRetention: more.bypass }),
    }),
  );
}

const remove = (client: S3Client, VersionId: string | undefined, bypass?: boolean) =>
  client.send(
    new DeleteObjectCommand({
      ...{ Bucket, Key, VersionId },
      ...(bypass !== undefined && { BypassGovernanceRetention: bypass }),
    }),
  );

/** `Deny` for everyone, root too. */
function deny(client: S3Client, Action: string, Condition: Record<string, unknown> = {}) {
  const statement = {
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  return client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

test('a bucket is made with object lock, which gives it versioning for good', async (t) => {
  const { root } = await lockedBucket(t);
  const { Status } = await root.send(new GetBucketVersioningCommand({ Bucket }));
  assert.equal(Status, 'Enabled');
  const get = () => root.send(new GetObjectLockConfigurationCommand({ Bucket }));
  assert.deepEqual((await get()).ObjectLockConfiguration, { ObjectLockEnabled: 'Enabled' });
  const suspend = { Bucket, VersioningConfiguration: { Status: 'Suspended' } } as const;
  assert.equal(await outcome(root.send(new PutBucketVersioningCommand(suspend))), 'InvalidBucketState');
  const configuration = {
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Years: 2 } },
  } as const;
  await root.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: configuration }));
  assert.deepEqual((await get()).ObjectLockConfiguration, configuration);
  await root.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  assert.equal(await outcome(root.send(new CreateBucketCommand({ Bucket }))), 'BucketAlreadyExists');
});

test('a bucket without object lock has none to show, and gets it once it is versioned', async (t) => {
  const { root } = await startS3WithUsers(t);
  await root.send(new CreateBucketCommand({ Bucket }));
  const enable = () =>
    root.send(
      new PutObjectLockConfigurationCommand({
        ...{ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } },
      }),
    );
  const get = () => root.send(new GetObjectLockConfigurationCommand({ Bucket }));
  assert.equal(await outcome(get()), 'ObjectLockConfigurationNotFoundError');
  assert.equal(await outcome(enable()), 'InvalidBucketState');
  await put(root);
  for (const call of [
    () => root.send(new GetObjectRetentionCommand({ Bucket, Key })),
    () => root.send(new GetObjectLegalHoldCommand({ Bucket, Key })),
    () => root.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status: 'ON' } })),
    () => retain(root, 'GOVERNANCE', inDays(1)),
    () => put(root, { ObjectLockLegalHoldStatus: 'ON' }),
  ]) {
    assert.equal(await outcome(call()), 'InvalidRequest');
  }
  await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await enable();
  await root.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status: 'ON' } }));
  assert.equal(await outcome(remove(root, 'null')), 'AccessDenied', 'the version from before versioning');
});

test('locks are set by headers of every kind of write, and shown by reads', async (t) => {
  const { root } = await lockedBucket(t);
  const until = inDays(3);
  const lock = {
    ObjectLockMode: 'GOVERNANCE',
    ObjectLockRetainUntilDate: until,
    ObjectLockLegalHoldStatus: 'ON',
  } as const;
  const shown = async (VersionId: string | undefined) => {
    const head = await root.send(new HeadObjectCommand({ Bucket, Key, VersionId }));
    const get = await root.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    await get.Body!.transformToString();
    const names = ['ObjectLockMode', 'ObjectLockRetainUntilDate', 'ObjectLockLegalHoldStatus'] as const;
    for (const name of names) assert.deepEqual(get[name], head[name]);
    return Object.fromEntries(names.map((name) => [name, head[name]]));
  };
  const first = await put(root, lock);
  assert.deepEqual(await shown(first.VersionId), lock);
  const source = {
    CopySource: `${Bucket}/${encodeURIComponent(Key)}`,
    MetadataDirective: 'REPLACE',
  } as const;
  const plain = await root.send(new CopyObjectCommand({ Bucket, Key, ...source }));
  const none = {
    ObjectLockMode: undefined,
    ObjectLockRetainUntilDate: undefined,
    ObjectLockLegalHoldStatus: undefined,
  };
  assert.deepEqual(await shown(plain.VersionId), none, 'locks are not copied');
  const copy = await root.send(new CopyObjectCommand({ Bucket, Key, ...source, ...lock }));
  assert.deepEqual(await shown(copy.VersionId), lock);
  const { UploadId } = await root.send(new CreateMultipartUploadCommand({ Bucket, Key, ...lock }));
  const part = await root.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }));
  const Parts = [{ PartNumber: 1, ETag: part.ETag }];
  const completed = await root.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
  assert.deepEqual(await shown(completed.VersionId), lock);
  const refused = [
    { ObjectLockMode: 'GOVERNANCE' },
    { ObjectLockRetainUntilDate: until },
    { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(-1) },
    { ObjectLockMode: 'governance' as ObjectLockMode, ObjectLockRetainUntilDate: until },
    { ObjectLockLegalHoldStatus: 'on' as 'ON' },
  ] as const;
  for (const input of refused) {
    assert.equal(await outcome(put(root, input)), 'InvalidArgument', JSON.stringify(input));
    const begun = root.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }));
    assert.equal(await outcome(begun), 'InvalidArgument');
  }
});

test('a retention that holds is made longer by everyone, and loosened by those who may bypass governance', async (t) => {
  const { root } = await lockedBucket(t);
  const { VersionId } = await put(root);
  const get = async () => (await root.send(new GetObjectRetentionCommand({ Bucket, Key }))).Retention;
  assert.equal(await outcome(get()), 'NoSuchObjectLockConfiguration');
  assert.equal(
    await outcome(root.send(new GetObjectLegalHoldCommand({ Bucket, Key }))),
    'NoSuchObjectLockConfiguration',
  );
  await retain(root, 'GOVERNANCE', inDays(2));
  await retain(root, 'GOVERNANCE', inDays(3));
  assert.deepEqual(await get(), { Mode: 'GOVERNANCE', RetainUntilDate: inDays(3) });
  assert.equal(await outcome(retain(root, 'GOVERNANCE', inDays(2))), 'AccessDenied');
  assert.equal(await outcome(retain(root, 'COMPLIANCE', inDays(9))), 'AccessDenied');
  await retain(root, 'GOVERNANCE', inDays(1), { bypass: true });
  const none = new PutObjectRetentionCommand({
    ...{ Bucket, Key, Retention: {}, BypassGovernanceRetention: true },
  });
  await root.send(none);
  assert.equal(await outcome(get()), 'NoSuchObjectLockConfiguration');
  await retain(root, 'COMPLIANCE', inDays(2));
  for (const bypass of [true, false]) {
    assert.equal(await outcome(retain(root, 'COMPLIANCE', inDays(1), { bypass })), 'AccessDenied');
    assert.equal(await outcome(retain(root, 'GOVERNANCE', inDays(9), { bypass })), 'AccessDenied');
    assert.equal(await outcome(remove(root, VersionId, bypass)), 'AccessDenied');
  }
  assert.equal(await outcome(root.send(none)), 'AccessDenied');
  await retain(root, 'COMPLIANCE', inDays(4));
});

test('who may not bypass governance is refused when he asks for it, key by key too', async (t) => {
  const { root } = await lockedBucket(t);
  const { VersionId } = await put(root);
  await retain(root, 'GOVERNANCE', inDays(1));
  const removeMany = async () => {
    const { Errors } = await root.send(
      new DeleteObjectsCommand({
        ...{ Bucket, Delete: { Objects: [{ Key, VersionId }] }, BypassGovernanceRetention: true },
      }),
    );
    return Errors?.[0]?.Code ?? 'done';
  };
  await deny(root, 's3:BypassGovernanceRetention');
  assert.equal(await outcome(remove(root, VersionId, true)), 'AccessDenied');
  assert.equal(await removeMany(), 'AccessDenied');
  const loosened = retain(root, 'GOVERNANCE', inDays(0.5), { bypass: true });
  assert.equal(await outcome(loosened), 'AccessDenied');
  await deny(root, 's3:PutObjectAcl');
  assert.equal(await outcome(remove(root, VersionId)), 'AccessDenied');
  assert.equal(await removeMany(), 'done');
});

test('a lock needs rights of its own, and is shown to those who may know it', async (t) => {
  const s3 = await lockedBucket(t);
  const { root } = s3;
  await put(root, { ObjectLockLegalHoldStatus: 'OFF' });
  await deny(root, 's3:GetObjectLegalHold');
  assert.equal(
    (await root.send(new HeadObjectCommand({ Bucket, Key }))).ObjectLockLegalHoldStatus,
    undefined,
  );
  await deny(root, 's3:PutObjectLegalHold');
  assert.equal((await root.send(new HeadObjectCommand({ Bucket, Key }))).ObjectLockLegalHoldStatus, 'OFF');
  assert.equal(await outcome(put(root, { ObjectLockLegalHoldStatus: 'ON' })), 'AccessDenied');
  const { client: stranger } = await s3.user('stranger');
  assert.equal(await outcome(retain(stranger, 'GOVERNANCE', inDays(1))), 'AccessDenied');
  const body = '<Retention/>';
  const anonymous = await fetch(`${s3.url}/${Bucket}/k?retention`, {
    ...{ method: 'PUT', body },
    headers: { 'content-md5': createHash('md5').update(body).digest('base64') },
  });
  assert.match(await anonymous.text(), /<Code>AccessDenied</);
});

test('policies ask for mode, days, date and legal hold, in headers and in bodies', async (t) => {
  const { root } = await lockedBucket(t);
  await put(root);
  const lock = (mode: ObjectLockMode, days: number) => ({
    ObjectLockMode: mode,
    ObjectLockRetainUntilDate: inDays(days),
  });
  const days = { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': '10' } };
  await deny(root, 's3:PutObject', days);
  assert.equal(await outcome(put(root, lock('GOVERNANCE', 11))), 'AccessDenied');
  assert.equal(await outcome(put(root, lock('GOVERNANCE', 10))), 'done');
  assert.equal(await outcome(put(root)), 'done');
  await deny(root, 's3:PutObjectRetention', days);
  assert.equal(await outcome(retain(root, 'GOVERNANCE', inDays(11))), 'AccessDenied');
  assert.equal(await outcome(retain(root, 'GOVERNANCE', inDays(9))), 'done');
  await deny(root, 's3:PutObjectRetention', { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } });
  assert.equal(await outcome(put(root, lock('COMPLIANCE', 1))), 'AccessDenied');
  assert.equal(await outcome(retain(root, 'COMPLIANCE', inDays(12))), 'AccessDenied');
  const late = { 's3:object-lock-retain-until-date': inDays(5).toISOString() };
  await deny(root, 's3:PutObjectRetention', { DateGreaterThan: late });
  assert.equal(await outcome(retain(root, 'GOVERNANCE', inDays(12))), 'AccessDenied');
  await deny(root, 's3:PutObjectLegalHold', { StringEquals: { 's3:object-lock-legal-hold': 'OFF' } });
  const hold = (Status: 'ON' | 'OFF') =>
    outcome(root.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status } })));
  assert.equal(await hold('ON'), 'done');
  assert.equal(await hold('OFF'), 'AccessDenied');
  const { LegalHold } = await root.send(new GetObjectLegalHoldCommand({ Bucket, Key }));
  assert.deepEqual(LegalHold, { Status: 'ON' });
});

test('what shall be kept has to come with a digest', async (t) => {
  const s3 = await lockedBucket(t);
  const careless = new S3Client({
    ...{ endpoint: s3.url, region, credentials: s3.rootCredentials, forcePathStyle: true, maxAttempts: 1 },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  t.after(async () => careless.destroy());
  assert.equal(await outcome(put(careless)), 'done');
  assert.equal(await outcome(put(careless, { ObjectLockLegalHoldStatus: 'ON' })), 'InvalidRequest');
  await s3.root.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
      },
    }),
  );
  assert.equal(await outcome(put(careless)), 'InvalidRequest');
  assert.equal(await outcome(put(s3.root)), 'done');
  const { UploadId } = await careless.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  await careless.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
});

test('what is no setting of a lock is refused', async (t) => {
  const { root } = await lockedBucket(t);
  await put(root);
  const configure = (configuration: object) =>
    outcome(
      root.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: configuration })),
    );
  const rule = (DefaultRetention: object) =>
    configure({ ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } });
  assert.equal(await configure({}), 'MalformedXML');
  assert.equal(await configure({ ObjectLockEnabled: 'Disabled' }), 'MalformedXML');
  assert.equal(await configure({ ObjectLockEnabled: 'Enabled', Rule: {} }), 'MalformedXML');
  for (const [retention, code] of [
    [{ Mode: 'GOVERNANCE' }, 'MalformedXML'],
    [{ Days: 1 }, 'MalformedXML'],
    [{ Mode: 'Governance', Days: 1 }, 'MalformedXML'],
    [{ Mode: 'GOVERNANCE', Days: 1, Years: 1 }, 'MalformedXML'],
    [{ Mode: 'GOVERNANCE', Days: 0 }, 'InvalidRetentionPeriod'],
    [{ Mode: 'GOVERNANCE', Days: 36_501 }, 'InvalidRetentionPeriod'],
    [{ Mode: 'GOVERNANCE', Years: -1 }, 'InvalidRetentionPeriod'],
    [{ Mode: 'GOVERNANCE', Years: 101 }, 'InvalidRetentionPeriod'],
    [{ Mode: 'COMPLIANCE', Days: 36_500 }, 'done'],
  ] as const) {
    assert.equal(await rule(retention), code, JSON.stringify(retention));
  }
  const retention = (Retention: object) =>
    outcome(root.send(new PutObjectRetentionCommand({ Bucket, Key, Retention })));
  assert.equal(await retention({ Mode: 'GOVERNANCE' }), 'MalformedXML');
  assert.equal(await retention({ RetainUntilDate: inDays(1) }), 'MalformedXML');
  assert.equal(await retention({ Mode: 'NONE', RetainUntilDate: inDays(1) }), 'MalformedXML');
  assert.equal(await retention({ Mode: 'GOVERNANCE', RetainUntilDate: inDays(-1) }), 'InvalidArgument');
  const hold = new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: {} });
  assert.equal(await outcome(root.send(hold)), 'MalformedXML');
});

test('to bypass governance is decided by what becomes of the lock, and by no header beside the body', async (t) => {
  const { root, user } = await lockedBucket(t);
  await put(root);
  await retain(root, 'GOVERNANCE', inDays(5));
  await deny(root, 's3:BypassGovernanceRetention', {
    StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' },
  });
  assert.equal(await outcome(retain(root, 'COMPLIANCE', inDays(9), { bypass: true })), 'AccessDenied');
  assert.equal(await outcome(retain(root, 'GOVERNANCE', inDays(4), { bypass: true })), 'done');

  const { client } = await user('bert');
  const isGovernance = { StringEquals: { 's3:object-lock-mode': 'GOVERNANCE' } };
  const Statement = ['s3:PutObjectRetention', 's3:BypassGovernanceRetention'].map((Action) => ({
    ...{ Effect: 'Allow', Principal: '*', Action, Resource: `arn:aws:s3:::${Bucket}/*` },
    Condition: isGovernance,
  }));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const none = new PutObjectRetentionCommand({
    ...{ Bucket, Key, Retention: {}, BypassGovernanceRetention: true },
  });
  none.middlewareStack.add(
    (next) => (step) => {
      const { headers } = step.request as { headers: Record<string, string> };
      headers['x-amz-object-lock-mode'] = 'GOVERNANCE';
      return next(step);
    },
    { step: 'build' },
  );
  assert.equal(await outcome(client.send(none)), 'AccessDenied', 'what has no mode is not of this one');
  assert.equal(await outcome(retain(client, 'GOVERNANCE', inDays(3), { bypass: true })), 'done');
});
