import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryInput } from './query-input.ts';

const read = (text: string): unknown => queryInput(new URLSearchParams(text));

test('lists, maps and entries become the members of the JSON protocol', () => {
  assert.deepEqual(read('AttributeName.2=B&AttributeName.1=A&VisibilityTimeout=5'), {
    AttributeNames: ['A', 'B'],
    VisibilityTimeout: '5',
  });
  assert.deepEqual(read('Attribute.1.Name=X&Attribute.1.Value=1&Tag.1.Key=k&Tag.1.Value=v'), {
    Attributes: { X: '1' },
    Tags: { k: 'v' },
  });
  const entry = 'SendMessageBatchRequestEntry.1.';
  const attribute = `${entry}MessageAttribute.1.`;
  assert.deepEqual(
    read(`${entry}Id=a&${attribute}Name=n&${attribute}Value.DataType=String&${attribute}Value.StringValue=s`),
    { Entries: [{ Id: 'a', MessageAttributes: { n: { DataType: 'String', StringValue: 's' } } }] },
  );
});

test('what contradicts itself, is too deep or too much is refused', () => {
  const refused = { code: 'SerializationException' };
  assert.throws(() => read('A=1&A=2'), refused);
  assert.throws(() => read('A=1&A.1=2'), refused);
  assert.throws(() => read('A.1.B=1&A.1=2'), refused);
  assert.throws(() => read(`${'a.'.repeat(20)}b=1`), refused);
  assert.throws(() => read(Array.from({ length: 2_001 }, (_, index) => `x${index}=1`).join('&')), refused);
});

test('names of the language’s own are names like others', () => {
  assert.deepEqual(Object.keys(read('__proto__.a=1&constructor=2') as object).sort(), [
    '__proto__',
    'constructor',
  ]);
});
