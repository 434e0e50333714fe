// When and where a record is to appear.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { NewRecord } from '../batch/records.ts';
import { type DelayPlace, decideDelay } from './delay-policy.ts';

const nowMs = Date.UTC(2026, 0, 1);
const settings = { isDelayed: true, delayMsMax: 1_000, retryDelaysMs: [], deadLetterTopic: undefined };
const place: DelayPlace = { settings, topic: 'letters', partition: 0, nowMs, isIdempotent: false };

function record(headers: Readonly<Record<string, string>>): NewRecord {
  const encoded = Object.entries(headers).map(([key, value]) => ({ key, value: Buffer.from(value) }));
  return { timestampMs: 5, key: null, value: null, headers: encoded };
}

const due = (dueMs: number) => record({ 'cairn-deliver-at': String(dueMs) });

test('the last header of a name counts, and a record without one comes at once', () => {
  const twice = { ...record({}), headers: [...due(nowMs - 1).headers, ...due(nowMs + 7).headers] };
  const decision = decideDelay(twice, place);
  assert.ok(decision.kind === 'later' && decision.dueMs === nowMs + 7);
  assert.equal(decideDelay(record({ other: '1' }), place).kind, 'now');
});

test('a retry is decided as the first attempt, also when the due time passed between them', () => {
  const idempotent = { ...place, isIdempotent: true };
  assert.equal(decideDelay(due(nowMs + 7), idempotent).kind, 'later');
  const later = decideDelay(due(nowMs + 7), { ...idempotent, nowMs: nowMs + 50 });
  assert.ok(later.kind === 'later' && later.dueMs === nowMs + 50);
});

test('when a record was first produced is kept over several deliveries', () => {
  const copied = record({ 'cairn-produced-at': '3', 'cairn-deliver-at': String(nowMs + 1) });
  const decision = decideDelay(copied, place);
  assert.ok(decision.kind === 'later');
  const produced = decision.record.headers.filter(({ key }) => key === 'cairn-produced-at');
  assert.deepEqual(
    produced.map(({ value }) => String(value)),
    ['3'],
  );
});

test('a due time may be as far ahead as the topic allows', () => {
  assert.equal(decideDelay(due(nowMs + 1_000), place).kind, 'later');
  assert.throws(() => decideDelay(due(nowMs + 1_001), place), { code: 'INVALID_RECORD' });
  assert.throws(() => decideDelay(record({ 'cairn-deliver-at': '' }), place), { code: 'INVALID_RECORD' });
});
