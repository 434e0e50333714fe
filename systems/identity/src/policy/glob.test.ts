// The wildcard matcher, by table and against a slow model.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/seeded-random.ts';
import { Glob, globTokens } from './glob.ts';

const cases: readonly [pattern: string, matching: readonly string[], other: readonly string[]][] = [
  ['', [''], ['a']],
  ['abc', ['abc'], ['', 'ab', 'abcd', 'ABC', 'xabc']],
  ['*', ['', 'a', 'a:b/c'], []],
  ['**', ['', 'abc'], []],
  ['a*', ['a', 'abc'], ['', 'ba']],
  ['*a', ['a', 'bca'], ['', 'ab']],
  ['a*a', ['aa', 'aba'], ['a']],
  ['a*b*c', ['abc', 'axbxc', 'abcbc'], ['acb', 'ab', 'ac']],
  ['*ab*ab*', ['abab', 'xabyabz'], ['ab', 'aab', 'aba']],
  ['a?c', ['abc', 'a?c'], ['ac', 'abbc']],
  ['?*', ['a', 'ab'], ['']],
  ['*?b?*', ['abc', 'xxabcyy'], ['ab', 'bc', 'b']],
  ['*aab', ['aaab', 'aab'], ['aaba']],
  ['arn:aws:s3:::logs-??/2026*.gz', ['arn:aws:s3:::logs-eu/2026/a:b.gz'], ['arn:aws:s3:::logs-eu/2025.gz']],
];

for (const [pattern, matching, other] of cases)
  test(`"${pattern}" matches what it should and nothing else`, () => {
    const glob = new Glob(globTokens(pattern));
    for (const text of matching) assert.equal(glob.matches(text), true, `"${text}"`);
    for (const text of other) assert.equal(glob.matches(text), false, `"${text}"`);
  });

test('random patterns match what a recursive model says', () => {
  const { seed, below } = seededRandom();
  const word = (alphabet: string, lengthMax: number) =>
    Array.from({ length: below(lengthMax + 1) }, () => alphabet[below(alphabet.length)]).join('');
  for (let round = 0; round < 5_000; round++) {
    const [pattern, text] = [word('ab*?', 7), word('ab', 9)];
    const actual = new Glob(globTokens(pattern)).matches(text);
    assert.equal(actual, modelMatches(pattern, text), `seed ${seed}: "${pattern}" and "${text}"`);
  }
});

test('long pieces with ? are found where a look at every place finds them', () => {
  const { seed, below } = seededRandom();
  const word = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
  let found = 0;
  for (let round = 0; round < 2_000; round++) {
    const alphabet = round % 2 === 0 ? 'aaaaaaab' : 'abcdefghijklmnopqrstuvwxyz\u0161\u4e2d';
    const text = word(alphabet, 200 + below(400));
    const start = below(text.length);
    const piece = [...text.slice(start, start + 16 + below(90))]
      .map((c) => (below(4) === 0 ? '?' : c))
      .join('');
    const sought = below(3) === 0 ? `${piece}b` : piece;
    const expected = new RegExp(sought.replaceAll('?', '[^]')).test(text);
    found += Number(expected);
    assert.equal(
      new Glob(globTokens(`*${sought}*`)).matches(text),
      expected,
      `seed ${seed}: "${sought}" in "${text}"`,
    );
  }
  assert(found > 500 && found < 1_900, `${found} of 2,000 are found`);
});

test('a long piece with ? in a long text takes milliseconds', () => {
  const glob = new Glob(globTokens(`*${'a'.repeat(7_500)}?b*`));
  const text = 'a'.repeat(15_000);
  const started = process.cpuUsage();
  assert.equal(glob.matches(text), false);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 100_000, `took ${user + system} us of CPU`);
});

test('a wildcard bomb takes no longer than a long look', () => {
  const glob = new Glob(globTokens(`${'*a?a'.repeat(1_500)}b`));
  const text = 'a'.repeat(8_000);
  const started = process.cpuUsage();
  assert.equal(glob.matches(text), false);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 200_000, `took ${user + system} us of CPU`);
});

function modelMatches(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return modelMatches(pattern.slice(1), text) || (text !== '' && modelMatches(pattern, text.slice(1)));
  return (
    text !== '' &&
    (pattern[0] === '?' || pattern[0] === text[0]) &&
    modelMatches(pattern.slice(1), text.slice(1))
  );
}
