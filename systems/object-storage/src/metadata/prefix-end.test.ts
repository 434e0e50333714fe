import assert from 'node:assert/strict';
import test from 'node:test';
import { prefixEnd } from './prefix-end.ts';

const cases: readonly [string, string | undefined][] = [
  ['a/', 'a0'],
  ['', undefined],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}\u{10ffff}', undefined],
  ['\ud7ff', '\ue000'],
  ['\uffff', '\u{10000}'],
  ['ä', 'å'],
];

for (const [prefix, end] of cases) {
  test(`everything that starts with ${JSON.stringify(prefix)} ends before ${JSON.stringify(end)}`, () => {
    assert.equal(prefixEnd(prefix), end);
  });
}

test('the end sorts behind every extension of the prefix by UTF-8 bytes', () => {
  for (const prefix of ['a', 'x\ud7ff', 'x\uffff', 'é/']) {
    const end = Buffer.from(prefixEnd(prefix)!);
    for (const tail of ['', '\u0001', 'zzz', '\u{10ffff}\u{10ffff}']) {
      assert.equal(Buffer.compare(Buffer.from(prefix + tail), end), -1);
    }
  }
});
