// Lifecycle rules over S3: given back as they were put, refused as Amazon refuses them, and told of in answers.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListPartsCommand,
  type ListPartsCommandOutput,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';

const Bucket = 'aging';

async function bucketOf(t: TestContext) {
  const s3 = await startS3WithUsers(t);
  await s3.root.send(new CreateBucketCommand({ Bucket }));
  return s3;
}

const put = (client: S3Client, Rules: readonly LifecycleRule[]) =>
  client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [...Rules] } }),
  );
const get = (client: S3Client) => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));

const rules: readonly LifecycleRule[] = [
  { ID: 'old form', Prefix: 'logs/', Status: 'Enabled', Expiration: { Days: 30 } },
  { ID: 'all', Filter: {}, Status: 'Disabled', Expiration: { ExpiredObjectDeleteMarker: true } },
  { ID: 'date', Filter: { Prefix: '' }, Status: 'Enabled', Expiration: { Date: new Date('2030-01-01') } },
  {
    ID: 'tag',
    Filter: { Tag: { Key: 'class', Value: ' old ' } },
    Status: 'Enabled',
    NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 100 },
  },
  {
    ID: 'colder',
    Filter: { Prefix: 'colder/' },
    Status: 'Enabled',
    Expiration: { Days: 100 },
    Transitions: [
      { Days: 0, StorageClass: 'STANDARD_IA' },
      { Days: 30, StorageClass: 'GLACIER_IR' },
    ],
    NoncurrentVersionTransitions: [
      { NoncurrentDays: 3, NewerNoncurrentVersions: 2, StorageClass: 'INTELLIGENT_TIERING' },
    ],
  },
  {
    ID: 'dated',
    Filter: { Prefix: 'dated/' },
    Status: 'Enabled',
    Transitions: [{ Date: new Date('2030-01-01'), StorageClass: 'ONEZONE_IA' }],
  },
  {
    ID: 'size',
    Filter: { ObjectSizeGreaterThan: 0 },
    Status: 'Enabled',
    Expiration: { Days: 1 },
  },
  {
    ID: 'and',
    Filter: {
      And: {
        Prefix: 'ü/ ',
        Tags: [
          { Key: 'a', Value: '' },
          { Key: '__proto__', Value: 'b' },
        ],
        ObjectSizeGreaterThan: 500,
        ObjectSizeLessThan: 64_000,
      },
    },
    Status: 'Enabled',
    Expiration: { Days: 2_147_483_647 },
  },
  {
    ID: 'i'.repeat(255),
    Filter: { Prefix: 'tmp/' },
    Status: 'Enabled',
    Expiration: { ExpiredObjectDeleteMarker: false },
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  },
];

test('rules are given back as they were put, and are gone when they were deleted', async (t) => {
  const { root } = await bucketOf(t);
  assert.equal(await outcome(get(root)), 'NoSuchLifecycleConfiguration');
  await put(root, rules);
  const found = await get(root);
  assert.deepEqual(found.Rules, rules);
  assert.equal(found.TransitionDefaultMinimumObjectSize, 'all_storage_classes_128K');
  const remove = () => root.send(new DeleteBucketLifecycleCommand({ Bucket }));
  await remove();
  await remove();
  assert.equal(await outcome(get(root)), 'NoSuchLifecycleConfiguration');
});

test('a rule without an id gets one, which stays', async (t) => {
  const { root } = await bucketOf(t);
  const rule: LifecycleRule = { Filter: { Prefix: 'a' }, Status: 'Enabled', Expiration: { Days: 1 } };
  await put(root, [rule, rule]);
  const [first, second] = (await get(root)).Rules!;
  assert(first?.ID !== undefined && second?.ID !== undefined && first.ID !== second.ID);
  assert.deepEqual({ ...first, ID: undefined }, { ...rule, ID: undefined });
  assert.equal((await get(root)).Rules![0]!.ID, first.ID);
});

