// Where the example finds Cairn, and what it made there. Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as
// for every client of Amazon's.

import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';

const { S3_URL = 'http://127.0.0.1:9000', SQS_URL = 'http://127.0.0.1:9324' } = process.env;
/** How long a worker may be silent about a video before another gets it. */
const { VISIBILITY_SECONDS = '30' } = process.env;
export const visibilitySeconds = Number(VISIBILITY_SECONDS);
/** So often is a video tried that no worker gets to an end with. */
const attempts = 3;

const region = 'us-east-1';
export const s3 = new S3Client({ endpoint: S3_URL, region, forcePathStyle: true });
export const sqs = new SQSClient({ endpoint: SQS_URL, region });

export const uploads = 'video-uploads';
export const encoded = 'video-encoded';

/** Makes buckets and queue, and lets uploads tell the queue; may be repeated. Gives the queue's URL. */
export async function prepare(): Promise<string> {
  for (const Bucket of [uploads, encoded]) await s3.send(new CreateBucketCommand({ Bucket }));
  // Not needed: it shows that nothing is ever stored twice.
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: encoded, VersioningConfiguration }));
  const failed = await queue('videos-that-failed');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: failed.arn, maxReceiveCount: attempts });
  const waiting = await queue('videos-to-encode', { VisibilityTimeout: VISIBILITY_SECONDS, RedrivePolicy });
  const rule = { QueueArn: waiting.arn, Events: ['s3:ObjectCreated:*' as const] };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: uploads,
      NotificationConfiguration: { QueueConfigurations: [rule] },
    }),
  );
  return waiting.url;
}

async function queue(QueueName: string, Attributes: Readonly<Record<string, string>> = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const asked = { QueueUrl, AttributeNames: ['QueueArn' as const] };
  const found = await sqs.send(new GetQueueAttributesCommand(asked));
  return { url: QueueUrl!, arn: found.Attributes!.QueueArn! };
}
