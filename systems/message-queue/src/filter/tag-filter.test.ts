import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { filterCharactersMax, filterDepthMax } from '../limits.ts';
import { InvalidFilterError, parseTagFilter } from './tag-filter.ts';

function matches(text: string, ...tags: readonly string[]): boolean {
  return parseTagFilter(text).matches(new Set(tags));
}

test('a filter wants what has the tags that it names', () => {
  assert.deepEqual([matches('red', 'red', 'x'), matches('red', 'Red'), matches('red')], [true, false, false]);
  assert.deepEqual([matches('red || blue', 'blue'), matches('red||blue', 'green')], [true, false]);
  assert.deepEqual([matches('red && blue', 'blue'), matches('red&&blue', 'blue', 'red')], [false, true]);
  assert.deepEqual([matches('!red'), matches('!red', 'red'), matches('!!red', 'red')], [true, false, true]);
  assert.deepEqual([matches('*'), matches('* && !old', 'old')], [true, false]);
});

test('and binds before or, not before both, parentheses before all', () => {
  assert.equal(matches('a || b && c', 'a'), true);
  assert.equal(matches('(a || b) && c', 'a'), false);
  assert.equal(matches('!a && b', 'b'), true);
  assert.equal(matches('!(a && b)', 'b'), true);
});

test('tags may have any characters that mean nothing', () => {
  assert.equal(matches('order-created.v2 && EU/west', 'EU/west', 'order-created.v2'), true);
  assert.equal(matches('größe=1', 'größe=1'), true);
});

const wrong = {
  '': "its end: wanted is a tag, '!' or '('",
  'red ||': "its end: wanted is a tag, '!' or '('",
  'red blue': "'blue' at character 5: wanted is '||' or '&&'",
  'red | blue': "'|' at character 5: wanted is '||', '&&' or a tag",
  'red, blue': "',' at character 4: wanted is '||', '&&' or a tag",
  '(red || blue': "'(' at character 1 has no ')' behind what it holds",
  'red)': "')' at character 4: wanted is '||' or '&&'",
  '|| red': "'||' at character 1: wanted is a tag, '!' or '('",
};

for (const [text, message] of Object.entries(wrong))
  test(`what is wrong with '${text}' is said`, () => {
    assert.throws(() => parseTagFilter(text), { name: 'InvalidFilterError', message });
  });

test('the length and the depth of a filter are bounded', () => {
  const long = 'a'.repeat(filterCharactersMax);
  assert.equal(matches(long, long), true);
  assert.throws(() => parseTagFilter(`${long}a`), InvalidFilterError);
  const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
  assert.equal(matches(nested(filterDepthMax), 'a'), true);
  assert.throws(() => parseTagFilter(nested(filterDepthMax + 1)), InvalidFilterError);
  assert.throws(() => parseTagFilter(`${'!'.repeat(filterDepthMax + 1)}a`), InvalidFilterError);
  // Side by side is not deep.
  assert.equal(matches(Array(200).fill('(a)').join('&&'), 'a'), true);
});

const tags = ['a', 'b', 'c'] as const;

/** An expression as text, and what it means. */
function made(random: SeededRandom, depth: number): { text: string; holds: (tags: Set<string>) => boolean } {
  const blanks = ' '.repeat(random.integer(2));
  const part = () => made(random, depth - 1);
  const kind = depth === 0 ? 0 : random.integer(4);
  if (kind === 0) {
    const tag = tags[random.integer(tags.length)]!;
    return { text: `${blanks}${tag}${blanks}`, holds: (has) => has.has(tag) };
  }
  const [left, right] = [part(), part()];
  if (kind === 1) return { text: `!${blanks}(${left.text})`, holds: (has) => !left.holds(has) };
  const isAny = kind === 2;
  const text = `(${left.text})${blanks}${isAny ? '||' : '&&'}(${right.text})`;
  return {
    text,
    holds: (has) => (isAny ? left.holds(has) || right.holds(has) : left.holds(has) && right.holds(has)),
  };
}

test('any expression means what it was made from', () => {
  const random = new SeededRandom(1);
  for (let count = 0; count < 2_000; count++) {
    const { text, holds } = made(random, 4);
    const has = new Set(tags.filter(() => random.integer(2) === 1));
    assert.equal(parseTagFilter(text).matches(has), holds(has), `${text} of ${[...has]}`);
  }
});

test('any text is a filter, or is refused with a reason', () => {
  const random = new SeededRandom(2);
  const pieces = ['a', '||', '&&', '|', '&', '!', '(', ')', '*', ' ', ',', 'ü', '\0', '\n'];
  for (let count = 0; count < 5_000; count++) {
    const text = Array.from({ length: random.integer(12) }, () => pieces[random.integer(pieces.length)]).join(
      '',
    );
    try {
      parseTagFilter(text).matches(new Set(['a']));
    } catch (error) {
      assert.ok(
        error instanceof InvalidFilterError && error.message !== '',
        `${JSON.stringify(text)}: ${error}`,
      );
    }
  }
});
