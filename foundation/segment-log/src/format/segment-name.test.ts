import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnfinishedName, segmentName, segmentOfName, unfinishedName } from './segment-name.ts';

test('a segment name has twelve digits and gives its number back', () => {
  assert.equal(segmentName(42), '000000000042.segment');
  assert.equal(segmentOfName(segmentName(999_999_999_999)), 999_999_999_999);
});

test('names that are not those of segments are left alone', () => {
  for (const name of ['lock.sqlite', '42.segment', '000000000000.segment', 'x000000000042.segment', '']) {
    assert.equal(segmentOfName(name), undefined, name);
    assert.equal(isUnfinishedName(name), false, name);
  }
});

test('a segment that is being made has a name that is not that of a segment', () => {
  assert.equal(segmentOfName(unfinishedName(42)), undefined);
  assert.equal(isUnfinishedName(unfinishedName(42)), true);
});
