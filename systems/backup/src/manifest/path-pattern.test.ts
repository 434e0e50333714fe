import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { compilePathPattern } from './path-pattern.ts';
import { pathBytes } from './path-text.ts';

const matches = (pattern: string, path: string, options = {}) =>
  compilePathPattern(pattern, options).matches(pathBytes(path));

const cases: readonly (readonly [pattern: string, path: string, expected: boolean])[] = [
  ['*.txt', '/home/ann/a.txt', true],
  ['*.txt', '/home/ann/a.txt/b', false],
  ['a*c', '/x/a/c', false],
  ['/home/*', '/home/ann', true],
  ['/home/*', '/home/ann/b', false],
  ['/home/*', '/x/home/ann', false],
  ['ann/*.txt', '/home/ann/a.txt', true],
  ['ann/*.txt', '/home/joann/a.txt', false],
  ['/home/**', '/home/ann/b/c', true],
  ['/a/**/b', '/a/b', true],
  ['/a/**/b', '/a/x/y/b', true],
  ['/a/**/b', '/a/xb', false],
  ['**', '/anything/at/all', true],
  ['?', '/ä', true],
  ['?', '/日', true],
  ['?', 'raw:/%ff', true],
  ['??', '/ä', false],
  ['?', '/ab', false],
  ['a?b', '/x/a/b', false],
  ['[a-c]x', '/bx', true],
  ['[!a-c]x', '/bx', false],
  ['[!a]b', '/x/b', false],
  ['[]]', '/]', true],
  ['[', '/[', true],
  ['[z-a]', '/[z-a]', true],
  ['\\*', '/*', true],
  ['\\*', '/a', false],
  ['a.b', '/axb', false],
  ['a+(b)', '/a+(b)', true],
  ['Käse', '/Käse', true],
  ['dir/', '/home/dir', true],
  ['/', '/', true],
  ['a\nb', '/a\nb', true],
];

for (const [pattern, path, expected] of cases)
  test(`${JSON.stringify(pattern)} ${expected ? 'matches' : 'does not match'} ${path}`, () => {
    assert.equal(matches(pattern, path), expected);
  });

test('case is ignored when asked', () => {
  assert.equal(matches('*.TXT', '/a.txt'), false);
  assert.equal(matches('*.TXT', '/a.txt', { ignoreCase: true }), true);
});

test('any text is a pattern', () => {
  const alphabet = ['*', '?', '[', ']', '!', '-', '\\', '/', 'a', '(', '^', '{', '.', 'ä'];
  for (let round = 0; round < 3_000; round += 1) {
    const pattern = Array.from({ length: randomInt(0, 8) }, () => alphabet[randomInt(alphabet.length)]).join(
      '',
    );
    matches(pattern, '/a/b');
  }
});
