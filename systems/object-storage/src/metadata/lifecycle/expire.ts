// Deletes, or gives another storage class, what a page of a lifecycle pass found, and notes how far the pass has come, in one transaction. Every candidate
// is decided again here, by the rules and the rows as they are now: what was overwritten, tagged anew or locked since it
// was read is left alone.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import {
  type Days,
  expiryOf,
  isMarkerDue,
  isNoncurrentDue,
  isUploadDue,
  noncurrentTransitionOf,
  transitionOf,
} from '../../lifecycle/due.ts';
import type { ActiveRules } from '../../lifecycle/lifecycle-rules.ts';
import { destinationsOf } from '../../replication/replication-rules.ts';
import { replicationOf } from '../../replication/replication-state.ts';
import { archiveClasses, type TransitionClass } from '../../transition/storage-classes.ts';
import { type BucketRow, findBucket } from '../buckets.ts';
import { deleteKey, deleteVersion, type Removal } from '../deletions.ts';
import { replicationOfBucket } from '../replication/add-replication.ts';
import { isIntact } from '../row-checksums.ts';
import { changeClass } from '../transition/change-class.ts';
import { addMovement } from '../transition/movements.ts';
import { dropUpload, selectUpload } from '../uploads.ts';
import { arrivedMs, shownVersionId } from '../version-order.ts';
import { selectObject, selectVersion, type VersionRow } from '../version-statements.ts';
import type { Occasion } from '../versions.ts';
import type { Candidate } from './find-expired.ts';
import { hasOlderVersion, newerVersions } from './newer-versions.ts';
import {
  findLifecycle,
  keepLifecycle,
  type LifecycleCounts,
  type LifecyclePass,
  type LifecycleState,
} from './passes.ts';
import { describe, rulesInForce } from './rules-in-force.ts';

export type ExpireInput = Occasion &
  Days & {
    readonly bucket: string;
    readonly bucketId: number;
    /** When the pass began that found them; of one that begins now, when the one before it did. */
    readonly startedMs: number;
    readonly candidates: readonly Candidate[];
    /** Storage classes that have a place of their own: what gets one of them is moved, by another worker. */
    readonly places: readonly StorageClass[];
    /** How far the pass is when they are gone. */
    readonly pass: LifecyclePass;
  };

type Outcome = keyof LifecycleCounts;
type Decision = Removal &
  Days &
  Pick<ExpireInput, 'places'> & { readonly bucket: BucketRow; readonly rules: ActiveRules };

/** `changed`: the rules are others now, or gone, or the bucket is; nothing happened. */
export function* expire(input: ExpireInput): Transaction<LifecycleState | 'changed'> {
  const bucket = yield* findBucket(input);
  const known = yield* findLifecycle(input.bucketId);
  if (bucket?.id !== input.bucketId || known?.startedMs !== input.startedMs) return 'changed';
  const rules = yield* rulesInForce(bucket.id);
  if (rules === undefined) return 'changed';
  const { nowMs, random, dayMs, places } = input;
  const counts: Record<Outcome, number> = { ...countsOf(known) };
  for (const candidate of input.candidates) {
    counts[yield* expireOne(candidate, { nowMs, random, dayMs, places, bucket, rules, expires: true })]++;
  }
  const state = { ...counts, ...input.pass };
  yield* keepLifecycle(bucket.id, state);
  return state;
}

function countsOf(state: LifecycleState): LifecycleCounts {
  const { expiredObjects, expiredVersions, removedMarkers, abortedUploads, transitions, skipped } = state;
  return { expiredObjects, expiredVersions, removedMarkers, abortedUploads, transitions, skipped };
}

function expireOne(candidate: Candidate, decision: Decision): Transaction<Outcome> {
  switch (candidate.stage) {
    case 'object':
      return expireObject(candidate.key, decision);
    case 'version':
      return expireVersion(candidate, decision);
    case 'upload':
      return abortUpload(candidate, decision);
  }
}

function* expireObject(key: string, decision: Decision): Transaction<Outcome> {
  const { bucket, rules, nowMs } = decision;
  const object = yield* selectObject.first({ bucket: bucket.id, key });
  // A rotten row may be younger than it says.
  if (object === undefined || !isIntact.version(object)) return 'skipped';
  if (yield* lacksReplica(object, bucket)) return 'skipped';
  const described = describe(object);
  const expiry = expiryOf(rules, described, decision);
  if (expiry === undefined || expiry.dueMs > nowMs) {
    const storageClass = transitionOf(rules, described, decision);
    return yield* transit({ ...object, isCurrent: true }, { storageClass, decision });
  }
  const wanted = { key, bypassGovernance: false };
  const deleted = yield* deleteKey({ bucket, key, object }, { wanted, occasion: decision });
  return typeof deleted === 'string' ? 'skipped' : 'expiredObjects';
}

