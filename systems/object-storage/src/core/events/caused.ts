// Who caused a change, for the event that tells of it. Most buckets have no events: then nobody is asked.

import type { ChangeOrigin } from '../../events/event-record.ts';
import { notificationDocument } from '../../events/notification-rules.ts';
import type { CoreParts } from '../parts.ts';

/** A request that changes objects. */
export type Caused = {
  /** Asked when the bucket has notifications, at most once. Absent when no request is behind it. */
  readonly origin?: (() => ChangeOrigin) | undefined;
};

/**
 * By what is remembered of the bucket, which is never older than the last change that was acknowledged here; where other
 * processes configure buckets too, events of the first two seconds may lack their origin. Whether there is an event at all
 * is decided in the transaction.
 */
export function originOf(
  { configurations }: Pick<CoreParts, 'configurations'>,
  { bucket, origin }: Caused & { readonly bucket: string },
): ChangeOrigin | undefined {
  if (origin === undefined) return undefined;
  const known = configurations.get(bucket);
  if (!(known instanceof Promise)) {
    return known.documents[notificationDocument] === undefined ? undefined : origin();
  }
  known.catch(() => {}); // The change itself will say that there is no such bucket.
  return origin();
}
