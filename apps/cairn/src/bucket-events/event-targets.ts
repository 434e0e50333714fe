// What the ARNs of bucket notifications mean here, and how an event looks there.
//
//   arn:aws:sqs:REGION:ACCOUNT:QUEUE    the queue of that name
//   arn:aws:sns:REGION:ACCOUNT:TOPIC    the Kafka topic of that name
//
// A message is {"Records": [one record]}, as Amazon sends it; a topic's has the key BUCKET/KEY, so that what happens to an
// object stays in its order.

import { createHash } from 'node:crypto';
import type { EventRecord } from '@cairn/object-storage';

export type EventTarget = { readonly kind: 'queue' | 'topic'; readonly name: string };

const kinds: Readonly<Record<string, EventTarget['kind']>> = { sqs: 'queue', sns: 'topic' };

/** Undefined for what is no queue or topic of this place. */
export function eventTarget(
  arn: string,
  { region, account }: { region: string; account: string },
): EventTarget | undefined {
  const [, service = '', itsRegion, itsAccount, name] =
    /^arn:aws:(sqs|sns):([^:]*):([^:]*):([^:]+)$/.exec(arn) ?? [];
  const kind = kinds[service];
  if (kind === undefined || name === undefined) return undefined;
  return itsRegion === region && itsAccount === account ? { kind, name } : undefined;
}

export function messageText(record: EventRecord): string {
  return JSON.stringify({ Records: [record] });
}

/** Of a record in a topic. */
export function recordKey({ s3 }: EventRecord): string {
  const key = new URLSearchParams(`key=${s3.object.key}`).get('key')!;
  return `${s3.bucket.name}/${key}`;
}

/** Of a message in a FIFO queue: what SQS allows as the name of a group has 128 characters at most, a key more. */
export function messageGroup({ s3 }: EventRecord): string {
  const { bucket, object } = s3;
  const whole = `${bucket.name}/${object.key}`;
  if (whole.length <= groupCharactersMax) return whole;
  return `${bucket.name}/${createHash('sha256').update(object.key).digest('hex')}`;
}

const groupCharactersMax = 128;
