import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCodePoints } from './code-point-order.ts';

test('strings sort as their UTF-8 bytes do', () => {
  const strings = [
    '',
    'a',
    'ab',
    'b',
    'é',
    '\uD7FF',
    '\uE000',
    '\uFFFD',
    '\u{10000}',
    '\u{1F600}',
    'a\u{1F600}',
    'a\uFFFD',
  ];
  for (const left of strings) {
    for (const right of strings) {
      const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
      assert.equal(Math.sign(compareCodePoints(left, right)), expected, `${left} and ${right}`);
    }
  }
});
