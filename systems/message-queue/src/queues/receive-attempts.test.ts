import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deduplicationWindowMs, inFlightMax } from '../limits.ts';
import { ReceiveAttempts } from './receive-attempts.ts';

test('what an attempt got is known for five minutes', () => {
  const attempts = new ReceiveAttempts();
  const receipts = [{ offset: 1, receiveNumber: 2 }];
  attempts.note('a', receipts, 10);
  assert.equal(attempts.find('a', 10), receipts);
  assert.equal(attempts.find('b', 10), undefined);
  assert.equal(attempts.find('a', 10 + deduplicationWindowMs), undefined);
});

test('regression: no more attempts are known than messages may be in flight', () => {
  const attempts = new ReceiveAttempts();
  for (let count = 0; count <= inFlightMax; count++) attempts.note(`${count}`, [], 0);
  assert.equal(attempts.find('0', 1), undefined);
  assert.notEqual(attempts.find('1', 1), undefined);
});
