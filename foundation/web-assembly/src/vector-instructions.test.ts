import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCode } from '../test/run-code.ts';
import type { Code } from './code.ts';
import { Frame } from './frame.ts';
import { constant } from './instructions.ts';
import {
  addNumbers,
  and128,
  loadVector,
  not128,
  or128,
  relaxedSwizzle,
  rotateNumbersLeft,
  shiftPairsRight,
  shuffle,
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

test('bits are turned round and joined', () => {
  const bytes = [...ascending.map((value) => value * 15), ...ascending];
  assert.deepEqual(
    vectorOf(bytes, or128),
    ascending.map((value) => (value * 15) | value),
  );
  assert.deepEqual(
    vectorOf(bytes, not128),
    ascending.map((value) => ~(value * 15) & 0xff),
  );
});

test('four numbers are added and rotated, each for itself', () => {
  const numbers = [1, 0x80000000, 0xffffffff, 0x12345678];
  const others = [2, 0x80000001, 1, 0x11111111];
  const bytes = [...Buffer.from(Uint32Array.from([...numbers, ...others]).buffer)];
  const asNumbers = (result: readonly number[]) => [...new Uint32Array(Uint8Array.from(result).buffer)];
  assert.deepEqual(asNumbers(vectorOf(bytes, addNumbers)), [3, 1, 0, 0x23456789]);
  assert.deepEqual(
    asNumbers(vectorOf(bytes, (first) => rotateNumbersLeft(first, 4))),
    [0x10, 0x00000008, 0xffffffff, 0x23456781],
  );
});

test('bytes of two vectors are picked by their places', () => {
  const places = [0, 31, 1, 30, 2, 29, 3, 28, 4, 27, 5, 26, 6, 25, 7, 16];
  const bytes = Array.from({ length: 32 }, (_, index) => index * 3);
  assert.deepEqual(
    vectorOf(bytes, (first, second) => shuffle(first, second, places)),
    places.map((place) => place * 3),
  );
});
