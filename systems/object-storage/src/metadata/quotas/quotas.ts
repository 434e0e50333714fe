// Setting quotas, of buckets and of users, and counting what they bound.
//
// A user's quota bounds all buckets that he owns together; each of them is metered for it, those that are made later from
// their start.

import type { Transaction } from '@cairn/engines';
import {
  type BucketRow,
  bucketById,
  findBucket,
  intactBucket,
  setMetered,
  storedBucket,
} from '../buckets.ts';
import { isIntact } from '../row-checksums.ts';
import { statement } from '../tables.ts';
import { measurePage } from './measure.ts';
import { addToUsage, addToUser, sumOf } from './metering.ts';
import {
  type BucketUsageRow,
  bucketUsage,
  type Counters,
  forgetBucketUsage,
  forgetUserUsage,
  keepBucketUsage,
  keepUserUsage,
  type Limits,
  storedUsage,
  type UserUsageRow,
} from './usage-rows.ts';

const selectBucketsOf = statement({ owner: 'text' }, (db, p) =>
  db.selectFrom('bucket').selectAll().where('owner', '=', p.owner).orderBy('name'),
);
const selectUncounted = statement({ behind: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('bucket_usage')
    .selectAll()
    .where('counted_to', 'is not', null)
    .where('bucket', '>', p.behind)
    .orderBy('bucket')
    .limit(p.limit),
);

const nothing: Counters = { bytes: 0, objects: 0 };
const unlimited: Limits = { bytes_max: null, objects_max: null };

/** Null limits take the quota away. */
export function* setBucketQuota(input: {
  bucket: string;
  limits: Limits | null;
}): Transaction<'set' | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const metered = input.limits !== null || (yield* storedUsage.ofUser(bucket.owner)) !== undefined;
  if (metered) yield* meter(bucket, input.limits ?? unlimited);
  else yield* stopMetering(bucket);
  yield* sumUpUser(bucket.owner);
  return 'set';
}

/** A count that begins anew takes what it counted before from the user's. */
function* sumUpUser(owner: string): Transaction<void> {
  const row = yield* storedUsage.ofUser(owner);
  if (row === undefined) return;
  const counted: Counters[] = [];
  for (const { id } of yield* selectBucketsOf.all({ owner })) {
    counted.push((yield* storedUsage.ofBucket(id)) ?? nothing);
  }
  yield* keepUserUsage({ ...row, ...sumOf(counted) });
}

export function* setUserQuota(input: { owner: string; limits: Limits | null }): Transaction<void> {
  const { owner, limits } = input;
  const buckets = (yield* selectBucketsOf.all({ owner })).map(intactBucket);
  if (limits === null) yield* forgetUserUsage(owner);
  const counted: Counters[] = [];
  for (const bucket of buckets) {
    const row = yield* bucketUsage(bucket.id);
    if (limits !== null) counted.push(yield* meter(bucket, row ?? unlimited));
    else if (row === undefined || (row.bytes_max === null && row.objects_max === null))
      yield* stopMetering(bucket);
  }
  if (limits !== null) yield* keepUserUsage({ owner, ...sumOf(counted), ...limits });
}

/** A bucket that was made just now, by somebody who may have a quota. */
export function* meterNewBucket(bucket: BucketRow): Transaction<BucketRow> {
  if ((yield* storedUsage.ofUser(bucket.owner)) === undefined) return bucket;
  yield* keepBucketUsage({ bucket: bucket.id, ...nothing, ...unlimited, counted_to: null });
  return yield* setMetered(bucket, true);
}

/** A bucket that is about to go. */
export function* forgetMetered(bucket: BucketRow): Transaction<void> {
  const row = yield* storedUsage.ofBucket(bucket.id);
  if (row !== undefined && isIntact.bucketUsage(row))
    yield* addToUser(bucket.owner, { bytes: -row.bytes, objects: -row.objects });
  yield* forgetBucketUsage(bucket.id);
}

