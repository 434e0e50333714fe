// What a bucket's logging configuration says, and how the objects are called that its log is delivered in.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html

import type { BucketConfiguration, Grant } from '../../core/object-storage.ts';
import { documentOf } from '../access/documents.ts';

export type LoggingRules = {
  readonly targetBucket: string;
  readonly targetPrefix: string;
  readonly keyFormat: LogKeyFormat;
  /** Who besides the owner of the target may do what with a delivered object. */
  readonly grants: readonly Grant[];
};
export const partitionDateSources = ['EventTime', 'DeliveryTime'] as const;
export type LogKeyFormat =
  | { readonly kind: 'simple' }
  | { readonly kind: 'partitioned'; readonly dateSource: (typeof partitionDateSources)[number] };

const known = new WeakMap<BucketConfiguration, LoggingRules>();

/** Parsed once for each state of a configuration; undefined for a bucket whose requests are not logged. */
export function loggingRulesOf(configuration: BucketConfiguration): LoggingRules | undefined {
  if (configuration.documents.logging === undefined) return undefined;
  let rules = known.get(configuration);
  if (rules === undefined) {
    rules = documentOf(configuration, 'logging')!;
    known.set(configuration, rules);
  }
  return rules;
}

/**
 *   simple        PREFIX YYYY-MM-DD-hh-mm-ss-UNIQUE                                        of the delivery
 *   partitioned   PREFIX ACCOUNT/REGION/BUCKET/YYYY/MM/DD/YYYY-MM-DD-hh-mm-ss-UNIQUE       of the delivery, or of the events'
 *                                                                                          day, at midnight
 */
export function logObjectKey(
  { targetPrefix, keyFormat }: LoggingRules,
  log: {
    readonly bucket: string;
    readonly account: string;
    readonly region: string;
    /** Of the records in it, where they are told apart by their day. */
    readonly day: string | undefined;
    readonly nowMs: number;
    readonly unique: string;
  },
): string {
  const [date, time] =
    log.day === undefined ? new Date(log.nowMs).toISOString().split(/[T.]/) : [log.day, '00:00:00'];
  const name = `${date}-${time!.replaceAll(':', '-')}-${log.unique}`;
  if (keyFormat.kind === 'simple') return `${targetPrefix}${name}`;
  return `${targetPrefix}${log.account}/${log.region}/${log.bucket}/${date!.replaceAll('-', '/')}/${name}`;
}