/**
 * As at Amazon what is to be replicated, and is not at all of its destinations yet, is neither deleted nor moved by rules. What
 * failed at a destination that the bucket no longer has is not waited for.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
 */
function* lacksReplica({ attributes }: VersionRow, bucket: BucketRow): Transaction<boolean> {
  if (bucket.replicates === null) return false;
  const replication = replicationOf(attributes);
  if (replication === undefined || replication.replica) return false;
  const states = Object.entries(replication.to);
  if (states.some(([, { status }]) => status === 'PENDING')) return true;
  const failed = states.filter(([, { status }]) => status === 'FAILED');
  if (failed.length === 0) return false;
  const document = yield* replicationOfBucket(bucket);
  const destinations = document === undefined ? new Set<string>() : destinationsOf(document);
  return failed.some(([destination]) => destinations.has(destination));
}

function* expireVersion({ key, place }: Candidate, decision: Decision): Transaction<Outcome> {
  const { bucket } = decision;
  const row = yield* selectVersion.first({ bucket: bucket.id, key, version: place });
  if (row === undefined || !isIntact.version(row)) return 'skipped';
  if (yield* lacksReplica(row, bucket)) return 'skipped';
  const object = yield* selectObject.first({ bucket: bucket.id, key });
  const due = yield* dueOf(row, object, decision);
  if (due !== 'expires') return yield* transit({ ...row, isCurrent: false }, { storageClass: due, decision });
  const deleted = yield* deleteVersion(
    { bucket, key, object },
    { wanted: { key, versionId: shownVersionId(row), bypassGovernance: false }, occasion: decision },
  );
  if (typeof deleted === 'string') return 'skipped';
  return row.data === null ? 'removedMarkers' : 'expiredVersions';
}

/** A class when the version is to get that one; undefined when it stays as it is. */
function* dueOf(
  row: VersionRow,
  object: VersionRow | undefined,
  decision: Decision,
): Transaction<'expires' | TransitionClass | undefined> {
  const { bucket, key, version, modified_ms: modifiedMs } = row;
  const newer = yield* newerVersions({ bucket, key, version }, decision.rules);
  const successor = newer[0] ?? object;
  if (successor === undefined) {
    const alone = row.data === null && !(yield* hasOlderVersion({ bucket, key, version }));
    return alone && isMarkerDue(decision.rules, { key, modifiedMs }, decision) ? 'expires' : undefined;
  }
  if (!isIntact.version(successor)) return undefined;
  const time = {
    ...decision,
    sinceMs: arrivedMs(successor, decision),
    // Without a current object the newest is a delete marker, and not noncurrent.
    newerNoncurrent: newer.length - (object === undefined ? 1 : 0),
  };
  const described = { ...describe(row), isMarker: row.data === null };
  if (isNoncurrentDue(decision.rules, described, time)) return 'expires';
  return row.data === null ? undefined : noncurrentTransitionOf(decision.rules, described, time);
}

/** A class without a place is only shown; into an archive that left the settings nothing goes, as nobody could read it. */
function* transit(
  row: VersionRow & { readonly isCurrent: boolean },
  { storageClass, decision }: { storageClass: TransitionClass | undefined; decision: Decision },
): Transaction<Outcome> {
  const { bucket, key, version, data } = row;
  if (storageClass === undefined || data === null) return 'skipped';
  const { nowMs, places } = decision;
  if (!places.includes(storageClass)) {
    if (archiveClasses.has(storageClass)) return 'skipped';
    yield* changeClass({ ...row, data }, { storageClass, data, nowMs });
    return 'transitions';
  }
  const movement = { bucket, key, version, storage_class: storageClass, source: data, due_ms: nowMs };
  return (yield* addMovement(movement)) === 'added' ? 'transitions' : 'skipped';
}

function* abortUpload({ key, place }: Candidate, decision: Decision): Transaction<Outcome> {
  const name = { bucket: decision.bucket.id, key, id: place };
  const upload = yield* selectUpload.first(name);
  if (upload === undefined || !isIntact.upload(upload)) return 'skipped';
  if (!isUploadDue(decision.rules, { key, initiatedMs: upload.initiated_ms }, decision)) return 'skipped';
  yield* dropUpload(decision.bucket, { key, id: place, nowMs: decision.nowMs });
  return 'abortedUploads';
}
