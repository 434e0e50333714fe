// Which quota counts for a client.

import assert from 'node:assert/strict';
import test from 'node:test';
import { candidates, entityKey, type QuotaEntity } from './quota-entity.ts';

function firstOf(quotas: readonly QuotaEntity[]): string | undefined {
  const there = new Set(quotas.map(entityKey));
  return candidates('ada', 'app').find(({ key }) => there.has(key))?.key;
}

test('the most particular entity counts first, users before client ids', () => {
  const order: QuotaEntity[] = [
    { user: 'ada', 'client-id': 'app' },
    { user: 'ada', 'client-id': null },
    { user: 'ada' },
    { user: null, 'client-id': 'app' },
    { user: null, 'client-id': null },
    { user: null },
    { 'client-id': 'app' },
    { 'client-id': null },
  ];
  for (let from = 0; from < order.length; from++)
    assert.equal(firstOf(order.slice(from).toReversed()), entityKey(order[from]!));
  assert.equal(firstOf([{ user: 'bob' }, { 'client-id': 'other' }]), undefined);
});
