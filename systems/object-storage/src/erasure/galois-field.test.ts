import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inverse, multiply } from './galois-field.ts';
import { products } from './table-model.ts';

test('a product is that of polynomials, modulo x^8 + x^4 + x^3 + x^2 + 1', () => {
  for (let left = 0; left < 256; left++)
    for (let right = 0; right < 256; right++)
      assert.equal(multiply(left, right), products[left]![right], `${left} * ${right}`);
});

test('an element times its inverse is 1', () => {
  for (let element = 1; element < 256; element++) assert.equal(multiply(element, inverse(element)), 1);
});

test('zero has no inverse', () => {
  assert.throws(() => inverse(0), /zero has no inverse/);
});
