import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoriesBytesInline, directoryBytesInline, directoryBytesInlineLeast } from '../limits.ts';
import { inlineBytesBelow } from './directory-closer.ts';

test('the directories of one directory lie inline in it up to a bound, however many they are', () => {
  for (const siblings of [0, 1, 10, 64]) assert.equal(inlineBytesBelow(siblings), directoryBytesInline);
  for (const siblings of [65, 1_000, 8_000])
    assert(inlineBytesBelow(siblings) * siblings <= directoriesBytesInline, `${siblings}`);
  assert.equal(inlineBytesBelow(1_000_000), directoryBytesInlineLeast);
});