test('conditions that stand beside each other in a filter are given back in And', async (t) => {
  const { root } = await bucketOf(t);
  const Tag = { Key: 'class', Value: 'old' };
  const Filter = { Prefix: 'a', Tag, And: { Prefix: 'a/', Tags: [{ Key: 'team', Value: 'b' }] } };
  await put(root, [{ ID: 'a', Filter, Status: 'Enabled', Expiration: { Days: 1 } }]);
  assert.deepEqual((await get(root)).Rules![0]!.Filter, {
    And: { Prefix: 'a/', Tags: [Tag, { Key: 'team', Value: 'b' }] },
  });
});

test('the size below which nothing moves is kept', async (t) => {
  const { root } = await bucketOf(t);
  const TransitionDefaultMinimumObjectSize = 'varies_by_storage_class';
  const LifecycleConfiguration = { Rules: [...rules] };
  await root.send(
    new PutBucketLifecycleConfigurationCommand({
      ...{ Bucket, LifecycleConfiguration, TransitionDefaultMinimumObjectSize },
    }),
  );
  const found = await get(root);
  assert.equal(found.TransitionDefaultMinimumObjectSize, TransitionDefaultMinimumObjectSize);
});

const covered = { Filter: { Prefix: '' }, Status: 'Enabled' } as const;
const day = { Days: 1 };
const tagged = { Tag: { Key: 'a', Value: 'b' } };
const refused: readonly (readonly [what: string, rule: object, code: string])[] = [
  ['no action', {}, 'InvalidRequest'],
  ['no filter', { Filter: undefined, Expiration: day }, 'MalformedXML'],
  ['a filter and a prefix', { Prefix: '', Expiration: day }, 'MalformedXML'],
  ['an id of 256', { ID: 'i'.repeat(256), Expiration: day }, 'InvalidArgument'],
  ['another status', { Status: 'enabled', Expiration: day }, 'MalformedXML'],
  ['0 days', { Expiration: { Days: 0 } }, 'InvalidArgument'],
  ['-1 days', { Expiration: { Days: -1 } }, 'InvalidArgument'],
  ['too many days', { Expiration: { Days: 2 ** 31 } }, 'MalformedXML'],
  ['half a day', { Expiration: { Days: 0.5 } }, 'MalformedXML'],
  ['an expiration without anything', { Expiration: {} }, 'MalformedXML'],
  ['days and a marker', { Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }, 'MalformedXML'],
  ['a date that is not midnight', { Expiration: { Date: new Date(1_000) } }, 'InvalidArgument'],
  ['0 noncurrent days', { NoncurrentVersionExpiration: { NoncurrentDays: 0 } }, 'InvalidArgument'],
  ['no noncurrent days', { NoncurrentVersionExpiration: { NewerNoncurrentVersions: 1 } }, 'MalformedXML'],
  [
    '101 newer versions',
    { NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 } },
    'InvalidArgument',
  ],
  ['0 days of an upload', { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 0 } }, 'InvalidArgument'],
  [
    'uploads with tags',
    { Filter: tagged, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    'InvalidRequest',
  ],
  [
    'markers with tags',
    { Filter: tagged, Expiration: { ExpiredObjectDeleteMarker: true } },
    'InvalidRequest',
  ],
  [
    'sizes that exclude each other',
    { Filter: { And: { ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 5 } }, Expiration: day },
    'InvalidRequest',
  ],
  ['a negative size', { Filter: { ObjectSizeGreaterThan: -1 }, Expiration: day }, 'InvalidRequest'],
  [
    'one tag twice',
    { Filter: { And: { Prefix: 'a', Tags: [tagged.Tag, tagged.Tag] } }, Expiration: day },
    'InvalidRequest',
  ],
  ['a tag without a key', { Filter: { Tag: { Key: '', Value: 'a' } }, Expiration: day }, 'InvalidTag'],
  ['a long prefix', { Filter: { Prefix: 'p'.repeat(1_025) }, Expiration: day }, 'InvalidRequest'],
  [
    'prefixes that exclude each other',
    { Filter: { Prefix: 'a', And: { Prefix: 'b' } }, Expiration: day },
    'MalformedXML',
  ],
  [
    'a transition to an archive that is nowhere',
    { Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] },
    'InvalidStorageClass',
  ],
  [
    'a transition to a class that there is not',
    { Transitions: [{ Days: 1, StorageClass: 'WARM' as 'GLACIER' }] },
    'MalformedXML',
  ],
  [
    'a transition to STANDARD',
    { Transitions: [{ Days: 1, StorageClass: 'STANDARD' as 'GLACIER' }] },
    'MalformedXML',
  ],
  ['a transition at no time', { Transitions: [{ StorageClass: 'GLACIER' }] }, 'MalformedXML'],
  [
    'a transition after less than no time',
    { Transitions: [{ Days: -1, StorageClass: 'GLACIER' }] },
    'InvalidArgument',
  ],
  [
    'a transition after the expiration',
    { Expiration: { Days: 5 }, Transitions: [{ Days: 5, StorageClass: 'STANDARD_IA' }] },
    'InvalidArgument',
  ],
  [
    'days and a date in one rule',
    {
      Expiration: { Date: new Date('2030-01-01') },
      Transitions: [{ Days: 5, StorageClass: 'STANDARD_IA' }],
    },
    'InvalidRequest',
  ],
  [
    'two transitions to one class',
    {
      Transitions: [
        { Days: 5, StorageClass: 'STANDARD_IA' },
        { Days: 6, StorageClass: 'STANDARD_IA' },
      ],
    },
    'InvalidRequest',
  ],
  [
    'a colder class before a warmer one',
    {
      Transitions: [
        { Days: 5, StorageClass: 'GLACIER_IR' },
        { Days: 6, StorageClass: 'STANDARD_IA' },
      ],
    },
    'InvalidArgument',
  ],
  [
    'a transition of more than a hundred versions',
    {
      NoncurrentVersionTransitions: [
        { NoncurrentDays: 1, NewerNoncurrentVersions: 101, StorageClass: 'STANDARD_IA' },
      ],
    },
    'InvalidArgument',
  ],
  [
    'a transition at another time than midnight',
    { Transitions: [{ Date: new Date(1_000), StorageClass: 'GLACIER' }] },
    'InvalidArgument',
  ],
  [
    'a transition of noncurrent versions to an archive that is nowhere',
    {
      Expiration: day,
      NoncurrentVersionTransitions: [{ NoncurrentDays: 1, StorageClass: 'GLACIER' }],
    },
    'InvalidStorageClass',
  ],
];

