import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from './message-id.ts';

test('an id is a UUID of version 4 from sixteen random bytes', () => {
  const of = (bytes: readonly number[]): string =>
    newId({ bytes: () => Buffer.from(bytes), integer: () => 0 });
  assert.equal(of([...Array(16).keys()]), '00010203-0405-4607-8809-0a0b0c0d0e0f');
  assert.equal(of(Array(16).fill(0xff)), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
});
