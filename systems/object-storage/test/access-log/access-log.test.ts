// Access logs of buckets, by Amazon's client: the configuration, what is delivered where and when, and who may.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BucketLoggingStatus,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketLoggingCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { TestContext } from '@cairn/testing';
import { outcome } from '../access/outcomes.ts';
import { account, type S3WithUsers, startS3WithUsers } from '../access/s3-with-users.ts';

const [Bucket, target] = ['logged', 'logs'];
const logging = (more: object = {}): BucketLoggingStatus => ({
  LoggingEnabled: { TargetBucket: target, TargetPrefix: 'log/', ...more },
});
const configure = (client: S3Client, BucketLoggingStatus: BucketLoggingStatus, from = Bucket) =>
  client.send(new PutBucketLoggingCommand({ Bucket: from, BucketLoggingStatus }));

function policyFor(condition: object, resource = `${target}/log/*`): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${resource}`,
      Condition: condition,
    },
  });
}
/** The same, and a Deny for everyone. */
function withDenial(policy: string): string {
  const { Statement, ...rest } = JSON.parse(policy) as { Statement: object };
  const denial = { ...Statement, Effect: 'Deny', Principal: '*' };
  return JSON.stringify({ ...rest, Statement: [Statement, denial] });
}
const letIn = (client: S3Client, Policy: string) =>
  client.send(new PutBucketPolicyCommand({ Bucket: target, Policy }));
const fromLogged = { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` } };

async function started(
  t: TestContext,
  options: Parameters<typeof startS3WithUsers>[1] = {},
): Promise<S3WithUsers> {
  const s3 = await startS3WithUsers(t, { logDeliveryMs: 20, ...options });
  for (const each of [Bucket, target]) await s3.root.send(new CreateBucketCommand({ Bucket: each }));
  return s3;
}

/** Keys and texts of the objects that were delivered, when all of `records` are there. */
async function delivered(client: S3Client, records: number): Promise<{ keys: string[]; lines: string[] }> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: target }));
    const keys = Contents.map(({ Key }) => Key!);
    const lines: string[] = [];
    for (const Key of keys) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: target, Key }));
      lines.push(...(await Body!.transformToString()).trimEnd().split('\n'));
    }
    if (lines.length >= records) return { keys, lines };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a logging configuration is given back until an empty one is put', async (t) => {
  const { root } = await started(t);
  await letIn(root, policyFor(fromLogged));
  const get = async () => (await root.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
  assert.equal(await get(), undefined);
  await configure(root, logging());
  const simple = { TargetObjectKeyFormat: { SimplePrefix: {} } };
  assert.deepEqual(await get(), { ...logging().LoggingEnabled, ...simple });
  const partitioned = {
    TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' as const } },
  };
  await configure(root, logging(partitioned));
  assert.deepEqual(await get(), logging(partitioned).LoggingEnabled);
  const TargetGrants = [
    { Grantee: { Type: 'CanonicalUser' as const, ID: account }, Permission: 'READ' as const },
  ];
  await configure(root, logging({ TargetGrants }));
  const [grant, ...more] = (await get())?.TargetGrants ?? [];
  assert.deepEqual([grant?.Grantee?.ID, grant?.Permission, more.length], [account, 'READ', 0]);
  await configure(root, {});
  assert.equal(await get(), undefined);
});

test('what cannot be logged to is refused', async (t) => {
  const { root, user } = await started(t);
  const put = (status: BucketLoggingStatus) => outcome(configure(root, status));
  assert.equal(await put(logging({ TargetBucket: 'nowhere' })), 'InvalidTargetBucketForLogging');
  assert.equal(await put(logging()), 'AccessDenied', 'nobody let the service in');
  const others = [
    policyFor({ ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::another' } }),
    policyFor({ StringEquals: { 'aws:SourceAccount': '111111111111' } }),
    policyFor(fromLogged, `${target}/other/*`),
    policyFor(fromLogged).replace('logging.s3', 'events'),
    policyFor(fromLogged).replace('s3:PutObject', 's3:GetObject'),
    policyFor(fromLogged).replace('{"Service":"logging.s3.amazonaws.com"}', '"*"'),
    withDenial(policyFor(fromLogged)),
  ];
  for (const policy of others) {
    await letIn(root, policy);
    assert.equal(await put(logging()), 'AccessDenied', policy);
  }
  await letIn(root, policyFor({ StringEquals: { 'aws:SourceAccount': account } }));
  assert.equal(await put(logging()), 'done');
  for (const wrong of [
    { TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'kaboom' } } },
    { TargetGrants: [{ Grantee: { Type: 'CanonicalUser', ID: account }, Permission: 'WRITE_ACP' }] },
  ]) {
    assert.equal(await put(logging(wrong)), 'MalformedXML', JSON.stringify(wrong));
  }
  const anna = (await user('anna')).client;
  assert.equal(await outcome(configure(anna, logging())), 'AccessDenied', 'it is not her bucket');
  assert.equal(await outcome(configure(root, logging(), 'nothing-here')), 'NoSuchBucket');
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
  await root.send(new PutBucketOwnershipControlsCommand({ Bucket: target, OwnershipControls }));
  const TargetGrants = [{ Grantee: { Type: 'CanonicalUser', ID: account }, Permission: 'READ' }];
  assert.equal(await put(logging({ TargetGrants })), 'AccessControlListNotSupported');
});