/** What is counted of it so far. What was counted before stays counted, unless its row rotted. */
function* meter(bucket: BucketRow, { bytes_max, objects_max }: Limits): Transaction<Counters> {
  const row = yield* storedUsage.ofBucket(bucket.id);
  const sound = row !== undefined && isIntact.bucketUsage(row);
  const known = sound ? row : { ...nothing, counted_to: '' };
  const { bytes, objects, counted_to } = known;
  yield* keepBucketUsage({ bucket: bucket.id, bytes, objects, counted_to, bytes_max, objects_max });
  if (bucket.metered === null) yield* setMetered(bucket, true);
  return { bytes, objects };
}

function* stopMetering(bucket: BucketRow): Transaction<void> {
  yield* forgetBucketUsage(bucket.id);
  if (bucket.metered !== null) yield* setMetered(bucket, false);
}

/** Whether a count goes on. */
export function* isCounting(_input: Record<string, never>): Transaction<boolean> {
  return (yield* firstUncounted()) !== undefined;
}

/** What rotted waits for its repair, or for the quota to be set again, and keeps nothing behind it from being counted. */
function* firstUncounted(): Transaction<BucketUsageRow | undefined> {
  for (let behind = -1; ; ) {
    const row = yield* selectUncounted.first({ behind, limit: 1 });
    if (row === undefined || (yield* isSound(row))) return row;
    behind = row.bucket;
  }
}

/** With all the rows that counting it reads and writes. */
function* isSound(row: BucketUsageRow): Transaction<boolean> {
  if (!isIntact.bucketUsage(row)) return false;
  const bucket = yield* storedBucket(row.bucket);
  if (bucket === undefined) return true;
  const user = yield* storedUsage.ofUser(bucket.owner);
  return isIntact.bucket(bucket) && (user === undefined || isIntact.userUsage(user));
}

/** Counts one page of a bucket that is not counted yet. */
export function* countPage(input: { limit: number }): Transaction<'more' | 'done'> {
  const row = yield* firstUncounted();
  if (row === undefined) return 'done';
  const bucket = yield* bucketById(row);
  if (bucket === undefined) yield* forgetBucketUsage(row.bucket);
  else yield* countOn(bucket, row, input.limit);
  return 'more';
}

function* countOn(bucket: BucketRow, row: BucketUsageRow, limit: number): Transaction<void> {
  const { usage, through } = yield* measurePage({ bucket: bucket.id, after: row.counted_to ?? '', limit });
  yield* addToUsage(bucket, {
    bytes: usage.bytes + usage.noncurrentBytes + usage.uploadBytes,
    objects: usage.objects + usage.noncurrentVersions,
  });
  const counted = yield* storedUsage.ofBucket(bucket.id);
  yield* keepBucketUsage({ ...counted!, counted_to: through ?? null });
}

export type QuotaState = Counters & Limits & { readonly counted: boolean };

export function* findBucketQuota(input: { bucket: string }): Transaction<QuotaState | 'NoSuchBucket' | null> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  if (bucket.metered === null) return null;
  const row = yield* storedUsage.ofBucket(bucket.id);
  return row === undefined ? null : stateOf(row, row.counted_to === null);
}

export function* findUserQuota(input: { owner: string }): Transaction<QuotaState | null> {
  const row = yield* storedUsage.ofUser(input.owner);
  if (row === undefined) return null;
  const buckets = yield* selectBucketsOf.all({ owner: input.owner });
  let counted = true;
  for (const { id } of buckets) counted &&= (yield* storedUsage.ofBucket(id))?.counted_to === null;
  return stateOf(row, counted);
}

function stateOf(row: BucketUsageRow | UserUsageRow, counted: boolean): QuotaState {
  const { bytes, objects, bytes_max, objects_max } = row;
  return { bytes, objects, bytes_max, objects_max, counted };
}
