// As much of a WebAssembly assembler as the scan for cuts needs: expressions in, the bytes of a module out.
// https://webassembly.github.io/spec/core/binary/
//
// Code is bytes on a stack machine: what an instruction takes is written before it. So an expression is a function from
// the code of its operands to code, and `add32(get(a), constant(1))` reads as what it does. Nothing is checked here: the
// engine validates every module before it runs.

import assert from 'node:assert/strict';

export type Code = readonly number[];

const types = { i32: 0x7f, i64: 0x7e } as const;
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
const op = (name: keyof typeof opcode): Code => [opcode[name]];
const binary = (name: keyof typeof opcode) => {
  return (left: Code, right: Code): Code => [...left, ...right, ...op(name)];
};

export const constant = (value: number): Code => [...op('i32.const'), ...signed(value)];
export const constant64 = (value: number): Code => [...op('i64.const'), ...signed(value)];
export const add32 = binary('i32.add');
export const subtract32 = binary('i32.sub');
export const shiftLeft32 = binary('i32.shl');
export const not = (condition: Code): Code => [...condition, ...op('i32.eqz')];
export const isBelow32 = binary('i32.lt_u');
export const isAbove32 = binary('i32.gt_u');
export const add64 = binary('i64.add');
export const shiftLeft64 = binary('i64.shl');
export const isBelow64 = binary('i64.lt_u');

export const get = (local: Local): Code => [...op('local.get'), ...unsigned(local)];
export const set = (local: Local, value: Code): Code => [...value, ...op('local.set'), ...unsigned(local)];

/** The byte, or the eight of them little-endian, at an address plus a constant. */
export const loadByte = (address: Code, offset: number): Code => [
  ...[...address, ...op('i32.load8_u')],
  ...place(offset),
];
export const load64 = (address: Code, offset: number): Code => [
  ...[...address, ...op('i64.load')],
  ...place(offset),
];
/** Promises no alignment. */
const place = (offset: number): Code => [0, ...unsigned(offset)];

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
const noResult = 0x40;

/** A function of the module, exported by its name, which returns an i32. */
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
  return [0x60, ...vector(frame.parameters.map((type) => [types[type]])), ...vector([[types.i32]])];
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
