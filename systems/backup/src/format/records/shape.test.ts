// Shapes refuse what they should, say where, and never repeat a value.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { either, object, optional, table } from './object-shape.ts';
import { flag, list, oneOf, problemOf, type Shape, scalar, such, text, whole } from './shape.ts';

const person = object({ name: text(/^[a-z]+$/), age: optional(whole({ min: 0, max: 150 })) });

test('values of the right shape are given back', () => {
  for (const [shape, value] of [
    [text(), ''],
    [whole({ min: -1 }), -1],
    [whole({ min: 0 }), Number.MAX_SAFE_INTEGER],
    [flag, false],
    [scalar, null],
    [oneOf('a', 'b'), 'b'],
    [list(flag, { min: 1 }), [true]],
    [table(/^\d$/, text()), { '1': 'x' }],
    [person, { name: 'ann' }],
    [either('kind', { a: object({ kind: oneOf('a') }) }), { kind: 'a' }],
  ] as const)
    assert.deepEqual((shape as Shape<unknown>)(value, []), value);
});

test('what has another shape is refused, and its place named', () => {
  for (const [shape, value, problem] of [
    [text(), 1, 'is no text'],
    [text(/^a$/), 'secret', 'is no text of the right form'],
    [whole({ min: 0 }), 0.5, 'is no whole number'],
    [whole({ min: 0 }), 2 ** 53, 'is no whole number'],
    [whole({ min: 0 }), '1', 'is no whole number'],
    [whole({ min: 1, max: 2 }), 3, 'is not from 1 to 2'],
    [flag, 1, 'is neither true nor false'],
    [scalar, {}, 'is not a text, a number, true, false or null'],
    [scalar, Number.POSITIVE_INFINITY, 'is not a text, a number, true, false or null'],
    [oneOf('a', 'b'), 'secret', 'is not a or b'],
    [list(flag), { length: 0 }, 'is no list'],
    [list(flag, { min: 2 }), [true], 'has fewer than 2'],
    [list(person), [{ name: 'ann' }, { name: 'ANN' }], '1.name: is no text of the right form'],
    [table(/^\d$/, text()), { secret: 'x' }, 'has a name that is not of the right form'],
    [table(/^\d$/, text()), { '1': 2 }, '1: is no text'],
    [person, {}, 'name: is not there'],
    [person, { name: 'ann', age: undefined }, 'age: is no whole number'],
    [person, [], 'is no object'],
    [person, null, 'is no object'],
    [either('kind', { a: person }), { kind: 'secret' }, 'kind: is not a'],
    [either('kind', { a: person }), { kind: 'constructor' }, 'kind: is not a'],
    [
      such(person, ({ name }) => name !== 'bob', 'is not welcome', ['name']),
      { name: 'bob' },
      'name: is not welcome',
    ],
  ] as const)
    assert.equal(problemOf(value, shape as Shape<unknown>), problem, JSON.stringify(value));
});

test('members come in the order of the shape, others behind them or not at all', () => {
  const given = { other: { deep: 1 }, b: 'b', a: 'a' };
  const members = { a: text(), b: text() };
  assert.equal(JSON.stringify(object(members)(given, [])), '{"a":"a","b":"b"}');
  assert.equal(JSON.stringify(object(members, 'kept')(given, [])), '{"a":"a","b":"b","other":{"deep":1}}');
  assert.equal(
    problemOf(given, object(members, scalar)),
    'other: is not a text, a number, true, false or null',
  );
});

test('a member __proto__ is not kept, so that nobody can assign it', () => {
  const hostile = JSON.parse('{"name":"ann","__proto__":{"age":1}}');
  for (const others of ['kept', 'left out'] as const)
    assert.deepEqual(Object.getOwnPropertyNames(object({ name: text() }, others)(hostile, [])), ['name']);
});

test('an error of the program is not one of the value', () => {
  const broken = () => {
    throw new TypeError('a mistake');
  };
  assert.throws(() => problemOf(1, broken), TypeError);
});
