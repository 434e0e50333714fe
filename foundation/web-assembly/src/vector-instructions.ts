// Vectors of sixteen bytes: SIMD, and relaxed SIMD where it says so.
// https://webassembly.github.io/spec/core/binary/instructions.html (version 3.0 holds both).

import { type Code, unsigned } from './code.ts';
import { constant, place } from './instructions.ts';

// By their names in the specification; they follow a prefix.
const opcode = {
  'v128.load': 0,
  'v128.store': 11,
  'i8x16.shuffle': 13,
  'i8x16.swizzle': 14,
  'i8x16.splat': 15,
  'v128.not': 77,
  'v128.and': 78,
  'v128.or': 80,
  'v128.xor': 81,
  'i16x8.shr_u': 141,
  'i32x4.shl': 171,
  'i32x4.shr_u': 173,
  'i32x4.add': 174,
  'i8x16.relaxed_swizzle': 256,
} as const;
const op = (name: keyof typeof opcode): Code => [0xfd, ...unsigned(opcode[name])];
const binary = (name: keyof typeof opcode) => {
  return (left: Code, right: Code): Code => [...left, ...right, ...op(name)];
};

/** Sixteen bytes at an address plus a constant. */
export const loadVector = (address: Code, offset: number): Code => [
  ...[...address, ...op('v128.load')],
  ...place(offset),
];
export const storeVector = (address: Code, offset: number, value: Code): Code => [
  ...[...address, ...value, ...op('v128.store')],
  ...place(offset),
];

/** The same byte in all sixteen lanes. */
export const splat = (byte: number): Code => [...constant(byte), ...op('i8x16.splat')];
export const and128 = binary('v128.and');
export const or128 = binary('v128.or');
export const xor128 = binary('v128.xor');
export const not128 = (value: Code): Code => [...value, ...op('v128.not')];
/** Every two bytes as one number, shifted right; high bits of one byte come down into the other. */
export const shiftPairsRight = (value: Code, bits: number): Code => [
  ...[...value, ...constant(bits)],
  ...op('i16x8.shr_u'),
];

/** Each four bytes as one number, without what goes beyond it. */
export const addNumbers = binary('i32x4.add');
/** The same, by 1 to 31 bits: what leaves on the left comes in on the right. */
export const rotateNumbersLeft = (value: Code, bits: number): Code =>
  or128(
    [...value, ...constant(bits), ...op('i32x4.shl')],
    [...value, ...constant(32 - bits), ...op('i32x4.shr_u')],
  );

/** Sixteen of the 32 bytes of two vectors, by their places: those of the second begin at 16. */
export const shuffle = (first: Code, second: Code, places: readonly number[]): Code => [
  ...[...first, ...second, ...op('i8x16.shuffle')],
  ...places,
];

/** Takes a table and lanes: lane i becomes `table[lanes[i]]`, or 0 where that is 16 or more. */
export const swizzle = binary('i8x16.swizzle');
/** The same for indexes below 16; above, as the processor likes: one instruction on x86. */
export const relaxedSwizzle = binary('i8x16.relaxed_swizzle');
