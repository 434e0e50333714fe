// An S3 endpoint whose events go to receivers, by the names of webhooks.

import type { TestContext } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { webhookSink } from '../../src/events/webhook-sink.ts';
import { type S3WithUsers, startS3WithUsers } from '../access/s3-with-users.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

const place = { region: 'us-east-1', account: '000000000000' };

export function arnOf(name: string): string {
  return `arn:aws:lambda:${place.region}:${place.account}:function:${name}`;
}

export function sinkTo(receivers: Readonly<Record<string, Pick<WebhookReceiver, 'url'>>>) {
  const webhooks = Object.entries(receivers).map(([name, { url }]) => [name, { url, timeoutMs: 1_000 }]);
  return webhookSink({ ...place, webhooks: Object.fromEntries(webhooks), clock: realWorld().clock });
}

export function startS3WithWebhooks(
  t: TestContext,
  receivers: Readonly<Record<string, Pick<WebhookReceiver, 'url'>>>,
): Promise<S3WithUsers> {
  return startS3WithUsers(t, { events: { sinks: [sinkTo(receivers)] } });
}