test('requests to a bucket are told in the target bucket, each in a line of 27 fields', async (t) => {
  const { root, user } = await started(t);
  await letIn(root, policyFor(fromLogged));
  const { client: anna } = await user('anna');
  const TargetGrants = [
    { Grantee: { Type: 'CanonicalUser' as const, ID: 'anna' }, Permission: 'READ' as const },
  ];
  await configure(root, logging({ TargetGrants }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'a b/ü', Body: 'hello' }));
  const { Body } = await root.send(new GetObjectCommand({ Bucket, Key: 'a b/ü', Range: 'bytes=1-2' }));
  await Body!.transformToString();
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key: 'a b/ü' }))), 'AccessDenied');
  await outcome(root.send(new GetObjectCommand({ Bucket, Key: 'nothing' })));
  const { keys, lines } = await delivered(root, 5);
  for (const key of keys) assert.match(key, /^log\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/);
  const records = lines.map((line) => line.match(/"[^"]*"|\[[^\]]*\]|\S+/g)!);
  for (const fields of records) {
    assert.equal(fields.length, 27, fields.join(' '));
    assert.deepEqual([fields[0], fields[1]], [account, Bucket]);
    assert.match(fields[2]!, /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\]$/);
    assert.equal(fields[3], '127.0.0.1');
  }
  const told = records.map((fields) =>
    [4, 6, 7, 9, 10, 11, 12, 19, 21].map((index) => fields[index]).join(' '),
  );
  assert.deepEqual(told.toSorted(), [
    `${account} REST.GET.OBJECT a%20b/%C3%BC 206 - 2 5 SigV4 AuthHeader`,
    `${account} REST.GET.OBJECT nothing 404 NoSuchKey ${records.find(([, , , , , , , key]) => key === 'nothing')![11]} - SigV4 AuthHeader`,
    `${account} REST.PUT.LOGGING_STATUS - 200 - - - SigV4 AuthHeader`,
    `${account} REST.PUT.OBJECT a%20b/%C3%BC 200 - - 5 SigV4 AuthHeader`,
    `arn:aws:iam::${account}:user/anna REST.GET.OBJECT a%20b/%C3%BC 403 AccessDenied ${records.find(([, , , , who]) => who!.endsWith('anna'))![11]} - SigV4 AuthHeader`,
  ]);
  const acl = await root.send(new GetObjectAclCommand({ Bucket: target, Key: keys[0]! }));
  const grantees = acl.Grants?.map(({ Grantee, Permission }) => `${Grantee?.ID} ${Permission}`);
  assert.deepEqual(grantees, [`${account} FULL_CONTROL`, 'anna READ']);
});

test('what clients choose ends neither a field nor a line, and signatures are not told', async (t) => {
  const { root, port } = await started(t);
  await letIn(root, policyFor(fromLogged));
  await configure(root, logging());
  const query = 'X-Amz-Signature=secret&x=1&X-Amz-Security-Token=secret';
  const headers = { 'user-agent': 'agent " 200 - \\ x', referer: 'http://a/ü"' };
  await fetch(`http://127.0.0.1:${port}/${Bucket}/k%0Aowner%20forged?${query}`, {
    headers: { ...headers, referer: 'http://a/%22"' },
  });
  const { lines } = await delivered(root, 2);
  const line = lines.find((each) => each.includes('owner'))!;
  assert.equal(lines.length, 2);
  assert(line.includes(' k%0Aowner%20forged '), line);
  assert(line.includes('"agent %22 200 - %5C x"'), line);
  assert(!line.includes('secret'), line);
  assert.match(line, /X-Amz-Signature=-&x=1&X-Amz-Security-Token=- HTTP/);
});

