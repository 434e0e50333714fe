import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteRange } from './byte-range.ts';

test('one range is cut to the file', () => {
  assert.deepEqual(parseByteRange('bytes=0-0', 10), { start: 0, length: 1 });
  assert.deepEqual(parseByteRange('bytes=2-5', 10), { start: 2, length: 4 });
  assert.deepEqual(parseByteRange('bytes=2-', 10), { start: 2, length: 8 });
  assert.deepEqual(parseByteRange('bytes=9-99', 10), { start: 9, length: 1 });
  assert.deepEqual(parseByteRange('bytes=-3', 10), { start: 7, length: 3 });
  assert.deepEqual(parseByteRange('bytes=-30', 10), { start: 0, length: 10 });
  assert.deepEqual(parseByteRange('Bytes= 1 - 2 ', 10), { start: 1, length: 2 });
});

test('a range behind the end, or of nothing, cannot be satisfied', () => {
  for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=99999999999999999999-'])
    assert.equal(parseByteRange(range, 10), 'unsatisfiable', range);
  assert.equal(parseByteRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(parseByteRange('bytes=-5', 0), 'unsatisfiable');
});

test('what is not one range of bytes is not there', () => {
  for (const range of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=0-1,3-4',
    'lines=0-1',
  ])
    assert.equal(parseByteRange(range, 10), 'whole', String(range));
});
