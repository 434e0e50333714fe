import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nanosecondsOf, secondsHighest, timestampOf } from './timestamp.ts';

test('times before 1970 are floored to seconds, with nanoseconds that count up', () => {
  assert.deepEqual(timestampOf(-1n), { seconds: -1, nanoseconds: 999_999_999 });
  assert.deepEqual(timestampOf(-1_000_000_000n), { seconds: -1, nanoseconds: 0 });
  assert.deepEqual(timestampOf(1_500_000_001n), { seconds: 1, nanoseconds: 500_000_001 });
});

test('nanoseconds of 64 bits come back as they were', () => {
  for (const time of [0n, -1n, 1_700_000_000_123_456_789n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    assert.equal(nanosecondsOf(timestampOf(time)), time);
  }
});

test('a time that a file system took for any 64 bits of seconds becomes the bound', () => {
  const seconds = 2n ** 63n - 1n;
  assert.equal(timestampOf(seconds * 1_000_000_000n).seconds, secondsHighest);
  assert.equal(timestampOf(-seconds * 1_000_000_000n).seconds, -secondsHighest);
});
