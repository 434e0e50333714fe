import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeededRandom } from '@cairn/world/simulated';
import { seededRandom } from '../../test/seeded-random.ts';
import { applyForgetPolicy, type ForgetPolicy, type KeepPeriod, keepPeriods } from './forget-policy.ts';
import { parseKeepDuration } from './keep-duration.ts';

type Dated = { readonly id: string; readonly time: string; readonly tags: readonly string[] };
const nowMs = Date.UTC(2030, 0, 1);

function at(time: string, ...tags: string[]): Dated {
  return { id: time, time, tags };
}

function kept(snapshots: readonly Dated[], policy: ForgetPolicy): Record<string, readonly string[]> {
  const { keep } = applyForgetPolicy(snapshots, policy, nowMs);
  return Object.fromEntries(keep.map(({ snapshot, reasons }) => [snapshot.time, reasons]));
}

test('the newest of each period stays, and the oldest where a count is left', () => {
  const snapshots = [
    at('2026-01-01T08:00:00Z'),
    at('2026-01-01T09:00:00Z'),
    at('2026-01-02T08:00:00Z'),
    at('2026-01-03T08:00:00Z'),
    at('2026-01-03T09:00:00Z'),
  ];
  assert.deepEqual(kept(snapshots, { keep: { daily: 2 } }), {
    '2026-01-03T09:00:00Z': ['daily snapshot'],
    '2026-01-02T08:00:00Z': ['daily snapshot'],
  });
  assert.deepEqual(kept(snapshots, { keep: { daily: 4 } }), {
    '2026-01-03T09:00:00Z': ['daily snapshot'],
    '2026-01-02T08:00:00Z': ['daily snapshot'],
    '2026-01-01T09:00:00Z': ['daily snapshot'],
    '2026-01-01T08:00:00Z': ['oldest daily snapshot'],
  });
});

test('rules add up, each with its reason', () => {
  const snapshots = [at('2025-06-30T08:00:00Z', 'release'), at('2026-01-02T08:00:00Z')];
  assert.deepEqual(kept(snapshots, { keep: { last: 1, yearly: Infinity }, tags: [['release']] }), {
    '2026-01-02T08:00:00Z': ['last snapshot', 'yearly snapshot'],
    '2025-06-30T08:00:00Z': ['has tags [release]', 'yearly snapshot'],
  });
});

test('weeks are those of ISO 8601: 1 January 2027 belongs to the last week of 2026', () => {
  const snapshots = [at('2026-12-31T00:00:00Z'), at('2027-01-01T00:00:00Z'), at('2027-01-04T00:00:00Z')];
  assert.deepEqual(Object.keys(kept(snapshots, { keep: { weekly: 2 } })), [
    '2027-01-04T00:00:00Z',
    '2027-01-01T00:00:00Z',
  ]);
});

test('periods are those of the time zone', () => {
  const snapshots = [at('2026-01-01T22:30:00Z'), at('2026-01-01T23:30:00Z')];
  assert.equal(Object.keys(kept(snapshots, { keep: { daily: 1 } })).length, 1);
  const berlin = kept(snapshots, { keep: { daily: 2 }, timeZone: 'Europe/Berlin' });
  assert.deepEqual(berlin['2026-01-01T22:30:00Z'], ['daily snapshot']);
});

test('durations count from the newest snapshot that is not in the future', () => {
  const snapshots = [at('2026-01-01T00:00:00Z'), at('2026-01-08T00:00:00Z'), at('2099-01-01T00:00:00Z')];
  assert.deepEqual(Object.keys(kept(snapshots, { within: parseKeepDuration('7d1h') })), [
    '2099-01-01T00:00:00Z',
    '2026-01-08T00:00:00Z',
    '2026-01-01T00:00:00Z',
  ]);
  assert.deepEqual(Object.keys(kept(snapshots, { within: parseKeepDuration('7d') })), [
    '2099-01-01T00:00:00Z',
    '2026-01-08T00:00:00Z',
  ]);
});

test('where all snapshots are in the future, nothing is old', () => {
  const snapshots = [at('2098-01-01T00:00:00Z'), at('2099-01-01T00:00:00Z')];
  assert.equal(Object.keys(kept(snapshots, { within: parseKeepDuration('1h') })).length, 2);
});

test('a month counts back in the calendar, and a day that it lacks runs over, as in restic', () => {
  const policy = { within: parseKeepDuration('1m') };
  const snapshots = [at('2026-03-03T00:00:00Z'), at('2026-03-03T00:00:01Z'), at('2026-03-31T00:00:00Z')];
  assert.deepEqual(Object.keys(kept(snapshots, policy)), ['2026-03-31T00:00:00Z', '2026-03-03T00:00:01Z']);
});

