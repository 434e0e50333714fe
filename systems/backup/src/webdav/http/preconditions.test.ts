import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPreconditions, rangeHolds } from './preconditions.ts';

const date = (seconds: number) => new Date(seconds * 1000).toUTCString();
const validators = { etag: '"abc"', modifiedSeconds: 1_600_000_000 };
const [before, same, after] = [1_599_999_999, 1_600_000_000, 1_600_000_001].map(date);

test('If-None-Match and If-Modified-Since save what the client has', () => {
  const cases = [
    [{}, 'proceed'],
    [{ 'if-none-match': '"abc"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"abc"' }, 'not-modified'],
    [{ 'if-none-match': '"x", "abc"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"abcd"' }, 'proceed'],
    [{ 'if-modified-since': same! }, 'not-modified'],
    [{ 'if-modified-since': after! }, 'not-modified'],
    [{ 'if-modified-since': before! }, 'proceed'],
    [{ 'if-modified-since': 'yesterday' }, 'proceed'],
    // The tag decides where there is one.
    [{ 'if-none-match': '"x"', 'if-modified-since': after! }, 'proceed'],
  ] as const;
  for (const [headers, verdict] of cases)
    assert.equal(checkPreconditions(headers, validators), verdict, JSON.stringify(headers));
});

test('If-Match and If-Unmodified-Since refuse another file', () => {
  const cases = [
    [{ 'if-match': '"abc"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': 'W/"abc"' }, 'failed'],
    [{ 'if-unmodified-since': same! }, 'proceed'],
    [{ 'if-unmodified-since': before! }, 'failed'],
    [{ 'if-match': '"abc"', 'if-unmodified-since': before! }, 'proceed'],
    [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 'not-modified'],
  ] as const;
  for (const [headers, verdict] of cases)
    assert.equal(checkPreconditions(headers, validators), verdict, JSON.stringify(headers));
});

test('a range holds with the tag, or with the date of a file that has not just changed', () => {
  const nowMs = (validators.modifiedSeconds + 3600) * 1000;
  assert.equal(rangeHolds(undefined, validators, nowMs), true);
  assert.equal(rangeHolds('"abc"', validators, nowMs), true);
  assert.equal(rangeHolds('W/"abc"', validators, nowMs), false);
  assert.equal(rangeHolds('"x"', validators, nowMs), false);
  assert.equal(rangeHolds(same, validators, nowMs), true);
  assert.equal(rangeHolds(after, validators, nowMs), false);
  assert.equal(rangeHolds(same, validators, (validators.modifiedSeconds + 59) * 1000), false);
});
