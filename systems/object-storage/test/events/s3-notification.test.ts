// Notifications of buckets by Amazon's client, delivered to webhooks.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketNotificationConfigurationCommand,
  type LambdaFunctionConfiguration,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { EventSink, TestEvent } from '../../src/events/event-sink.ts';
import { outcome } from '../access/outcomes.ts';
import { startS3WithUsers } from '../access/s3-with-users.ts';
import { arnOf, startS3WithWebhooks } from './webhook-endpoint.ts';
import { startReceiver } from './webhook-receiver.ts';

const Bucket = 'told';
const everything = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*', 's3:ObjectAcl:Put'];

const to = (name: string, more: Partial<LambdaFunctionConfiguration> = {}): LambdaFunctionConfiguration => ({
  ...{ Id: name, LambdaFunctionArn: arnOf(name), Events: everything as never },
  ...more,
});
const prefix = (Value: string): Partial<LambdaFunctionConfiguration> => ({
  Filter: { Key: { FilterRules: [{ Name: 'prefix', Value }] } },
});
const notify = (client: S3Client, NotificationConfiguration: NotificationConfiguration) =>
  client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
const put = (client: S3Client, Key: string) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));

async function toldBucket(t: TestContext) {
  const hook = await startReceiver(t);
  const other = await startReceiver(t);
  const s3 = await startS3WithWebhooks(t, { hook, other });
  await s3.root.send(new CreateBucketCommand({ Bucket }));
  return { ...s3, hook, other };
}

test('a configuration is put, got back and taken away', async (t) => {
  const { root } = await toldBucket(t);
  const get = async () => {
    const { $metadata: _, ...found } = await root.send(
      new GetBucketNotificationConfigurationCommand({ Bucket }),
    );
    return found;
  };
  assert.deepEqual(await get(), {});
  const LambdaFunctionConfigurations = [
    to('hook', { Filter: { Key: { FilterRules: [{ Name: 'suffix', Value: '.jpg' }] } } }),
    to('other', { Filter: { Key: { FilterRules: [{ Name: 'suffix', Value: '.png' }] } } }),
  ];
  await notify(root, { LambdaFunctionConfigurations });
  assert.deepEqual(await get(), { LambdaFunctionConfigurations });
  await notify(root, {});
  assert.deepEqual(await get(), {});
});

