// What a bucket's rules say of one object, version, delete marker or upload: whether and when it goes.
//
//   what                          goes when                                                            rule
//   current object                its age in days, or the date, is reached                             Expiration
//   noncurrent version            it has been noncurrent for so many days, and so many newer           NoncurrentVersionExpiration
//                                 noncurrent ones are kept; noncurrent delete markers likewise
//   delete marker, alone          at once; or by its own age, or the date                              Expiration
//   upload                        it was begun so many days ago                                        AbortIncompleteMultipartUpload
//   current object                it moves to a colder class at its age in days, or the date           Transition
//   noncurrent version            likewise, as for NoncurrentVersionExpiration                         NoncurrentVersionTransition
//
// Days count as at Amazon: to the time that many days later, then on to the next midnight UTC.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days

import type { StorageClass } from '../core/object-storage.ts';
import { archiveClasses, isColder, type TransitionClass } from '../transition/storage-classes.ts';
import {
  type ActiveRules,
  type LifecycleFilter,
  type LifecycleRule,
  type MinimumTransitionSize,
  removesMarkers,
  type Transition,
} from './lifecycle-rules.ts';

export const calendarDayMs = 86_400_000;

/** What rules look at. Tags are asked for by few rules, and cost parsing. */
export type Described = {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly tags: () => readonly Tag[] | undefined;
};
/** What transitions look at besides. */
export type Transitional = Described & {
  /** STANDARD when undefined. */
  readonly storageClass: StorageClass | undefined;
};
type Tag = { readonly key: string; readonly value: string };
export type Expiry = { readonly dueMs: number; readonly ruleId: string };

/** `dayMs`: how long a day is; one of another length than the calendar's knows no midnight. */
export type Days = { readonly dayMs: number };

/** Dates of HTTP have years of four digits; days are as many as clients say. */
const latestMs = Date.UTC(9999, 11, 30);

export function afterDays(fromMs: number, days: number, { dayMs }: Days): number {
  const reachedMs = Math.min(fromMs + days * dayMs, latestMs);
  return dayMs === calendarDayMs ? (Math.floor(reachedMs / dayMs) + 1) * dayMs : reachedMs;
}

/** When a current object expires, and by which rule: the earliest. */
export function expiryOf({ rules }: ActiveRules, object: Described, days: Days): Expiry | undefined {
  let earliest: Expiry | undefined;
  for (const rule of rules) {
    const dueMs = expirationMs(rule, object.modifiedMs, days);
    if (dueMs === undefined || (earliest !== undefined && earliest.dueMs <= dueMs)) continue;
    if (coversObject(rule.filter, object)) earliest = { dueMs, ruleId: rule.id };
  }
  return earliest;
}

/** `sinceMs`: when its successor came. `newerNoncurrent`: how many noncurrent versions of the key are newer. */
export type NoncurrentTime = {
  readonly sinceMs: number;
  readonly newerNoncurrent: number;
  readonly nowMs: number;
} & Days;

export function isNoncurrentDue(
  { rules }: ActiveRules,
  version: Described & { readonly isMarker: boolean },
  time: NoncurrentTime,
): boolean {
  return rules.some(({ filter, noncurrentExpiration }) => {
    if (noncurrentExpiration === undefined) return false;
    if (time.newerNoncurrent < (noncurrentExpiration.newerVersions ?? 0)) return false;
    if (afterDays(time.sinceMs, noncurrentExpiration.days, time) > time.nowMs) return false;
    return version.isMarker ? coversBare(filter, version.key) : coversObject(filter, version);
  });
}

/** Of a delete marker that is all that is left of its key. */
export function isMarkerDue(
  { rules }: ActiveRules,
  marker: { readonly key: string; readonly modifiedMs: number },
  time: { readonly nowMs: number } & Days,
): boolean {
  return rules.some((rule) => {
    if (rule.expiration === undefined || !removesMarkers(rule.expiration)) return false;
    const dueMs = expirationMs(rule, marker.modifiedMs, time) ?? 0;
    return dueMs <= time.nowMs && coversBare(rule.filter, marker.key);
  });
}

export type BegunUpload = { readonly key: string; readonly initiatedMs: number };

