// As much of a WebAssembly assembler as the kernel needs: expressions in, the bytes of a module out.
// https://webassembly.github.io/spec/core/binary/ (version 3.0, which holds SIMD and relaxed SIMD).
//
// Code is bytes on a stack machine: what an instruction takes is written before it. So an expression is a function from
// the code of its operands to code, and `add(get(a), constant(1))` reads as what it does. Nothing is checked here: the
// engine validates every module before it runs.

import assert from 'node:assert/strict';

export type Code = readonly number[];

const types = { i32: 0x7f, v128: 0x7b } as const;
type ValueType = keyof typeof types;

/** A variable of a function, by its index: parameters come first. */
export type Local = number & { readonly local: unique symbol };

/** The variables of one function, in the order in which they are declared. */
export class Frame {
  readonly parameters: ValueType[] = [];
  readonly locals: ValueType[] = [];

  parameter(type: ValueType): Local {
    assert(this.locals.length === 0, 'parameters come before locals');
    return (this.parameters.push(type) - 1) as Local;
  }

  local(type: ValueType): Local {
    return (this.parameters.length + this.locals.push(type) - 1) as Local;
  }
}

export const constant = (value: number): Code => [0x41, ...signed(value)];
export const add = (left: Code, right: Code): Code => [...left, ...right, 0x6a];
export const lessThan = (left: Code, right: Code): Code => [...left, ...right, 0x49];

export const get = (local: Local): Code => [0x20, ...unsigned(local)];
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local)];

/** Repeats the body for as long as the condition after it holds: at least once. */
export const repeatWhile = (body: readonly Code[], condition: Code): Code => [
  ...[0x03, 0x40],
  ...body.flat(),
  ...condition,
  ...[0x0d, 0x00, 0x0b],
];

/** Two bytes, little-endian, at an address plus a constant. */
export const loadUint16 = (address: Code, offset: number): Code => [
  ...address,
  ...[0x2f, 0x01],
  ...unsigned(offset),
];

/** Sixteen bytes at an address, aligned or not, plus a constant. */
export const loadVector = (address: Code, offset: number): Code => [
  ...address,
  ...vectorOp(0),
  0x00,
  ...unsigned(offset),
];
export const storeVector = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...vectorOp(11),
  0x00,
  ...unsigned(offset),
];

/** The same byte in all sixteen lanes. */
export const splat = (byte: number): Code => [...constant(byte), ...vectorOp(15)];
export const and = (left: Code, right: Code): Code => [...left, ...right, ...vectorOp(78)];
export const xor = (left: Code, right: Code): Code => [...left, ...right, ...vectorOp(81)];
/** Every two bytes as one number, shifted right; high bits of one byte come down into the other. */
export const shiftPairsRight = (value: Code, bits: number): Code => [
  ...value,
  ...constant(bits),
  ...vectorOp(141),
];

/** Lane i becomes `table[lanes[i]]`, or 0 where that is 16 or more. */
export const swizzle = (table: Code, lanes: Code): Code => [...table, ...lanes, ...vectorOp(14)];
/** The same for indexes below 16; above, as the processor likes, which is one instruction on x86. */
export const relaxedSwizzle = (table: Code, lanes: Code): Code => [...table, ...lanes, ...vectorOp(0x100)];

/** A function of the module, exported by its name, which returns nothing. */
export type WasmFunction = { readonly name: string; readonly frame: Frame; readonly body: readonly Code[] };

/** A module that imports one memory, `env.memory`, of exactly so many pages of 64 KiB and exports the functions. */
export function assembleModule(
  functions: readonly WasmFunction[],
  memoryPages: number,
): Uint8Array<ArrayBuffer> {
  const limits = [0x01, ...unsigned(memoryPages), ...unsigned(memoryPages)];
  return Uint8Array.from([
    ...[...magic, ...binaryVersion],
    ...section(1, functions.map(signature)),
    ...section(2, [[...name('env'), ...name('memory'), 0x02, ...limits]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map((wasmFunction, index) => [...name(wasmFunction.name), 0x00, ...unsigned(index)]),
    ),
    ...section(10, functions.map(functionCode)),
  ]);
}

const magic: Code = [...Buffer.from('\0asm')];
const binaryVersion: Code = [0x01, 0x00, 0x00, 0x00];

function signature({ frame }: WasmFunction): Code {
  return [0x60, ...vector(frame.parameters.map((type) => [types[type]])), ...vector([])];
}

function functionCode({ frame, body }: WasmFunction): Code {
  const locals = frame.locals.map((type) => [0x01, types[type]]);
  return sized([...vector(locals), ...body.flat(), 0x0b]);
}

const vectorOp = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const name = (characters: string): Code => sized([...Buffer.from(characters)]);

/** LEB128: seven bits a byte, the low ones first, the high bit set on all but the last. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** The same of two's complement: the last byte's bit 6 is the sign. */
function signed(value: number): Code {
  const last = value >= -0x40 && value < 0x40;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
