import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCode } from '../test/run-code.ts';
import type { Code } from './code.ts';
import { Frame } from './frame.ts';
import { constant } from './instructions.ts';
import {
  and128,
  loadVector,
  relaxedSwizzle,
  shiftPairsRight,
  splat,
  storeVector,
  swizzle,
  xor128,
} from './vector-instructions.ts';

const ascending = Array.from({ length: 16 }, (_, index) => index + 1);

/** What an expression of a vector is, given the vectors at 0 and 16. */
function vectorOf(bytes: readonly number[], value: (first: Code, second: Code) => Code): readonly number[] {
  const result = value(loadVector(constant(0), 0), loadVector(constant(0), 16));
  const { memory } = runCode(new Frame(), [storeVector(constant(2), 30, result)], { bytes });
  return [...memory.subarray(32, 48)];
}

test('vectors are added, masked and shifted', () => {
  const bytes = [...ascending.map((value) => value * 15), ...ascending];
  assert.deepEqual(
    vectorOf(bytes, xor128),
    ascending.map((value) => (value * 15) ^ value),
  );
  assert.deepEqual(
    vectorOf(bytes, (first) => and128(first, splat(0x0f))),
    ascending.map((value) => (value * 15) & 0x0f),
  );
  assert.deepEqual(
    vectorOf(bytes, (first) => and128(shiftPairsRight(first, 4), splat(0x0f))),
    ascending.map((value) => (value * 15) >> 4),
  );
});

test('both lookups find the same for indexes below 16; only the plain one says 0 above', () => {
  const table = ascending.map((value) => value * 3);
  const indexes = ascending.map((value) => (value * 7) % 16);
  const found = indexes.map((index) => table[index]);
  assert.deepEqual(vectorOf([...table, ...indexes], swizzle), found);
  assert.deepEqual(vectorOf([...table, ...indexes], relaxedSwizzle), found);
  assert.deepEqual(vectorOf([...table, ...Array(16).fill(16)], swizzle), Array(16).fill(0));
});