test('the empty tag stands for having none', () => {
  const snapshots = [at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z', 'a')];
  assert.deepEqual(Object.keys(kept(snapshots, { tags: [['']] })), ['2026-01-01T00:00:00Z']);
});

test('a policy without a rule keeps everything', () => {
  assert.deepEqual(kept([at('2026-01-01T00:00:00Z')], {}), { '2026-01-01T00:00:00Z': ['policy is empty'] });
});

// The model says which snapshots stay by asking of each one alone, with periods as texts of Date's own making.
test('the policy agrees with a naive model over random histories', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 300; round += 1) {
    const snapshots = Array.from({ length: random.integer(40) }, (_, index) => randomSnapshot(random, index));
    const policy = randomPolicy(random);
    const { keep, forget } = applyForgetPolicy(snapshots, policy, nowMs);
    const modelled = snapshots.filter((snapshot) => modelKeeps(snapshots, snapshot, policy));
    const context = `round ${round}: ${JSON.stringify({ policy, snapshots })}`;
    assert.deepEqual(idsOf(keep.map(({ snapshot }) => snapshot)), idsOf(modelled), context);
    assert.equal(keep.length + forget.length, snapshots.length, context);
  }
});

function randomSnapshot(random: SeededRandom, index: number): Dated {
  const spanMs = random.pick([3_600_000, 86_400_000 * 3, 86_400_000 * 900]);
  const time = new Date(Date.UTC(2026, 0, 1) - random.integer(spanMs)).toISOString();
  return { id: String(index).padStart(3, '0'), time, tags: random.pick([[], ['a'], ['a', 'b']]) };
}

function randomPolicy(random: SeededRandom): ForgetPolicy {
  const count = () => random.pick([0, 0, 1, 2, 5, Infinity]);
  const duration = () => parseKeepDuration(random.pick(['0h', '1h', '2d', '45d', '400d']));
  return {
    keep: Object.fromEntries(
      keepPeriods.filter(() => random.chance(1 / 3)).map((period) => [period, count()]),
    ),
    ...(random.chance(1 / 4) && { within: duration() }),
    ...(random.chance(1 / 4) && { withinPeriod: { daily: duration(), monthly: duration() } }),
    ...(random.chance(1 / 4) && { tags: [['a', 'b'], ['']] }),
  };
}

function modelKeeps(all: readonly Dated[], one: Dated, policy: ForgetPolicy): boolean {
  const order = all.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.id < b.id ? 1 : -1));
  const latestMs = Math.max(...all.map(({ time }) => Date.parse(time)));
  const since = (duration: { days: number; hours: number } | undefined) =>
    duration === undefined || duration.days + duration.hours === 0
      ? []
      : order.filter(
          (s) => Date.parse(s.time) > latestMs - (duration.days * 24 + duration.hours) * 3_600_000,
        );
  const firsts = (period: KeepPeriod, among: readonly Dated[]) => {
    const keyed = Map.groupBy(among, (s) => modelPeriod(period, s, order));
    return [...keyed.values()].map((of) => of[0]!);
  };
  const counted = Object.entries(policy.keep ?? {}).some(([period, count]) => {
    const newest = firsts(period as KeepPeriod, order);
    return newest.slice(0, count).includes(one) || (newest.length < count && one === order.at(-1));
  });
  const within = Object.entries(policy.withinPeriod ?? {}).some(([period, duration]) => {
    const among = since(duration);
    return firsts(period as KeepPeriod, among).includes(one) || (among.includes(one) && one === order.at(-1));
  });
  const tagged = (policy.tags ?? []).some((tags) =>
    tags.every((tag) => (tag === '' ? one.tags.length === 0 : one.tags.includes(tag))),
  );
  return counted || within || tagged || since(policy.within).includes(one) || isEmpty(policy);
}

function modelPeriod(period: KeepPeriod, { time, id }: Dated, order: readonly Dated[]): string {
  if (period === 'last') return String(order.findIndex((s) => s.id === id));
  if (period === 'weekly') {
    // The Thursday of the week says which it is.
    const date = new Date(time);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + 3);
    return date.toISOString().slice(0, 10);
  }
  return time.slice(0, { hourly: 13, daily: 10, monthly: 7, yearly: 4 }[period]);
}

function isEmpty({ keep = {}, within, withinPeriod = {}, tags = [] }: ForgetPolicy): boolean {
  const durations = [within, ...Object.values(withinPeriod)];
  return (
    Object.values(keep).every((count) => count === 0) &&
    durations.every((duration) => duration === undefined || duration.days + duration.hours === 0) &&
    tags.length === 0
  );
}

function idsOf(snapshots: readonly Dated[]): readonly string[] {
  return snapshots.map(({ id }) => id).toSorted();
}
