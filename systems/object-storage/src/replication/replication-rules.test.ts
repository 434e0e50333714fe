// Which rules decide about a version, and how its states at several destinations are summed up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReplicationRule, rulesFor } from './replication-rules.ts';
import { statusOf, withDestination, withReplication } from './replication-state.ts';

const rule = (more: Partial<ReplicationRule>): ReplicationRule => ({
  ...{ id: 'r', enabled: true, priority: 1, filter: {}, form: 'filter', destination: 'a' },
  ...{ deleteMarkers: true, existingObjects: false },
  ...more,
});
const idsFor = (
  rules: readonly ReplicationRule[],
  version: { key: string; tags?: string; marker?: boolean },
) => {
  const { key, tags, marker = false } = version;
  const set = tags === undefined ? undefined : [{ key: 'k', value: tags }];
  return rulesFor(JSON.stringify({ role: '', rules }), { key, tags: set, marker }).map(({ id }) => id);
};

test('of one destination the highest priority that covers a version decides', () => {
  const rules = [
    rule({ id: 'low', priority: 1 }),
    rule({ id: 'high', priority: 2, filter: { prefix: 'x' }, deleteMarkers: false }),
    rule({ id: 'off', priority: 3, enabled: false }),
    rule({ id: 'tagged', destination: 'b', filter: { tags: [{ key: 'k', value: 'v' }] } }),
  ];
  assert.deepEqual(idsFor(rules, { key: 'x' }), ['high']);
  assert.deepEqual(idsFor(rules, { key: 'y' }), ['low']);
  assert.deepEqual(idsFor(rules, { key: 'x', marker: true }), []);
  assert.deepEqual(idsFor(rules, { key: 'y', marker: true }), ['low']);
  assert.deepEqual(idsFor(rules, { key: 'y', tags: 'v' }), ['low', 'tagged']);
  assert.deepEqual(idsFor(rules, { key: 'y', tags: 'w' }), ['low']);
});

test('a version failed when it did anywhere, and is completed when it is everywhere', () => {
  const pending = withDestination(undefined, 'a', { status: 'PENDING' });
  assert.equal(statusOf(undefined), undefined);
  assert.equal(statusOf(pending), 'PENDING');
  const half = withDestination(pending, 'b', { status: 'COMPLETED', versionId: '1' });
  assert.equal(statusOf(half), 'PENDING');
  assert.equal(statusOf(withDestination(half, 'a', { status: 'FAILED' })), 'FAILED');
  assert.equal(statusOf(withDestination(half, 'a', { status: 'COMPLETED' })), 'COMPLETED');
  const again = withDestination(half, 'b', { status: 'PENDING' });
  assert(!again.replica && again.to.b?.versionId === '1', 'the id at the destination stays known');
  assert.equal(withReplication('', { replica: true }), '{"replication":{"replica":true}}');
});