test('what Amazon refuses is refused with its code, and changes nothing', async (t) => {
  const { root } = await bucketOf(t);
  await put(root, rules);
  for (const [what, rule, code] of refused) {
    assert.equal(await outcome(put(root, [{ ...covered, ...rule } as LifecycleRule])), code, what);
  }
  const one: LifecycleRule = { ...covered, ID: 'a', Expiration: day };
  assert.equal(await outcome(put(root, [])), 'MalformedXML');
  assert.equal(await outcome(put(root, [one, one])), 'InvalidArgument');
  const many = (count: number) => Array.from({ length: count }, (_, number) => ({ ...one, ID: `${number}` }));
  assert.equal(await outcome(put(root, many(1_001))), 'MalformedXML');
  assert.deepEqual((await get(root)).Rules, rules);
  assert.equal(await outcome(put(root, many(1_000))), 'done');
});

test('reading rules and changing them are rights of their own', async (t) => {
  const s3 = await bucketOf(t);
  await put(s3.root, rules);
  const { client } = await s3.user('reader');
  assert.equal(await outcome(get(client)), 'AccessDenied');
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetLifecycleConfiguration' };
  const Policy = JSON.stringify({
    ...{ Version: '2012-10-17', Statement: { ...statement, Resource: `arn:aws:s3:::${Bucket}` } },
  });
  await s3.root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal(await outcome(get(client)), 'done');
  assert.equal(await outcome(put(client, rules)), 'AccessDenied');
  const remove = client.send(new DeleteBucketLifecycleCommand({ Bucket }));
  assert.equal(await outcome(remove), 'AccessDenied');
});