test('a log that goes into its own bucket tells requests, not its deliveries', async (t) => {
  const { root } = await started(t);
  await letIn(root, policyFor({}));
  await configure(root, logging(), target);
  const { keys } = await delivered(root, 1);
  const listed = () => root.send(new ListObjectsV2Command({ Bucket: target, Prefix: 'log/' }));
  const tells = async (Key: string) => {
    const { Body } = await root.send(new GetObjectCommand({ Bucket: target, Key }));
    return Body!.transformToString();
  };
  for (const { Key } of (await listed()).Contents ?? []) {
    assert.doesNotMatch(await tells(Key!), /REST\.PUT\.OBJECT/);
  }
  assert(keys.length > 0);
});

test('the list of the target lets the service in too', async (t) => {
  const { root } = await started(t);
  await root.send(
    new PutBucketAclCommand({
      Bucket: target,
      GrantWrite: 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"',
    }),
  );
  await configure(root, logging());
  await delivered(root, 1);
  await root.send(new PutBucketAclCommand({ Bucket: target, ACL: 'private' }));
  assert.equal(await outcome(configure(root, logging())), 'AccessDenied');
});

test('what a policy denies below the prefix is not delivered', async (t) => {
  const { root, metrics } = await started(t);
  const allowed = policyFor(fromLogged, `${target}/log/`);
  await letIn(root, allowed);
  await configure(root, logging());
  await delivered(root, 1);
  const { Statement, ...rest } = JSON.parse(allowed) as { Statement: object };
  const denial = { ...Statement, Effect: 'Deny', Principal: '*', Resource: `arn:aws:s3:::${target}/log/2*` };
  await letIn(root, JSON.stringify({ ...rest, Statement: [Statement, denial] }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));
  const counted = /cairn_s3_access_log_records_total\{result="(\w+)"\} (\d+)/g;
  const results = () => Object.fromEntries([...metrics().matchAll(counted)].map(([, name, n]) => [name, n]));
  while (Number(results().delivered) + Number(results().dropped ?? 0) < 2)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(results(), { delivered: '1', dropped: '1' });
});

test('a list lets in the logs of buckets of the same owner only', async (t) => {
  const { root, user } = await started(t);
  const GrantWrite = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"';
  await root.send(new PutBucketAclCommand({ Bucket: target, GrantWrite }));
  const { client: anna } = await user('anna');
  await anna.send(new CreateBucketCommand({ Bucket: 'annas' }));
  assert.equal(await outcome(configure(anna, logging(), 'annas')), 'AccessDenied');
  await letIn(root, policyFor({ ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::annas' } }));
  assert.equal(await outcome(configure(anna, logging(), 'annas')), 'done');
});

test('names of objects have the day of the requests where that is asked for', async (t) => {
  const { root } = await started(t);
  await letIn(root, policyFor(fromLogged));
  const byDay = { PartitionedPrefix: { PartitionDateSource: 'EventTime' as const } };
  await configure(root, logging({ TargetObjectKeyFormat: byDay }));
  const [key = ''] = (await delivered(root, 1)).keys;
  const day = new Date().toISOString().slice(0, 10);
  const folder = `log/${account}/us-east-1/${Bucket}/${day.replaceAll('-', '/')}/`;
  assert(key.startsWith(`${folder}${day}-00-00-00-`), key);
});

test('a log is dropped and counted when its target lets nobody in any more', async (t) => {
  const { root, metrics } = await started(t);
  await letIn(root, policyFor(fromLogged));
  await configure(root, logging());
  await delivered(root, 1);
  await root.send(new DeleteBucketPolicyCommand({ Bucket: target }));
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
  const counted = (line: string) => metrics().split('\n').includes(line);
  const dropped = 'cairn_s3_access_log_records_total{result="dropped"} 1';
  while (!counted(dropped)) await new Promise((resolve) => setImmediate(resolve));
  assert(counted('cairn_s3_access_log_records_total{result="delivered"} 1'));
});

test('what waits is delivered at a clean stop', async (t) => {
  const { root, metrics, stop } = await started(t, { logDeliveryMs: 3_600_000 });
  await letIn(root, policyFor(fromLogged));
  await configure(root, logging());
  await root.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
  assert.doesNotMatch(metrics(), /access_log_records_total\{/);
  await stop();
  assert(metrics().split('\n').includes('cairn_s3_access_log_records_total{result="delivered"} 2'));
});

test('the last requests to a bucket that is deleted are told too', async (t) => {
  const { root } = await started(t, { logDeliveryMs: 2_000 });
  await letIn(root, policyFor(fromLogged));
  await configure(root, logging());
  await root.send(new DeleteBucketCommand({ Bucket }));
  assert.match((await delivered(root, 1)).lines.join('\n'), /REST\.PUT\.LOGGING_STATUS/);
});
