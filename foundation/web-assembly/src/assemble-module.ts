// Functions in, the bytes of a module out. https://webassembly.github.io/spec/core/binary/modules.html

import { type Code, name, sized, unsigned, vector } from './code.ts';
import { type Frame, type ValueType, valueTypes } from './frame.ts';

/** A function of the module, exported by its name; without a result it returns nothing. */
export type WasmFunction = {
  readonly name: string;
  readonly frame: Frame;
  readonly body: readonly Code[];
  readonly result?: ValueType;
};

/**
 * A module that imports one memory, `env.memory`, of exactly so many pages of 64 KiB and exports the functions.
 *
 * @example
 * const frame = new Frame();
 * const value = frame.parameter('i32');
 * const body = [add32(get(value), constant(1))];
 * const bytes = assembleModule([{ name: 'next', frame, body, result: 'i32' }], 1);
 */
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
const functionType = 0x60;
const end = 0x0b;

function signature({ frame, result }: WasmFunction): Code {
  const types = (of: readonly ValueType[]) => vector(of.map((type) => [valueTypes[type]]));
  return [functionType, ...types(frame.parameters), ...types(result === undefined ? [] : [result])];
}

function functionCode({ frame, body }: WasmFunction): Code {
  const locals = frame.locals.map((type) => [0x01, valueTypes[type]]);
  return sized([...vector(locals), ...body.flat(), end]);
}

const sections = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;
const section = (of: keyof typeof sections, items: readonly Code[]): Code => [
  sections[of],
  ...sized(vector(items)),
];
