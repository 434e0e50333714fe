// Variables, control, and integers of 32 and 64 bits; a number in a name is the bits of what it takes.
// https://webassembly.github.io/spec/core/binary/instructions.html

import { type Code, signed, unsigned } from './code.ts';
import type { Local } from './frame.ts';

// By their names in the specification.
const opcode = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  'local.get': 0x20,
  'local.set': 0x21,
  'i64.load': 0x29,
  'i32.load8_u': 0x2d,
  'i32.load16_u': 0x2f,
  'i32.const': 0x41,
  'i64.const': 0x42,
  'i32.eqz': 0x45,
  'i32.lt_u': 0x49,
  'i32.gt_u': 0x4b,
  'i64.lt_u': 0x54,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.shl': 0x74,
  'i64.add': 0x7c,
  'i64.shl': 0x86,
} as const;
type Opcode = keyof typeof opcode;

const op = (name: Opcode): Code => [opcode[name]];
const binary = (name: Opcode) => {
  return (left: Code, right: Code): Code => [...left, ...right, ...op(name)];
};
/** At an address plus a constant. */
const load = (name: Opcode) => {
  return (address: Code, offset: number): Code => [...address, ...op(name), ...place(offset)];
};
/** Promises no alignment. */
export const place = (offset: number): Code => [0, ...unsigned(offset)];

export const constant = (value: number): Code => [...op('i32.const'), ...signed(value)];
/** Of a value that has 32 bits. */
export const constant64 = (value: number): Code => [...op('i64.const'), ...signed(value)];
export const add32 = binary('i32.add');
export const subtract32 = binary('i32.sub');
export const shiftLeft32 = binary('i32.shl');
export const not = (condition: Code): Code => [...condition, ...op('i32.eqz')];
/** Unsigned, as all comparisons here. */
export const isBelow32 = binary('i32.lt_u');
export const isAbove32 = binary('i32.gt_u');
export const add64 = binary('i64.add');
export const shiftLeft64 = binary('i64.shl');
export const isBelow64 = binary('i64.lt_u');

export const get = (local: Local): Code => [...op('local.get'), ...unsigned(local)];
export const set = (local: Local, value: Code): Code => [...value, ...op('local.set'), ...unsigned(local)];

/** A byte, two, or eight, little-endian, at an address plus a constant. */
export const loadByte = load('i32.load8_u');
export const loadUint16 = load('i32.load16_u');
export const load64 = load('i64.load');

const noResult = 0x40;

/** Repeats the body for as long as the condition after it holds: at least once. */
export const repeatWhile = (body: readonly Code[], condition: Code): Code => [
  ...[...op('loop'), noResult, ...body.flat()],
  ...[...condition, ...op('br_if'), 0],
  ...op('end'),
];
/** Code that `leaveIf` may leave for what follows it. */
export const block = (body: readonly Code[]): Code => [
  ...op('block'),
  noResult,
  ...body.flat(),
  ...op('end'),
];
/** Code that starts again at its end, until something in it leaves. */
export const endlessly = (body: readonly Code[]): Code => [
  ...[...op('loop'), noResult, ...body.flat()],
  ...[...op('br'), 0, ...op('end')],
];
/** Leaves so many enclosing blocks and loops, the innermost being 0. */
export const leaveIf = (condition: Code, depth: number): Code => [...condition, ...op('br_if'), depth];
export const giveBack = (value: Code): Code => [...value, ...op('return')];
