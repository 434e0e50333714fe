import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Input } from './input.ts';
import { attributesDigest, chosenAttributes, messageAttributesOf } from './message-attributes.ts';

test('the digest of attributes is over what AWS documents', () => {
  // Computed apart from this code, with md5sum,
  // over 00000003 'foo' 00000006 'String' 01 00000003 'bar'.
  assert.equal(
    attributesDigest({ foo: { type: 'String', value: 'bar' } }),
    'd8062e30406ad939a86bacea477e5a26',
  );
  assert.equal(attributesDigest({}), undefined);
});

test('attributes are chosen by name, prefix, or all', () => {
  const value = { type: 'String', value: 'x' };
  const all = { 'a.b': value, 'a.c': value, ab: value };
  const chosen = (...names: string[]): readonly string[] => Object.keys(chosenAttributes(all, names));
  assert.deepEqual(chosen('a.*'), ['a.b', 'a.c']);
  assert.deepEqual(chosen('ab', 'nothing'), ['ab']);
  assert.deepEqual(chosen('All'), ['a.b', 'a.c', 'ab']);
  assert.deepEqual(chosen(), []);
});

test('names, types and values that are none are refused', () => {
  const read = (name: string, value: object) => () =>
    messageAttributesOf(new Input({ MessageAttributes: { [name]: value } }), 'MessageAttributes');
  const good = { DataType: 'String', StringValue: 'x' };
  assert.deepEqual(read('a.b-c_1', good)(), { 'a.b-c_1': { type: 'String', value: 'x' } });
  for (const name of ['', 'AWS.x', 'amazon.y', '.a', 'a.', 'a..b', 'a b', 'x'.repeat(257)])
    assert.throws(read(name, good), { code: 'InvalidParameterValue' }, name);
  for (const value of [
    {},
    { DataType: 'Text', StringValue: 'x' },
    { DataType: 'String' },
    { DataType: 'Number', StringValue: 'ten' },
  ])
    assert.throws(read('a', value), { code: 'InvalidParameterValue' });
  for (const value of [
    { DataType: 'String', StringValue: '\u0001' },
    { DataType: 'String.\u0001', StringValue: 'x' },
  ])
    assert.throws(read('a', value), { code: 'InvalidMessageContents' });
});

test('regression: a number of many digits that ends in none is refused in no time', () => {
  const read = (StringValue: string) => () =>
    messageAttributesOf(
      new Input({ MessageAttributes: { a: { DataType: 'Number', StringValue } } }),
      'MessageAttributes',
    );
  const started = performance.now();
  assert.throws(read(`${'1'.repeat(1_000_000)}x`), { code: 'InvalidParameterValue' });
  assert.throws(read(`1${' '.repeat(1_000_000)}x`), { code: 'InvalidParameterValue' });
  assert(performance.now() - started < 5_000, 'its digits are looked at once');
  for (const number of ['1', '-1.5', '+.5', '1.', '1e-6', ' 7 ']) assert.doesNotThrow(read(number), number);
  for (const text of ['.', '-', 'e5', '1e', '1.2.3']) assert.throws(read(text), text);
});