test('a target that is not there is refused by name, unless nobody shall look', async (t) => {
  const { root } = await toldBucket(t);
  const configuration = {
    LambdaFunctionConfigurations: [to('hook', prefix('a')), to('none', prefix('b'))],
    QueueConfigurations: [{ ...to('q', prefix('c')), QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q' }],
  };
  const refused = notify(root, configuration);
  await assert.rejects(refused, (error: Error & Record<string, unknown>) => {
    assert.equal(error.name, 'InvalidArgument');
    assert.equal(error.message, 'Unable to validate the following destination configurations');
    assert.deepEqual(
      [error.ArgumentName1, error.ArgumentName2],
      [configuration.QueueConfigurations[0]!.QueueArn, arnOf('none')],
    );
    return true;
  });
  const bridge = notify(root, { EventBridgeConfiguration: {} });
  assert.match(await outcome(bridge), /NotImplemented/);
  await root.send(
    new PutBucketNotificationConfigurationCommand({
      ...{ Bucket, NotificationConfiguration: configuration },
      SkipDestinationValidation: true,
    }),
  );
});

test('what every operation does is told, with who did it, in which request', async (t) => {
  const { root, hook, url } = await toldBucket(t);
  await notify(root, { LambdaFunctionConfigurations: [to('hook')] });
  const { $metadata, ETag } = await put(root, 'a b');
  await root.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a%20b` }));
  const upload = { Bucket, Key: 'parts' };
  const { UploadId } = await root.send(new CreateMultipartUploadCommand(upload));
  const part = await root.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  await root.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  const aborted = await root.send(new CreateMultipartUploadCommand(upload));
  await root.send(new AbortMultipartUploadCommand({ ...upload, UploadId: aborted.UploadId }));
  const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
  await root.send(new PutObjectTaggingCommand({ Bucket, Key: 'copy', Tagging }));
  await root.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'copy' }));
  await root.send(new PutObjectAclCommand({ Bucket, Key: 'copy', ACL: 'public-read' }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    },
  });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const form = new FormData();
  form.append('key', 'form');
  form.append('file', new Blob(['x']));
  assert.equal((await fetch(`${url}/${Bucket}`, { method: 'POST', body: form })).status, 204);
  await root.send(new DeleteObjectCommand({ Bucket, Key: 'copy' }));
  const Objects = [{ Key: 'parts' }, { Key: 'never' }, { Key: 'form' }];
  await root.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  await hook.took(10);
  assert.deepEqual(hook.taken, [
    'ObjectCreated:Put a+b',
    'ObjectCreated:Copy copy',
    'ObjectCreated:CompleteMultipartUpload parts',
    'ObjectTagging:Put copy',
    'ObjectTagging:Delete copy',
    'ObjectAcl:Put copy',
    'ObjectCreated:Post form',
    'ObjectRemoved:Delete copy',
    'ObjectRemoved:Delete parts',
    'ObjectRemoved:Delete form',
  ]);
  const [record] = hook.requests[0]!.records;
  assert.equal(record!.userIdentity.principalId, 'AWS:000000000000');
  assert.equal(record!.requestParameters.sourceIPAddress, '127.0.0.1');
  assert.equal(record!.responseElements['x-amz-request-id'], $metadata.requestId);
  assert.equal(record!.responseElements['x-amz-id-2'], $metadata.extendedRequestId);
  assert.equal(`"${record!.s3.object.eTag}"`, ETag);
  assert.equal(record!.s3.configurationId, 'hook');
});

test('a delete marker and the versions behind it are told by their ids', async (t) => {
  const { root, hook } = await toldBucket(t);
  await notify(root, { LambdaFunctionConfigurations: [to('hook')] });
  await root.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const { VersionId } = await put(root, 'a');
  const marker = await root.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await root.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
  await hook.took(3);
  const records = hook.requests.flatMap((request) => request.records);
  assert.deepEqual(
    records.map(({ eventName, s3 }) => [eventName, s3.object.versionId]),
    [
      ['ObjectCreated:Put', VersionId],
      ['ObjectRemoved:DeleteMarkerCreated', marker.VersionId],
      ['ObjectRemoved:Delete', VersionId],
    ],
  );
});

test('a receiver that fails gets everything later, in its order, and holds back nobody else', async (t) => {
  const { root, hook, other } = await toldBucket(t);
  await notify(root, {
    LambdaFunctionConfigurations: [to('hook', prefix('a/')), to('other', prefix('b/'))],
  });
  let refusals = 0;
  hook.answer = (response) => {
    if (refusals++ === 0) response.writeHead(503).end();
    else if (refusals === 2) response.socket?.destroy();
    else response.end();
  };
  const keys = ['a/1', 'b/1', 'a/2', 'b/2', 'a/1', 'b/1'];
  for (const key of keys) await put(root, key);
  await other.took(3);
  assert(hook.taken.length === 0, 'the other one waited');
  await hook.took(3);
  assert.deepEqual(
    hook.taken,
    ['a%2F1', 'a%2F2', 'a%2F1'].map((key) => `ObjectCreated:Put ${key}`),
  );
  assert.deepEqual(
    other.taken,
    ['b%2F1', 'b%2F2', 'b%2F1'].map((key) => `ObjectCreated:Put ${key}`),
  );
});

test('who may not configure a bucket gets and puts no notifications', async (t) => {
  const { root, user } = await toldBucket(t);
  const { client } = await user('mallory');
  assert.match(await outcome(notify(client, {})), /AccessDenied/);
  const get = client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.match(await outcome(get), /AccessDenied/);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:user/mallory' } },
      ...{ Action: ['s3:GetBucketNotification', 's3:PutBucketNotification'] },
      Resource: `arn:aws:s3:::${Bucket}`,
    },
  });
  await root.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await notify(client, { LambdaFunctionConfigurations: [to('hook')] });
});

test('a target is asked whether it may be had, and takes a test event, before anything is kept', async (t) => {
  const told: [string, TestEvent][] = [];
  const [taking, refusing, forbidden] = ['taking', 'refusing', 'forbidden'].map(
    (name) => `arn:aws:sqs:us-east-1:000000000000:${name}`,
  ) as [string, string, string];
  const sink: EventSink = {
    accepts: () => true,
    allows: (target, { bucket, principal }) =>
      target !== forbidden && bucket === Bucket && principal.type === 'root',
    test: async (target, event) => {
      if (target === refusing) throw new Error('it is full');
      told.push([target, event]);
    },
    deliver: async () => {},
  };
  const { root } = await startS3WithUsers(t, { events: { sinks: [sink] } });
  await root.send(new CreateBucketCommand({ Bucket }));
  const queue = (QueueArn: string) => ({
    QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*' as const] }],
  });
  const refused = async (QueueArn: string, why: RegExp, more: object = {}) =>
    assert.rejects(
      root.send(
        new PutBucketNotificationConfigurationCommand({
          ...{ Bucket, NotificationConfiguration: queue(QueueArn), ...more },
        }),
      ),
      (error: Error & Record<string, unknown>) => {
        assert.deepEqual([error.name, error.ArgumentName1], ['InvalidArgument', QueueArn]);
        assert.match(String(error.ArgumentValue1), why);
        return true;
      },
    );
  await refused(refusing, /did not take a test event/);
  await refused(forbidden, /Permissions on the destination/);
  await refused(forbidden, /Permissions on the destination/, { SkipDestinationValidation: true });
  assert.equal(told.length, 0, 'nobody was told');
  const { $metadata } = await notify(root, queue(taking));
  const [target, { Time, ...event }] = told[0]!;
  assert.equal(target, taking);
  assert.deepEqual(event, {
    ...{ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket },
    ...{ RequestId: $metadata.requestId, HostId: $metadata.extendedRequestId },
  });
  assert(Math.abs(Date.parse(Time) - Date.now()) < 60_000);
});
