import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/seeded-random.ts';
import { matchableText, patternLines } from './matchable-text.ts';

test('UTF-8 becomes its text, and every other byte a character of its own', () => {
  assert.equal(matchableText('plain'), 'plain');
  assert.equal(matchableText(Buffer.from('naïve 😀').toString('latin1')), 'naïve 😀');
  assert.equal(matchableText('a\xff\xc3b'), 'a\udcff\udcc3b');
  assert.equal(matchableText('\xff\xc3\xa4'), '\udcffä');
  assert.equal(matchableText('\xf0\x9f\x98'), '\udcf0\udc9f\udc98');
});

test('no two names look the same', (t) => {
  const random = seededRandom(t);
  const seen = new Map<string, string>();
  for (let i = 0; i < 20_000; i += 1) {
    const length = random.integer(4);
    const name = Array.from({ length }, () =>
      String.fromCharCode(random.integer(3) ? 0x80 + random.integer(128) : 65),
    ).join('');
    const text = matchableText(name);
    assert.equal(seen.get(text) ?? name, name);
    seen.set(text, name);
  }
});

test('lines of patterns hold bytes that are no UTF-8 as names do, and neither comments nor what editors put in front', () => {
  const lines = 'a\n# comment\r\n\r\n  \n*\xff\n\xc3\xa4';
  assert.deepEqual(patternLines(`\xef\xbb\xbf${lines}`), ['a', '*\udcff', 'ä']);
  assert.equal(patternLines('*\xff')[0], matchableText('*\xff'));
});
