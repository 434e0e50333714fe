// Times of requests: two forms, and nothing that does not exist.

import assert from 'node:assert/strict';
import test from 'node:test';
import { parseAmzDate, parseDateHeader } from './amz-date.ts';

const timeMs = Date.UTC(2013, 4, 24, 1, 2, 3);

test('both forms are read to the second', () => {
  const date = { text: '20130524T010203Z', timeMs };
  assert.deepEqual(parseAmzDate('20130524T010203Z'), date);
  for (const header of ['Fri, 24 May 2013 01:02:03 GMT', '20130524T010203Z']) {
    assert.deepEqual(parseDateHeader(header), date);
  }
  assert.equal(parseAmzDate('20240229T235959Z')?.timeMs, Date.UTC(2024, 1, 29, 23, 59, 59));
});

test('what is of no form, or never happens, is no time', () => {
  for (const text of [
    '',
    '20130524',
    '20130524T010203',
    '20130524t010203Z',
    '2013-05-24T010203Z',
    '20130230T010203Z',
    '20230229T010203Z',
    '20131301T010203Z',
    '20130024T010203Z',
    '20130524T240000Z',
    '20130524T016003Z',
    '20130524T010260Z',
    '2013052aT010203Z',
    '20130524T010203Z ',
  ]) {
    assert.equal(parseAmzDate(text), undefined, text);
  }
  for (const text of ['', 'yesterday', '2013-05-24', '1369357323'])
    assert.equal(parseDateHeader(text), undefined);
});
