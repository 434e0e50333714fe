// An event as its targets see it: Amazon's event record.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

import { type EventName, eventVersionOf } from './event-names.ts';

/** Who caused an event, as a request said. */
export type ChangeOrigin = {
  /** A canonical id. */
  readonly principal: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly hostId: string;
};

/** What an event is about, and all that its record needs besides where this store is. */
export type StoredEvent = {
  readonly event: EventName;
  readonly bucket: string;
  /** Of the bucket. */
  readonly owner: string;
  readonly key: string;
  /** Of the rule that asked for it. */
  readonly rule: string;
  readonly atMs: number;
  /** Of what is there now; not of what was removed. */
  readonly sizeBytes?: number | undefined;
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
  /** Absent when no request caused it: the storage itself did, or a system in its process. */
  readonly origin?: ChangeOrigin | undefined;
};

export type EventRecord = {
  readonly eventVersion: string;
  readonly eventSource: 'aws:s3';
  readonly awsRegion: string;
  readonly eventTime: string;
  readonly eventName: EventName;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: { readonly 'x-amz-request-id': string; readonly 'x-amz-id-2': string };
  readonly s3: {
    readonly s3SchemaVersion: '1.0';
    readonly configurationId: string;
    readonly bucket: {
      readonly name: string;
      readonly ownerIdentity: { readonly principalId: string };
      readonly arn: string;
    };
    readonly object: {
      /** As in a form: percent-encoded, with `+` for blanks. */
      readonly key: string;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      /** Of two events of one key the later has the greater one, as text. */
      readonly sequencer: string;
    };
  };
};

/** Amazon's name for itself, where it acted by itself. */
const service = 's3.amazonaws.com';
/** Of 2^53 - 1. */
const sequencerDigits = 14;

export function eventRecord(
  stored: StoredEvent,
  { sequence, region }: { sequence: number; region: string },
): EventRecord {
  const { event, bucket, owner, key, origin, sizeBytes, etag, versionId } = stored;
  return {
    eventVersion: eventVersionOf(event),
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(stored.atMs).toISOString(),
    eventName: event,
    userIdentity: { principalId: origin === undefined ? service : `AWS:${origin.principal}` },
    requestParameters: { sourceIPAddress: origin?.sourceIp ?? service },
    responseElements: { 'x-amz-request-id': origin?.requestId ?? '', 'x-amz-id-2': origin?.hostId ?? '' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: stored.rule,
      bucket: { name: bucket, ownerIdentity: { principalId: owner }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: formEncoded(key),
        ...(sizeBytes !== undefined && { size: sizeBytes }),
        ...(etag !== undefined && { eTag: etag }),
        ...(versionId !== undefined && { versionId }),
        sequencer: sequence.toString(16).toUpperCase().padStart(sequencerDigits, '0'),
      },
    },
  };
}

function formEncoded(key: string): string {
  return new URLSearchParams({ key }).toString().slice('key='.length);
}
