// Which CORS rule is for a request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CorsRule, corsRuleFor } from './cors-rules.ts';

const rule = (change: Partial<CorsRule>): CorsRule => ({
  origins: ['*'],
  methods: ['GET'],
  headers: [],
  exposed: [],
  ...change,
});
const ask = (change: Partial<CorsRule>, origin = 'https://a', headers: string[] = [], method = 'GET') =>
  corsRuleFor([rule(change)], { origin, method, headers }) !== undefined;

test('a pattern fits what begins and ends as it does, and is not shorter than both', () => {
  for (const [pattern, fitting, others] of [
    ['*', ['', 'https://a', 'null'], []],
    ['https://a', ['https://a'], ['https://A', 'https://a.b', '']],
    ['start*end', ['startend', 'start1end'], ['0startend', 'startend0', 'staend']],
    ['ab*ba', ['abba', 'abxba'], ['aba']],
    ['*.example.com', ['https://a.example.com', '.example.com'], ['https://example.com']],
    ['https://*', ['https://'], ['http://a']],
  ] as const) {
    for (const origin of fitting) assert(ask({ origins: [pattern] }, origin), `${pattern} fits ${origin}`);
    for (const origin of others) assert(!ask({ origins: [pattern] }, origin), `${pattern}, not ${origin}`);
  }
});

test('all that is asked for has to fit in one rule; case counts for methods, not for headers', () => {
  assert(ask({ headers: ['x-amz-*', 'Content-Type'] }, 'a', ['X-AMZ-Date', 'content-type']));
  assert(!ask({ headers: ['x-amz-*'] }, 'a', ['x-amz-date', 'content-type']));
  assert(!ask({}, 'a', [], 'get'));
  assert(!ask({}, 'a', [], 'HEAD'));
  const rules = [rule({ origins: ['a'], methods: ['PUT'] }), rule({ origins: ['b'], headers: ['x'] })];
  assert.equal(corsRuleFor(rules, { origin: 'a', method: 'GET', headers: ['x'] }), undefined);
  assert.equal(corsRuleFor(rules, { origin: 'b', method: 'GET', headers: ['x'] }), rules[1]);
});
