import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidRegexError } from './parse-regex.ts';
import { TopicRegex } from './topic-regex.ts';

const names = [
  '',
  'a',
  'b',
  'ab',
  'abc',
  'aab',
  'ba',
  'a.b',
  'a-b',
  'A',
  'aB',
  'orders',
  'orders-1',
  'orders-12',
  'x_y',
];
const patterns = [
  'a',
  '.*',
  'a.*',
  'a|b',
  '(a|b)+',
  'a?b',
  'a{2}b',
  'a{1,2}b?',
  '(?:ab)*',
  '^a$',
  '^orders-\\d+$',
  'orders(-[0-9]{1,2})?',
  '[^a]*',
  '[a-c]+',
  '[\\w.-]+',
  '\\Aa\\z',
  'a\\.b',
  '(a*)*',
  '(a|a)*b',
  'x\\x5fy',
  '[]a]',
  'a$b',
  '(^a|b)b?',
  '\\W|\\S+',
  '',
  'a+?b',
  '(?P<n>a)b',
  '[a\\-]b?',
];

test('an expression matches whole names as the engine of JavaScript does', () => {
  for (const pattern of patterns) {
    const own = new TopicRegex(pattern);
    const source = pattern
      .replace('\\A', '^')
      .replace('\\z', '$')
      .replace('(?P<', '(?<')
      .replace('[]a]', '[\\]a]');
    const other = new RegExp(`^(?:${source})$`);
    for (const name of names) assert.equal(own.matches(name), other.test(name), `/${pattern}/ on '${name}'`);
  }
});

test('what only RE2 has: flags, quotes, POSIX classes', () => {
  assert.equal(new TopicRegex('(?i)ORDERS').matches('orders'), true);
  assert.equal(new TopicRegex('(?i:A)B').matches('aB'), true);
  assert.equal(new TopicRegex('(?i:A)B').matches('ab'), false);
  assert.equal(new TopicRegex('\\Qa.b\\E').matches('a.b'), true);
  assert.equal(new TopicRegex('\\Qa.b\\E').matches('axb'), false);
  assert.equal(new TopicRegex('[[:alpha:]]+').matches('orders'), true);
  assert.equal(new TopicRegex('[[:^alpha:]]+').matches('12'), true);
});

test('expressions that are wrong or too large are refused', () => {
  for (const pattern of [
    '(',
    ')',
    '[',
    '*',
    'a**',
    '\\',
    '\\b',
    '\\p',
    'a{2,1}',
    'a{1001}',
    '[z-a]',
    '(?=a)',
    '[[:no:]]',
    '[[:toString:]]',
    '((a{100}){100}){100}',
    '('.repeat(1_000),
    'a'.repeat(3_000),
  ])
    assert.throws(() => new TopicRegex(pattern), InvalidRegexError, pattern);
});

test('an expression that makes a backtracking engine wait for ever takes no time', () => {
  const regex = new TopicRegex('(a|a)*(a|a)*(a|aa)+b');
  const started = process.cpuUsage().user;
  assert.equal(regex.matches(`${'a'.repeat(249)}`), false);
  assert(process.cpuUsage().user - started < 2_000_000);
});

test('regression: what matches nothing cannot be repeated for ever', () => {
  for (const pattern of ['(((){1000}){1000}){1000}', '((((^){0}){1000}){1000}){1000}', '((()+){1000}){1000}'])
    assert.throws(() => new TopicRegex(pattern), InvalidRegexError, pattern);
  assert.equal(new TopicRegex('(()a){1000}').matches('a'.repeat(1_000)), true);
});
