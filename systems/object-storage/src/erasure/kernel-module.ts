// The WebAssembly code that multiplies a matrix over GF(2^8) by shards.
//
// A product distributes over a sum, so c * byte = c * (low nibble) + c * (high nibble): two tables of sixteen bytes per
// coefficient c, and sixteen bytes are looked up at a time by the instruction that permutes the lanes of a vector
// (Plank, Greenan, Miller: "Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions", FAST 2013).
//
// `multiplyRowsN` computes N rows at once, as the nibbles of an input then serve N products. Four rows by two vectors at
// once are eight sums; with the nibbles, a table and the mask they fill the sixteen registers of x86.

import {
  add32,
  and128,
  assembleModule,
  type Code,
  constant,
  Frame,
  get,
  isBelow32,
  type Local,
  loadUint16,
  loadVector,
  relaxedSwizzle,
  repeatWhile,
  set,
  shiftPairsRight,
  splat,
  storeVector,
  swizzle,
  type WasmFunction,
  xor128,
} from '@cairn/web-assembly';

/** At most this many rows in one pass over the inputs. */
export const rowsMax = 4;
const vectorBytes = 16;
const vectorsAtOnce = 2;
/** Shards are worked on in columns of this many bytes. */
export const columnBytes = vectorsAtOnce * vectorBytes;

/** By coefficient, from address 0 on: its products with 0x00, 0x01 .. 0x0f, then those with 0x00, 0x10 .. 0xf0. */
export const tableBytes = 2 * vectorBytes;
/** By input, and for each by row: the address of the coefficient's tables, little-endian. */
export const tableAddressBytes = 2;

/**
 * What `multiplyRowsN(inputs, inputsEnd, coefficients, coefficientsEnd, outputs, strideBytes)` takes: where the first input,
 * the coefficients and the first output begin, where the first input and the coefficients end, and how far it is from one
 * shard to the next. Nothing may be empty.
 */
export type MultiplyRows = (
  inputs: number,
  inputsEnd: number,
  coefficients: number,
  coefficientsEnd: number,
  outputs: number,
  strideBytes: number,
) => void;

/**
 * A module with one function per number of rows. Relaxed SIMD looks up by one instruction on x86, plain SIMD first makes
 * sure that indexes of 16 and more give 0; as nibbles are below 16, both compute the same.
 */
export function assembleKernel(options: {
  readonly relaxed: boolean;
  readonly memoryPages: number;
}): Uint8Array<ArrayBuffer> {
  const lookUp = options.relaxed ? relaxedSwizzle : swizzle;
  const functions = range(rowsMax).map((index) => multiplyRows(index + 1, lookUp));
  return assembleModule(functions, options.memoryPages);
}

type LookUp = typeof swizzle;

/** One of the vectors at once: its bytes by nibbles, and the sums of its products. */
type Lane = {
  readonly offset: number;
  readonly low: Local;
  readonly high: Local;
  readonly sums: readonly Local[];
};

function multiplyRows(rows: number, lookUp: LookUp): WasmFunction {
  const frame = new Frame();
  const inputs = frame.parameter('i32');
  const inputsEnd = frame.parameter('i32');
  const coefficients = frame.parameter('i32');
  const coefficientsEnd = frame.parameter('i32');
  const outputs = frame.parameter('i32');
  const strideBytes = frame.parameter('i32');
  const input = frame.local('i32');
  const coefficient = frame.local('i32');
  const output = frame.local('i32');
  const tables = frame.local('i32');
  const mask = frame.local('v128');
  const table = frame.local('v128');
  const lanes = range(vectorsAtOnce).map((index): Lane => newLane(frame, index, rows));

  const oneInput = [
    ...lanes.flatMap((lane) => splitNibbles(lane, input, mask)),
    ...range(rows).flatMap((row) => [
      set(tables, loadUint16(get(coefficient), tableAddressBytes * row)),
      set(table, loadVector(get(tables), 0)),
      ...lanes.map(({ sums, low }) => addTo(sums[row]!, lookUp(get(table), get(low)))),
      set(table, loadVector(get(tables), vectorBytes)),
      ...lanes.map(({ sums, high }) => addTo(sums[row]!, lookUp(get(table), get(high)))),
    ]),
    advance(input, get(strideBytes)),
    advance(coefficient, constant(tableAddressBytes * rows)),
  ];
  const oneColumn = [
    ...lanes.flatMap(({ sums }) => sums.map((sum) => set(sum, splat(0)))),
    set(input, get(inputs)),
    set(coefficient, get(coefficients)),
    repeatWhile(oneInput, isBelow32(get(coefficient), get(coefficientsEnd))),
    set(output, get(outputs)),
    ...range(rows).flatMap((row) => [
      ...lanes.map(({ offset, sums }) => storeVector(get(output), offset, get(sums[row]!))),
      advance(output, get(strideBytes)),
    ]),
    advance(inputs, constant(columnBytes)),
    advance(outputs, constant(columnBytes)),
  ];
  const body = [set(mask, splat(0x0f)), repeatWhile(oneColumn, isBelow32(get(inputs), get(inputsEnd)))];
  return { name: `multiplyRows${rows}`, frame, body };
}

function newLane(frame: Frame, index: number, rows: number): Lane {
  return {
    offset: index * vectorBytes,
    low: frame.local('v128'),
    high: frame.local('v128'),
    sums: range(rows).map(() => frame.local('v128')),
  };
}

/** WebAssembly shifts bytes by several instructions and pairs of them by one; the mask takes what crosses over. */
function splitNibbles({ offset, low, high }: Lane, input: Local, mask: Local): readonly Code[] {
  return [
    set(high, loadVector(get(input), offset)),
    set(low, and128(get(high), get(mask))),
    set(high, and128(shiftPairsRight(get(high), 4), get(mask))),
  ];
}

/** The sum in GF(2^8). */
const addTo = (sum: Local, product: Code): Code => set(sum, xor128(get(sum), product));
const advance = (address: Local, by: Code): Code => set(address, add32(get(address), by));
const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
