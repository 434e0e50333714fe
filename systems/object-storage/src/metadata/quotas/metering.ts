// What changes of objects do to the counters of quotas, in the transaction of the change, and whether quotas allow them.
// Only called for buckets that are metered.
//
// While a bucket is being counted, a change counts where its key was counted already; behind that the count will meet what
// the change left. So every row is counted once, whatever happens meanwhile.

import type { Transaction } from '@cairn/engines';
import type { BucketRow } from '../buckets.ts';
import {
  bucketUsage,
  type Counters,
  keepBucketUsage,
  keepUserUsage,
  type Limits,
  userUsage,
} from './usage-rows.ts';

/** What comes or goes under a key: bytes as clients see them, and versions that are no delete markers. */
export type UsageChange = Counters & { readonly key: string };
type Metered = Pick<BucketRow, 'id' | 'owner'>;

/** A version comes (1) or goes (-1). */
export function versionChange(
  { key, size }: { readonly key: string; readonly size: number },
  sign: 1 | -1,
): UsageChange {
  return { key, bytes: sign * size, objects: sign };
}

/** Parts of an unfinished upload come or go. */
export function partsChange(
  { key, parts }: { readonly key: string; readonly parts: readonly { readonly size: number }[] },
  sign: 1 | -1,
): UsageChange {
  return { key, bytes: sign * parts.reduce((sum, { size }) => sum + size, 0), objects: 0 };
}

export function* changeUsage(bucket: Metered, changes: readonly UsageChange[]): Transaction<void> {
  const row = yield* bucketUsage(bucket.id);
  if (row === undefined) return;
  const { counted_to } = row;
  const counted = counted_to === null ? changes : changes.filter(({ key }) => isUpTo(key, counted_to));
  yield* addToUsage(bucket, sumOf(counted));
}

/** Adds to a bucket's counters and to its owner's. */
export function* addToUsage(bucket: Metered, added: Counters): Transaction<void> {
  if (added.bytes === 0 && added.objects === 0) return;
  const row = yield* bucketUsage(bucket.id);
  if (row === undefined) return;
  yield* keepBucketUsage({ ...row, ...plus(row, added) });
  yield* addToUser(bucket.owner, added);
}

export function* addToUser(owner: string, added: Counters): Transaction<void> {
  const row = yield* userUsage(owner);
  if (row !== undefined) yield* keepUserUsage({ ...row, ...plus(row, added) });
}

/**
 * Whether these changes together grow something beyond its quota. What does not grow is never refused, so that those who
 * are over it can overwrite, rename, complete and delete.
 */
export function* exceedsQuota(bucket: Metered, changes: readonly UsageChange[]): Transaction<boolean> {
  const growth = sumOf(changes);
  if (growth.bytes <= 0 && growth.objects <= 0) return false;
  for (const row of [yield* bucketUsage(bucket.id), yield* userUsage(bucket.owner)]) {
    if (row !== undefined && isBeyond(row, growth)) return true;
  }
  return false;
}

function isBeyond(row: Counters & Limits, growth: Counters): boolean {
  const bytesFull = row.bytes_max !== null && growth.bytes > 0 && row.bytes + growth.bytes > row.bytes_max;
  const objectsFull =
    row.objects_max !== null && growth.objects > 0 && row.objects + growth.objects > row.objects_max;
  return bytesFull || objectsFull;
}

export function sumOf(changes: readonly Counters[]): Counters {
  return changes.reduce(plus, { bytes: 0, objects: 0 });
}

function plus(left: Counters, right: Counters): Counters {
  return { bytes: left.bytes + right.bytes, objects: left.objects + right.objects };
}

/** As the engines order keys: by their UTF-8 bytes. */
function isUpTo(key: string, last: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(last)) <= 0;
}