/** When an upload that nobody completes is aborted, and by which rule: the earliest. */
export function abortionOf({ rules }: ActiveRules, upload: BegunUpload, days: Days): Expiry | undefined {
  let earliest: Expiry | undefined;
  for (const { id: ruleId, filter, abortUploadsAfterDays } of rules) {
    if (abortUploadsAfterDays === undefined || !coversBare(filter, upload.key)) continue;
    const dueMs = afterDays(upload.initiatedMs, abortUploadsAfterDays, days);
    if (earliest === undefined || dueMs < earliest.dueMs) earliest = { dueMs, ruleId };
  }
  return earliest;
}

export function isUploadDue(
  rules: ActiveRules,
  upload: BegunUpload,
  time: { readonly nowMs: number } & Days,
): boolean {
  const abortion = abortionOf(rules, upload, time);
  return abortion !== undefined && abortion.dueMs <= time.nowMs;
}

/** Where a current object belongs by now: the coldest class that any rule has for it, if that is colder than its own. */
export function transitionOf(
  rules: ActiveRules,
  object: Transitional,
  { nowMs, ...days }: { readonly nowMs: number } & Days,
): TransitionClass | undefined {
  return coldestDue(rules, object, ({ transitions = [] }) =>
    transitions.filter((transition) => transitionMs(transition, object.modifiedMs, days) <= nowMs),
  );
}

/** Of a noncurrent version, likewise. */
export function noncurrentTransitionOf(
  rules: ActiveRules,
  version: Transitional,
  time: NoncurrentTime,
): TransitionClass | undefined {
  return coldestDue(rules, version, ({ noncurrentTransitions = [] }) =>
    noncurrentTransitions.filter(
      ({ days, newerVersions = 0 }) =>
        time.newerNoncurrent >= newerVersions && afterDays(time.sinceMs, days, time) <= time.nowMs,
    ),
  );
}

function coldestDue(
  { rules, minimumTransitionSize }: ActiveRules,
  object: Transitional,
  due: (rule: LifecycleRule) => readonly { readonly storageClass: TransitionClass }[],
): TransitionClass | undefined {
  let coldest: TransitionClass | undefined;
  for (const rule of rules) {
    for (const { storageClass } of due(rule)) {
      if (!isColder(storageClass, coldest ?? object.storageClass)) continue;
      if (!isLargeEnough(object, { rule, storageClass, minimumTransitionSize })) continue;
      if (coversObject(rule.filter, object)) coldest = storageClass;
    }
  }
  return coldest;
}

/** Bounds of the rule's own take the place of Amazon's. */
function isLargeEnough(
  { sizeBytes }: Described,
  options: {
    readonly rule: LifecycleRule;
    readonly storageClass: TransitionClass;
    readonly minimumTransitionSize: MinimumTransitionSize;
  },
): boolean {
  const { sizeGreaterThan, sizeLessThan } = options.rule.filter;
  if (sizeGreaterThan !== undefined || sizeLessThan !== undefined) return true;
  const anySize =
    options.minimumTransitionSize === 'varies_by_storage_class' && archiveClasses.has(options.storageClass);
  return anySize || sizeBytes >= defaultMinimumBytes;
}

const defaultMinimumBytes = 128 * 1_024;

/** Of 0 days it is due at the next midnight, as Amazon's. */
function transitionMs(transition: Transition, modifiedMs: number, days: Days): number {
  return 'days' in transition ? afterDays(modifiedMs, transition.days, days) : transition.dateMs;
}

function expirationMs({ expiration }: LifecycleRule, modifiedMs: number, days: Days): number | undefined {
  if (expiration === undefined || 'expiredObjectDeleteMarker' in expiration) return undefined;
  return 'days' in expiration ? afterDays(modifiedMs, expiration.days, days) : expiration.dateMs;
}

function coversObject(filter: LifecycleFilter, { key, sizeBytes, tags }: Described): boolean {
  if (!key.startsWith(filter.prefix ?? '')) return false;
  if (sizeBytes <= (filter.sizeGreaterThan ?? -1)) return false;
  if (sizeBytes >= (filter.sizeLessThan ?? Number.POSITIVE_INFINITY)) return false;
  return filter.tags === undefined || hasTags(tags(), filter.tags);
}

function hasTags(tags: readonly Tag[] = [], wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    tags.some((tag) => tag.key === key && tag.value === value),
  );
}

/** What has neither tags nor a size is covered by no rule that asks for them. */
function coversBare(filter: LifecycleFilter, key: string): boolean {
  const { prefix = '', tags, sizeGreaterThan, sizeLessThan } = filter;
  const bare = tags === undefined && sizeGreaterThan === undefined && sizeLessThan === undefined;
  return bare && key.startsWith(prefix);
}
