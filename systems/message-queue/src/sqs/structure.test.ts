import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqsTokensMax } from '../limits.ts';
import { requireCharacters } from './message-attributes.ts';
import { isFormTooRich, isJsonPlain, isJsonTooRich } from './structure.ts';

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

test('JSON is plain only where none of its texts has a character that is refused, in whatever way it is written', () => {
  const isAccepted = (text: string): boolean => {
    try {
      requireCharacters(text);
      return true;
    } catch {
      return false;
    }
  };
  const isPlain = (json: string): boolean => isJsonPlain(Buffer.from(json));
  const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
  let refused = 0;
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = String.fromCharCode(unit);
    if (isAccepted(text)) continue;
    refused++;
    for (const json of [JSON.stringify(text), `"${escaped(unit)}"`]) assert.equal(isPlain(json), false, json);
    // Raw controls are no JSON, raw lone surrogates no UTF-8; the others are both.
    const raw = Buffer.from(`"${text}"`);
    if (isReadAs(raw, text)) assert.equal(isJsonPlain(raw), false, escaped(unit));
  }
  assert.equal(refused, 0x20 - 3 + 0x800 + 2);
  assert.equal(isPlain(JSON.stringify({ MessageBody: 'a {b}, é, 中文, \u{1f600}' })), true);
});

function isReadAs(json: Buffer, text: string): boolean {
  try {
    return JSON.parse(json.toString()) === text;
  } catch {
    return false;
  }
}
