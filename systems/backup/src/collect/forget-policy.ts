// Which snapshots of a group a policy keeps, each with its reasons. The rules are restic's: a rule that counts goes from
// the newest snapshot to the oldest and keeps the newest of each period until its count is used up; where a count is left at
// the end, the oldest snapshot is kept too, so that the history is as long as it can be. All rules add up.
//
// Periods are those of the policy's time zone (snapshots carry UTC only), weeks are ISO 8601's. Durations are counted back from the newest
// snapshot that is not in the future, so a machine that is switched off for a year loses nothing by it.

import assert from 'node:assert/strict';
import { hasTags } from '../core/resolve-snapshot.ts';
import { BackupError } from '../errors.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { formatKeepDuration, isZeroDuration, type KeepDuration, momentBefore } from './keep-duration.ts';

export const keepPeriods = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type KeepPeriod = (typeof keepPeriods)[number];
export type KeepWithinPeriod = Exclude<KeepPeriod, 'last'>;

export type ForgetPolicy = {
  /** How many of each period; Infinity for all. */
  readonly keep?: Readonly<Partial<Record<KeepPeriod, number>>>;
  /** Everything that is no older. */
  readonly within?: KeepDuration;
  /** The newest of each period, among those no older. */
  readonly withinPeriod?: Readonly<Partial<Record<KeepWithinPeriod, KeepDuration>>>;
  /** Kept when it has all tags of one of these lists; the empty tag stands for having none. */
  readonly tags?: readonly (readonly string[])[];
  /** IANA name; UTC unless given. */
  readonly timeZone?: string;
};

export type ForgetDecision<S> = {
  /** Newest first. */
  readonly keep: readonly { readonly snapshot: S; readonly reasons: readonly string[] }[];
  readonly forget: readonly S[];
};

type Dated = Pick<Snapshot, 'id' | 'time' | 'tags'>;
type Moment = Temporal.ZonedDateTime;

/**
 * Decides over the snapshots of one group (`groupSnapshots`), in any order. A policy without a rule keeps everything.
 * `nowMs` is the wall clock: snapshots behind it do not move what durations are counted from. Throws `invalid-argument` for a time zone that is none.
 */
export function applyForgetPolicy<S extends Dated>(
  snapshots: readonly S[],
  policy: ForgetPolicy,
  nowMs: number,
): ForgetDecision<S> {
  const zone = zoneOf(policy);
  const newestFirst = snapshots
    .map((snapshot) => ({ snapshot, moment: Temporal.Instant.from(snapshot.time).toZonedDateTimeISO(zone) }))
    .toSorted(
      (a, b) =>
        Temporal.ZonedDateTime.compare(b.moment, a.moment) || (a.snapshot.id < b.snapshot.id ? 1 : -1),
    );
  const rules = rulesOf(policy, latestOf(newestFirst, nowMs));
  const keep: { snapshot: S; reasons: readonly string[] }[] = [];
  const forget: S[] = [];
  for (const [index, { snapshot, moment }] of newestFirst.entries()) {
    const place: Place = { moment, tags: snapshot.tags, index, isOldest: index === newestFirst.length - 1 };
    const reasons = rules.flatMap((rule) => rule(place) ?? []);
    if (rules.length === 0) keep.push({ snapshot, reasons: ['policy is empty'] });
    else if (reasons.length > 0) keep.push({ snapshot, reasons });
    else forget.push(snapshot);
  }
  return { keep, forget };
}

function zoneOf({ timeZone = 'UTC' }: ForgetPolicy): string {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone).timeZoneId;
  } catch (cause) {
    const attempted = `count days in the time zone ${JSON.stringify(timeZone)}`;
    throw new BackupError('invalid-argument', { attempted, detail: 'there is none of this name', cause });
  }
}

type Place = {
  readonly moment: Moment;
  readonly tags: readonly string[];
  readonly index: number;
  readonly isOldest: boolean;
};
/** Sees the snapshots of a group once, newest first; gives the reason to keep one. */
type Rule = (place: Place) => string | undefined;

function rulesOf(policy: ForgetPolicy, latest: Moment | undefined): readonly Rule[] {
  const { keep = {}, within, withinPeriod = {}, tags = [] } = policy;
  const rules: Rule[] = tags.map((wanted) => tagRule(wanted));
  if (within !== undefined && !isZeroDuration(within)) rules.push(withinRule(within, latest));
  for (const period of keepPeriods) {
    const count = keep[period] ?? 0;
    assert(count >= 0, `a policy keeps at least 0 ${period} snapshots, not ${count}`);
    if (count > 0) rules.push(countRule(period, count));
  }
  for (const period of keepPeriods) {
    const duration = period === 'last' ? undefined : withinPeriod[period];
    if (duration === undefined || isZeroDuration(duration)) continue;
    rules.push(withinPeriodRule(period, duration, latest));
  }
  return rules;
}

function tagRule(wanted: readonly string[]): Rule {
  const reason = `has tags [${wanted.join(', ')}]`;
  return (place) => (hasTags(place, wanted) ? reason : undefined);
}

function withinRule(duration: KeepDuration, latest: Moment | undefined): Rule {
  const isWithin = withinOf(duration, latest);
  return ({ moment }) => (isWithin(moment) ? `within ${formatKeepDuration(duration)}` : undefined);
}

function countRule(period: KeepPeriod, count: number): Rule {
  let left = count;
  const isNew = newPeriods(period);
  return (place) => {
    if (left === 0) return undefined;
    const novelty = isNew(place);
    if (novelty === undefined) return undefined;
    left -= 1;
    return `${novelty === 'oldest' ? 'oldest ' : ''}${period} snapshot`;
  };
}

function withinPeriodRule(period: KeepPeriod, duration: KeepDuration, latest: Moment | undefined): Rule {
  const isWithin = withinOf(duration, latest);
  const isNew = newPeriods(period);
  return (place) => {
    if (!isWithin(place.moment)) return undefined;
    const novelty = isNew(place);
    if (novelty === undefined) return undefined;
    return `${novelty === 'oldest' ? 'oldest ' : ''}${period} within ${formatKeepDuration(duration)}`;
  };
}

/** Whether a snapshot is the newest of its period, or the oldest of all. */
function newPeriods(period: KeepPeriod): (place: Place) => 'newest' | 'oldest' | undefined {
  let last: number | undefined;
  return ({ moment, index, isOldest }) => {
    const current = period === 'last' ? index : periodOf(period, moment);
    const isNew = current !== last;
    last = current;
    return isNew ? 'newest' : isOldest ? 'oldest' : undefined;
  };
}

function periodOf(
  period: KeepWithinPeriod,
  { year, month, day, hour, yearOfWeek, weekOfYear }: Moment,
): number {
  switch (period) {
    case 'hourly':
      return ((year * 100 + month) * 100 + day) * 100 + hour;
    case 'daily':
      return (year * 100 + month) * 100 + day;
    case 'weekly':
      return yearOfWeek! * 100 + weekOfYear!;
    case 'monthly':
      return year * 100 + month;
    case 'yearly':
      return year;
  }
}

function withinOf(duration: KeepDuration, latest: Moment | undefined): (moment: Moment) => boolean {
  // All of them are in the future: some clock is wrong, and nothing is old.
  if (latest === undefined) return () => true;
  const bound = momentBefore(latest, duration);
  return (moment) => Temporal.ZonedDateTime.compare(moment, bound) > 0;
}

function latestOf(newestFirst: readonly { readonly moment: Moment }[], nowMs: number): Moment | undefined {
  return newestFirst.find(({ moment }) => moment.epochMilliseconds < nowMs)?.moment;
}
