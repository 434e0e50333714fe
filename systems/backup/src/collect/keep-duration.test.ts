import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../errors.ts';
import { formatKeepDuration, parseKeepDuration } from './keep-duration.ts';

test('a duration is read and written', () => {
  assert.deepEqual(parseKeepDuration('2y14d'), { years: 2, months: 0, days: 14, hours: 0 });
  assert.deepEqual(parseKeepDuration('2h1y'), { years: 1, months: 0, days: 0, hours: 2 });
  assert.equal(formatKeepDuration(parseKeepDuration('2h1d5m1y')), '1y5m1d2h');
  assert.equal(formatKeepDuration(parseKeepDuration('0d')), '0h');
});

test('what is none is refused with what is wanted', () => {
  for (const text of ['', '1', 'd', '1w', '-1d', '1d1d', '1d ', '1.5d', '9999999d']) {
    assert.throws(
      () => parseKeepDuration(text),
      (error) =>
        error instanceof BackupError && error.code === 'invalid-argument' && /1y5m7d2h/.test(error.message),
      text,
    );
  }
});
