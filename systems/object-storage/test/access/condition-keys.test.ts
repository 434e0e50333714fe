// Condition keys of requests, each as an Allow lets in by it and as a Deny keeps out by it, of a user with policies of his own.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  GetObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketAclCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { anonymous, outcome } from './outcomes.ts';
import { account, startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'photos';
const refused = /AccessDenied$/;

type Operators = Readonly<Record<string, Readonly<Record<string, string>>>>;
type Asking = (client: S3Client) => Promise<string>;
type Case = {
  readonly action: string;
  readonly condition: Operators;
  /** A request that meets the condition, and one that does not. */
  readonly meets: Asking;
  readonly misses: Asking;
};

let made = 0;
const newName = () => `new-${++made}`;
const get = new GetObjectCommand({ Bucket, Key: 'a' });

const listing =
  (asked: { readonly Delimiter?: string; readonly MaxKeys?: number }): Asking =>
  (client) =>
    outcome(client.send(new ListObjectsV2Command({ Bucket, ...asked })));
const putting =
  (asked: Partial<PutObjectCommandInput>): Asking =>
  (client) =>
    outcome(client.send(new PutObjectCommand({ Bucket, Key: newName(), Body: 'x', ...asked })));
const copying =
  (MetadataDirective?: 'COPY' | 'REPLACE'): Asking =>
  (client) => {
    const CopySource = `${Bucket}/a`;
    return outcome(
      client.send(new CopyObjectCommand({ Bucket, Key: newName(), CopySource, MetadataDirective })),
    );
  };
const creating =
  (asked: Partial<CreateBucketCommandInput>): Asking =>
  (client) =>
    outcome(client.send(new CreateBucketCommand({ Bucket: newName(), ...asked })));
const reading: Asking = (client) => outcome(client.send(get));
const presigned =
  (headers: Readonly<Record<string, string>> = {}): Asking =>
  async (client) => {
    const answer = await anonymous(await getSignedUrl(client, get, { expiresIn: 60 }), { headers });
    return answer === '200' ? 'done' : answer;
  };

const equals = (key: string, value: string): Operators => ({ StringEquals: { [key]: value } });

const cases: Readonly<Record<string, Case>> = {
  's3:delimiter': {
    action: 's3:ListBucket',
    condition: equals('s3:delimiter', '/'),
    meets: listing({ Delimiter: '/' }),
    misses: listing({}),
  },
  's3:delimiter of the first ListObjects': {
    action: 's3:ListBucket',
    condition: equals('s3:delimiter', '/'),
    meets: (client) => outcome(client.send(new ListObjectsCommand({ Bucket, Delimiter: '/' }))),
    misses: (client) => outcome(client.send(new ListObjectsCommand({ Bucket, Delimiter: 'a' }))),
  },
  's3:max-keys': {
    action: 's3:ListBucket',
    condition: { NumericLessThanEquals: { 's3:max-keys': '10' } },
    meets: listing({ MaxKeys: 10 }),
    misses: listing({ MaxKeys: 11 }),
  },
  's3:max-keys of versions, and one that is not sent': {
    action: 's3:ListBucketVersions',
    condition: { NumericLessThanEquals: { 's3:max-keys': '10' } },
    meets: (client) => outcome(client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 9 }))),
    misses: (client) => outcome(client.send(new ListObjectVersionsCommand({ Bucket }))),
  },
  'aws:UserAgent': {
    action: 's3:GetObject',
    condition: { StringLike: { 'aws:UserAgent': 'backup-tool/*' } },
    meets: presigned({ 'user-agent': 'backup-tool/2' }),
    misses: presigned({ 'user-agent': 'other-tool/2' }),
  },
  's3:authType of a presigned URL': {
    action: 's3:GetObject',
    condition: equals('s3:authType', 'REST-QUERY-STRING'),
    meets: presigned(),
    misses: reading,
  },
  's3:authType of headers': {
    action: 's3:GetObject',
    condition: equals('s3:authType', 'REST-HEADER'),
    meets: reading,
    misses: presigned(),
  },
  's3:x-amz-metadata-directive': {
    action: 's3:PutObject',
    condition: equals('s3:x-amz-metadata-directive', 'REPLACE'),
    meets: copying('REPLACE'),
    misses: copying('COPY'),
  },
  's3:x-amz-metadata-directive that is not sent': {
    action: 's3:PutObject',
    condition: equals('s3:x-amz-metadata-directive', 'COPY'),
    meets: copying('COPY'),
    misses: copying(),
  },
  's3:x-amz-object-ownership': {
    action: 's3:CreateBucket',
    condition: equals('s3:x-amz-object-ownership', 'BucketOwnerEnforced'),
    meets: creating({ ObjectOwnership: 'BucketOwnerEnforced' }),
    misses: creating({ ObjectOwnership: 'ObjectWriter' }),
  },
  's3:if-none-match': {
    action: 's3:PutObject',
    condition: { Null: { 's3:if-none-match': 'false' } },
    meets: putting({ IfNoneMatch: '*' }),
    misses: putting({}),
  },
  's3:x-amz-grant-read': {
    action: 's3:PutObject',
    condition: equals('s3:x-amz-grant-read', 'id=anna'),
    meets: putting({ GrantRead: 'id=anna' }),
    misses: putting({ GrantRead: 'id=bert' }),
  },
  's3:x-amz-grant-full-control': {
    action: 's3:PutObject',
    condition: equals('s3:x-amz-grant-full-control', 'id=anna'),
    meets: putting({ GrantFullControl: 'id=anna' }),
    misses: putting({}),
  },
  's3:x-amz-grant-read-acp': {
    action: 's3:PutObjectAcl',
    condition: equals('s3:x-amz-grant-read-acp', 'id=anna'),
    meets: (client) =>
      outcome(client.send(new PutObjectAclCommand({ Bucket, Key: 'a', GrantReadACP: 'id=anna' }))),
    misses: (client) =>
      outcome(client.send(new PutObjectAclCommand({ Bucket, Key: 'a', GrantRead: 'id=anna' }))),
  },
  's3:x-amz-grant-write': {
    action: 's3:PutBucketAcl',
    condition: equals('s3:x-amz-grant-write', 'id=anna'),
    meets: (client) => outcome(client.send(new PutBucketAclCommand({ Bucket, GrantWrite: 'id=anna' }))),
    misses: (client) => outcome(client.send(new PutBucketAclCommand({ Bucket, GrantRead: 'id=anna' }))),
  },
  's3:x-amz-grant-write-acp': {
    action: 's3:CreateBucket',
    condition: equals('s3:x-amz-grant-write-acp', 'id=anna'),
    meets: creating({ GrantWriteACP: 'id=anna', ObjectOwnership: 'ObjectWriter' }),
    misses: creating({ ObjectOwnership: 'ObjectWriter' }),
  },
};

