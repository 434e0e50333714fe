import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCode } from '../test/run-code.ts';
import type { Code } from './code.ts';
import { Frame } from './frame.ts';
import {
  add32,
  add64,
  block,
  constant,
  constant64,
  endlessly,
  get,
  giveBack,
  isAbove32,
  isBelow32,
  isBelow64,
  leaveIf,
  load64,
  loadByte,
  loadUint16,
  not,
  repeatWhile,
  set,
  shiftLeft32,
  shiftLeft64,
  subtract32,
} from './instructions.ts';

const resultOf = (code: Code, bytes: readonly number[] = []) =>
  runCode(new Frame(), [code], { bytes, result: 'i32' }).result;
const result64Of = (code: Code, bytes: readonly number[] = []) =>
  runCode(new Frame(), [code], { bytes, result: 'i64' }).result;

test('constants of every length and sign come through', () => {
  const powers = Array.from({ length: 31 }, (_, exponent) => 2 ** exponent);
  const values = powers.flatMap((power) => [power - 1, power, -power, -power - 1]);
  for (const value of [0, ...values, 2 ** 31 - 1]) {
    assert.equal(resultOf(constant(value)), value);
    assert.equal(result64Of(constant64(value)), BigInt(value));
  }
});

test('integers are added, subtracted and shifted, and what overflows is lost', () => {
  assert.equal(resultOf(add32(constant(7), constant(-9))), -2);
  assert.equal(resultOf(add32(constant(2 ** 31 - 1), constant(1))), -(2 ** 31));
  assert.equal(resultOf(subtract32(constant(7), constant(9))), -2);
  assert.equal(resultOf(shiftLeft32(constant(5), constant(3))), 40);
  assert.equal(resultOf(shiftLeft32(constant(5), constant(31))), -(2 ** 31));
  assert.equal(result64Of(add64(constant64(2 ** 31 - 1), constant64(1))), 2n ** 31n);
  assert.equal(result64Of(shiftLeft64(constant64(5), constant64(40))), 5n << 40n);
  assert.equal(result64Of(shiftLeft64(constant64(3), constant64(63))), -(2n ** 63n));
});

test('comparisons are unsigned', () => {
  assert.deepEqual(
    [
      resultOf(isBelow32(constant(1), constant(-1))),
      resultOf(isBelow32(constant(-1), constant(1))),
      resultOf(isAbove32(constant(-1), constant(1))),
      resultOf(isAbove32(constant(1), constant(1))),
      resultOf(isBelow64(constant64(1), constant64(-1))),
      resultOf(isBelow64(constant64(-1), constant64(1))),
      resultOf(not(constant(0))),
      resultOf(not(constant(2))),
    ],
    [1, 0, 1, 0, 1, 0, 1, 0],
  );
});

test('bytes are loaded little-endian from an address and an offset', () => {
  const bytes = [0, 0, 0, 0xfe, 0x81, 1, 2, 3, 4, 5, 6];
  assert.equal(resultOf(loadByte(constant(1), 2), bytes), 0xfe);
  assert.equal(resultOf(loadUint16(constant(1), 2), bytes), 0x81fe);
  assert.equal(result64Of(load64(constant(1), 2), bytes), 0x0605040302_0181fen);
  assert.equal(resultOf(loadByte(constant(1), 200), bytes), 0);
});

test('a loop runs while its condition holds, and once at the least', () => {
  for (const [count, turns] of [
    [5, 5],
    [0, 1],
  ] as const) {
    const frame = new Frame();
    const done = frame.local('i32');
    const next = set(done, add32(get(done), constant(1)));
    const body = [repeatWhile([next], isBelow32(get(done), constant(count))), get(done)];
    assert.equal(runCode(frame, body, { result: 'i32' }).result, turns);
  }
});

test('an endless loop is left for what follows the block around it, or by giving back', () => {
  const frame = new Frame();
  const limit = frame.parameter('i32');
  const done = frame.local('i32');
  const sum = frame.local('i32');
  const body = [
    block([
      endlessly([
        leaveIf(not(isBelow32(get(done), get(limit))), 1),
        set(done, add32(get(done), constant(1))),
        set(sum, add32(get(sum), get(done))),
        block([leaveIf(isBelow32(get(sum), constant(1000)), 0), giveBack(constant(-1))]),
      ]),
    ]),
    get(sum),
  ];
  const sumTo = (last: number) => runCode(frame, body, { arguments: [last], result: 'i32' }).result;
  assert.deepEqual([sumTo(0), sumTo(4), sumTo(44), sumTo(45)], [0, 10, 990, -1]);
});
