import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAnswer, encodeAnswer } from './read-answer.ts';

function crossed(value: unknown): { through: string; value: unknown } {
  const encoded = encodeAnswer({ ok: true, value });
  assert(encoded.ok);
  const answer = structuredClone(encoded.value);
  return { through: Object.keys(answer)[0]!, value: decodeAnswer(answer) };
}

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

const cases: readonly { through: 'json' | 'clone'; value: unknown }[] = [
  {
    through: 'json',
    value: { rows: [{ key: 'ü \u0000 \ud800', size: 2 ** 53 - 1, none: null }], more: false },
  },
  { through: 'json', value: JSON.parse('{"__proto__":{"a":1}}') },
  { through: 'json', value: 'a text' },
  { through: 'clone', value: undefined },
  { through: 'clone', value: { next: undefined } },
  { through: 'clone', value: [1, undefined] },
  { through: 'clone', value: [-0, Number.NaN] },
  { through: 'clone', value: { bytes: Uint8Array.of(1, 2) } },
  { through: 'clone', value: new Map([[1, new Date(0)]]) },
  { through: 'clone', value: 10n },
  { through: 'clone', value: cyclic },
];

for (const { through, value } of cases) {
  test(`${typeof value} crosses as it is through ${through}: ${String(Object.prototype.toString.call(value))}`, () => {
    assert.deepEqual(crossed(value), { through, value });
  });
}

test('an error crosses as it is', () => {
  const failed = { ok: false, error: { code: 'failed' } } as const;
  assert.equal(encodeAnswer(failed), failed);
});
