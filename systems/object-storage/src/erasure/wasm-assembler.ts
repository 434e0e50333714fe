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

// By their names in the specification. Those of vectors follow a prefix.
const opcode = {
  loop: 0x03,
  end: 0x0b,
  br_if: 0x0d,
  'local.get': 0x20,
  'local.set': 0x21,
  'i32.load16_u': 0x2f,
  'i32.const': 0x41,
  'i32.lt_u': 0x49,
  'i32.add': 0x6a,
} as const;
const vectorOpcode = {
  'v128.load': 0,
  'v128.store': 11,
  'i8x16.swizzle': 14,
  'i8x16.splat': 15,
  'v128.and': 78,
  'v128.xor': 81,
  'i16x8.shr_u': 141,
  'i8x16.relaxed_swizzle': 256,
} as const;
const op = (name: keyof typeof opcode): Code => [opcode[name]];
const vectorOp = (name: keyof typeof vectorOpcode): Code => [0xfd, ...unsigned(vectorOpcode[name])];

export const constant = (value: number): Code => [...op('i32.const'), ...signed(value)];
export const add = (left: Code, right: Code): Code => [...left, ...right, ...op('i32.add')];
export const lessThan = (left: Code, right: Code): Code => [...left, ...right, ...op('i32.lt_u')];

export const get = (local: Local): Code => [...op('local.get'), ...unsigned(local)];
export const set = (local: Local, value: Code): Code => [...value, ...op('local.set'), ...unsigned(local)];

/** Repeats the body for as long as the condition after it holds: at least once. */
export const repeatWhile = (body: readonly Code[], condition: Code): Code => [
  ...[...op('loop'), noResult, ...body.flat()],
  ...[...condition, ...op('br_if'), 0],
  ...op('end'),
];
const noResult = 0x40;

/** Two bytes, little-endian, at an address plus a constant. */
export const loadUint16 = (address: Code, offset: number): Code => [
  ...[...address, ...op('i32.load16_u')],
  ...place(offset),
];
/** Sixteen bytes at an address plus a constant. */
export const loadVector = (address: Code, offset: number): Code => [
  ...[...address, ...vectorOp('v128.load')],
  ...place(offset),
];
export const storeVector = (address: Code, offset: number, value: Code): Code => [
  ...[...address, ...value, ...vectorOp('v128.store')],
  ...place(offset),
];
/** Promises no alignment. */
const place = (offset: number): Code => [0, ...unsigned(offset)];

/** The same byte in all sixteen lanes. */
export const splat = (byte: number): Code => [...constant(byte), ...vectorOp('i8x16.splat')];
export const and = (left: Code, right: Code): Code => [...left, ...right, ...vectorOp('v128.and')];
export const xor = (left: Code, right: Code): Code => [...left, ...right, ...vectorOp('v128.xor')];
/** Every two bytes as one number, shifted right; high bits of one byte come down into the other. */
export const shiftPairsRight = (value: Code, bits: number): Code => [
  ...[...value, ...constant(bits)],
  ...vectorOp('i16x8.shr_u'),
];

/** Lane i becomes `table[lanes[i]]`, or 0 where that is 16 or more. */
export const swizzle = (table: Code, lanes: Code): Code => [...table, ...lanes, ...vectorOp('i8x16.swizzle')];
/** The same for indexes below 16; above, as the processor likes: one instruction on x86. */
export const relaxedSwizzle = (table: Code, lanes: Code): Code => [
  ...[...table, ...lanes],
  ...vectorOp('i8x16.relaxed_swizzle'),
];

/** A function of the module, exported by its name, which returns nothing. */
export type WasmFunction = { readonly name: string; readonly frame: Frame; readonly body: readonly Code[] };

/** A module that imports one memory, `env.memory`, of exactly so many pages of 64 KiB and exports the functions. */
export function assembleModule(
  functions: readonly WasmFunction[],
  memoryPages: number,
): Uint8Array<ArrayBuffer> {
  const memory = [0x02, 0x01, ...unsigned(memoryPages), ...unsigned(memoryPages)];
  const exported = (wasmFunction: WasmFunction, index: number) => [
    ...name(wasmFunction.name),
    ...[0x00, ...unsigned(index)],
  ];
  return Uint8Array.from([
    ...[...magic, ...binaryVersion],
    ...section('types', functions.map(signature)),
    ...section('imports', [[...name('env'), ...name('memory'), ...memory]]),
    ...section('functions', [...functions.keys()].map(unsigned)),
    ...section('exports', functions.map(exported)),
    ...section('code', functions.map(functionCode)),
  ]);
}

const magic: Code = [...Buffer.from('\0asm')];
const binaryVersion: Code = [0x01, 0x00, 0x00, 0x00];

function signature({ frame }: WasmFunction): Code {
  return [0x60, ...vector(frame.parameters.map((type) => [types[type]])), ...vector([])];
}

function functionCode({ frame, body }: WasmFunction): Code {
  const locals = frame.locals.map((type) => [0x01, types[type]]);
  return sized([...vector(locals), ...body.flat(), ...op('end')]);
}

const sections = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;
const section = (name: keyof typeof sections, items: readonly Code[]): Code => [
  sections[name],
  ...sized(vector(items)),
];
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
