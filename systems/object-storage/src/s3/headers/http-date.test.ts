import assert from 'node:assert/strict';
import test from 'node:test';
import { httpDate } from './http-date.ts';

test('a date of a header is what Date makes of the time', () => {
  for (const timeMs of [
    0, 999, 784_111_777_000, 1_790_000_000_123, 86_399_999, 86_400_000, 253_402_300_799_999,
  ]) {
    assert.equal(httpDate(timeMs), new Date(timeMs).toUTCString());
    assert.equal(httpDate(timeMs), new Date(timeMs).toUTCString(), 'a day that is known');
  }
  for (let day = 0; day < 2_500; day++) {
    const timeMs = day * 86_400_000 + day * 1_000;
    assert.equal(httpDate(timeMs), new Date(timeMs).toUTCString());
  }
});
