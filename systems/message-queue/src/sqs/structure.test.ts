import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqsTokensMax } from '../limits.ts';
import { isFormTooRich, isJsonTooRich } from './structure.ts';

test('only what is outside of texts is structure of JSON', () => {
  const rich = (value: unknown): boolean => isJsonTooRich(Buffer.from(JSON.stringify(value)));
  assert.equal(
    rich({ Entries: [{ Id: 'a', MessageBody: JSON.stringify(Array(50_000).fill('"\\"')) }] }),
    false,
  );
  assert.equal(rich({ MessageBody: '\\"[{,'.repeat(50_000) }), false);
  assert.equal(rich({ Entries: Array(50_000).fill({}) }), true);
  assert.equal(rich({ Entries: Array(50_000).fill('') }), true);
  assert.equal(isJsonTooRich(Buffer.from('['.repeat(50_000))), true);
  assert.equal(isJsonTooRich(Buffer.from('"[')), false);
});

test('JSON is too rich from the first token beyond those that it may have, wherever it lies', () => {
  const items = (count: number): string => `[${Array(count).fill('').join(',')}`;
  const padding = `"${'x'.repeat(20_000)}"`;
  for (const around of [
    ['', ''],
    [padding, ''],
    ['', padding],
  ]) {
    const rich = (count: number): boolean => isJsonTooRich(Buffer.from(around.join(items(count))));
    assert.equal(rich(sqsTokensMax), false);
    assert.equal(rich(sqsTokensMax + 1), true);
  }
});

test('a form has as many parameters as it has separators, and one more', () => {
  assert.equal(isFormTooRich(Buffer.from('a=1&b=2')), false);
  assert.equal(isFormTooRich('a&'.repeat(1_999)), false);
  assert.equal(isFormTooRich('a&'.repeat(2_000)), true);
});

test('regression: the largest body is looked at in no time', () => {
  const started = performance.now();
  for (const piece of ['{},', '"",', '\\"', '"\\"', 'a'])
    isJsonTooRich(Buffer.from(`"${piece.repeat((8 * 2 ** 20) / piece.length)}`));
  assert(performance.now() - started < 5_000);
});