type Rule = { readonly Effect: 'Allow' | 'Deny' } & Readonly<Record<string, unknown>>;

/** A bucket where lists count, anna and bert to give something to, and whoever has these rules. */
async function lists(t: TestContext) {
  const s3 = await startS3WithUsers(t);
  await s3.root.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }));
  await s3.root.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  for (const name of ['anna', 'bert']) await s3.user(name);
  return async (...rules: readonly Rule[]): Promise<S3Client> => {
    const name = newName();
    const Statement = rules.map((rule) => ({ Resource: '*', ...rule }));
    await s3.identity.putPolicy({ name, document: JSON.stringify({ Version: '2012-10-17', Statement }) });
    return (await s3.user(name, name)).client;
  };
}

test('by each key that a request sends an Allow lets in, and a Deny keeps out', async (t) => {
  const userWith = await lists(t);
  for (const [name, { action, condition, meets, misses }] of Object.entries(cases)) {
    await t.test(name, async () => {
      const one = { Action: action, Condition: condition };
      const allowed = await userWith({ Effect: 'Allow', NotAction: action }, { Effect: 'Allow', ...one });
      assert.equal(await meets(allowed), 'done', 'the Allow');
      assert.match(await misses(allowed), refused, 'the Allow of another');
      const denied = await userWith({ Effect: 'Allow', Action: 's3:*' }, { Effect: 'Deny', ...one });
      assert.match(await meets(denied), refused, 'the Deny');
      assert.equal(await misses(denied), 'done', 'the Deny of another');
    });
  }
});

test('the account of what a request is about is ours, for an Allow and for a Deny', async (t) => {
  const userWith = await lists(t);
  const everything = { Effect: 'Allow', Action: 's3:*' } as const;
  for (const key of ['s3:ResourceAccount', 'aws:ResourceAccount']) {
    const [ours, other] = [equals(key, account), equals(key, '999999999999')];
    for (const [rules, expected] of [
      [[{ ...everything, Condition: ours }], 'done'],
      [[{ ...everything, Condition: other }], 'AccessDenied'],
      [[everything, { ...everything, Effect: 'Deny', Condition: ours }], 'AccessDenied'],
      [[everything, { ...everything, Effect: 'Deny', Condition: other }], 'done'],
    ] as const) {
      assert.equal(await reading(await userWith(...rules)), expected, `${key}: ${JSON.stringify(rules)}`);
    }
  }
});
