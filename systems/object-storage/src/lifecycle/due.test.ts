// When rules say that something goes.

import assert from 'node:assert/strict';
import test from 'node:test';
import { afterDays, calendarDayMs, expiryOf, isMarkerDue } from './due.ts';
import { activeRules, type LifecycleRule } from './lifecycle-rules.ts';

const days = { dayMs: calendarDayMs };
const at = (time: string) => Date.parse(time);

function rules(...given: readonly Partial<LifecycleRule>[]) {
  return activeRules({
    rules: given.map((rule, index) => ({
      ...{ id: `${index}`, enabled: true, filter: {}, form: 'filter' },
      ...rule,
    })),
  });
}

test('three days after ten in the morning is the midnight after those three days: the example of the User Guide', () => {
  assert.equal(afterDays(at('2014-01-15T10:30:00Z'), 3, days), at('2014-01-19T00:00:00Z'));
});

test('days of another length end when they end', () => {
  assert.equal(afterDays(1_000, 3, { dayMs: 10_000 }), 31_000);
});

test('more days than there are dates end with the last year of four digits', () => {
  assert.equal(afterDays(at('2014-01-15T10:30:00Z'), 2 ** 31 - 1, days), at('9999-12-31T00:00:00Z'));
  assert.equal(afterDays(1_000, 2 ** 31 - 1, { dayMs: 10 ** 9 }), at('9999-12-30T00:00:00Z'));
});

test('the earliest of several rules counts, and none that is disabled or about something else', () => {
  const object = {
    key: 'logs/a',
    sizeBytes: 5,
    modifiedMs: at('2026-01-01T12:00:00Z'),
    tags: () => [{ key: 'a', value: 'b' }],
  };
  const expires = (...given: readonly Partial<LifecycleRule>[]) => expiryOf(rules(...given), object, days);
  const date = at('2026-01-04T00:00:00Z');
  assert.deepEqual(expires({ expiration: { days: 5 } }, { expiration: { dateMs: date } }), {
    dueMs: date,
    ruleId: '1',
  });
  assert.equal(expires({ enabled: false, expiration: { days: 1 } }), undefined);
  assert.equal(expires({ expiration: { expiredObjectDeleteMarker: true } }), undefined);
  assert.equal(expires({ noncurrentExpiration: { days: 1 } }), undefined);
  for (const filter of [
    { prefix: 'log/' },
    { tags: { a: 'c' } },
    { tags: { toString: 'b' } },
    { sizeGreaterThan: 5 },
    { sizeLessThan: 5 },
  ]) {
    assert.equal(expires({ filter, expiration: { days: 1 } }), undefined, JSON.stringify(filter));
  }
});

test('a delete marker has neither tags nor a size: no rule that asks for them takes it away', () => {
  const marker = { key: 'a', modifiedMs: 0 };
  const due = (filter: LifecycleRule['filter']) =>
    isMarkerDue(rules({ filter, expiration: { days: 1 } }), marker, { ...days, nowMs: 10 * calendarDayMs });
  assert.equal(due({}), true);
  assert.equal(due({ tags: {} }), false);
  assert.equal(due({ sizeLessThan: 5 }), false);
});

test('a pass goes through each range of keys once, in the order of UTF-8', () => {
  const prefixes = ['b/', 'a', '\u{10000}', 'a/c', '\uffff', 'b/'];
  const active = rules(...prefixes.map((prefix) => ({ filter: { prefix }, expiration: { days: 1 } })));
  assert.deepEqual(active.prefixes.object, ['a', 'b/', '\uffff', '\u{10000}']);
  assert.deepEqual(active.prefixes.upload, []);
});
