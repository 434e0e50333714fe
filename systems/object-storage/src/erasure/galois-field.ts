// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d), whose element x (2) generates all others but 0: a sum is
// an exclusive or, a product adds logarithms. Plank, "A Tutorial on Reed-Solomon Coding for Fault-Tolerance in RAID-like
// Systems", Software: Practice and Experience 27(9), 1997.

import assert from 'node:assert/strict';

const polynomial = 0x11d;
const nonzeroElements = 255;

const powers = new Uint8Array(2 * nonzeroElements);
const logarithms = new Uint8Array(nonzeroElements + 1);
let power = 1;
for (let exponent = 0; exponent < nonzeroElements; exponent++) {
  powers[exponent] = power;
  // Twice, so that a sum of two logarithms needs no remainder.
  powers[exponent + nonzeroElements] = power;
  logarithms[power] = exponent;
  power <<= 1;
  if (power > 0xff) power ^= polynomial;
}

export function multiply(left: number, right: number): number {
  if (left === 0 || right === 0) return 0;
  return powers[logarithms[left]! + logarithms[right]!]!;
}

export function inverse(element: number): number {
  assert(element !== 0, 'zero has no inverse');
  return powers[nonzeroElements - logarithms[element]!]!;
}