const dayMs = 86_400_000;

function expiryIn(days: number): string {
  return new Date((Math.floor(Date.now() / dayMs) + 1 + days) * dayMs).toUTCString();
}

test('whoever puts, copies, gets or heads an object is told when it will expire, by the earliest rule', async (t) => {
  const { root } = await bucketOf(t);
  const Key = 'logs/a';
  const before = await root.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }));
  assert.equal(before.Expiration, undefined);
  await put(root, [
    { ID: 'late', ...covered, Expiration: { Days: 9 } },
    { ID: 'logs & more/ü', Filter: { Prefix: 'logs/' }, Status: 'Enabled', Expiration: { Days: 2 } },
    { ID: 'off', ...covered, Status: 'Disabled', Expiration: { Days: 1 } },
    { ID: 'tagged', Filter: tagged, Status: 'Enabled', Expiration: { Days: 1 } },
  ]);
  const logs = `expiry-date="${expiryIn(2)}", rule-id="logs%20%26%20more%2F%C3%BC"`;
  const late = `expiry-date="${expiryIn(9)}", rule-id="late"`;
  assert.equal((await root.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }))).Expiration, logs);
  assert.equal((await root.send(new HeadObjectCommand({ Bucket, Key }))).Expiration, logs);
  const ranged = await root.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=0-0' }));
  assert.equal(ranged.Expiration, logs);
  await ranged.Body?.transformToString();
  const CopySource = `${Bucket}/${Key}`;
  const copied = await root.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  assert.equal(copied.Expiration, late);
  const { UploadId } = await root.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const upload = { Bucket, Key: 'parts', UploadId };
  const { ETag } = await root.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'a' }));
  const Parts = [{ PartNumber: 1, ETag }];
  const completed = await root.send(
    new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
  );
  assert.equal(completed.Expiration, late);
  await root.send(new DeleteBucketLifecycleCommand({ Bucket }));
  assert.equal((await root.send(new HeadObjectCommand({ Bucket, Key }))).Expiration, undefined);
});

test('whoever begins an upload or lists its parts is told when it will be aborted, by the earliest rule', async (t) => {
  const { root } = await bucketOf(t);
  const begin = (Key: string) => root.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const told = (answer: ListPartsCommandOutput) => [answer.AbortDate?.toUTCString(), answer.AbortRuleId];
  const Key = 'logs/a';
  const before = await begin(Key);
  assert.deepEqual(told(before), [undefined, undefined]);
  const abort = (DaysAfterInitiation: number) => ({
    AbortIncompleteMultipartUpload: { DaysAfterInitiation },
  });
  await put(root, [
    { ID: 'late', ...covered, ...abort(9) },
    { ID: 'logs & more', Filter: { Prefix: 'logs/' }, Status: 'Enabled', ...abort(2) },
    { ID: 'off', ...covered, Status: 'Disabled', ...abort(1) },
    { ID: 'objects', ...covered, Expiration: day },
  ]);
  const logs = [expiryIn(2), 'logs & more'];
  assert.deepEqual(told(await begin(Key)), logs);
  assert.deepEqual(told(await begin('b')), [expiryIn(9), 'late']);
  const upload = { Bucket, Key, UploadId: before.UploadId };
  assert.deepEqual(told(await root.send(new ListPartsCommand(upload))), logs);
  await root.send(new DeleteBucketLifecycleCommand({ Bucket }));
  assert.deepEqual(told(await root.send(new ListPartsCommand(upload))), [undefined, undefined]);
});
