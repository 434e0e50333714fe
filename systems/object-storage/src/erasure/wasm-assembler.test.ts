import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  add,
  and,
  assembleModule,
  type Code,
  constant,
  Frame,
  get,
  lessThan,
  loadUint16,
  loadVector,
  relaxedSwizzle,
  repeatWhile,
  set,
  shiftPairsRight,
  splat,
  storeVector,
  swizzle,
  xor,
} from './wasm-assembler.ts';
import { webAssembly } from './web-assembly.ts';

const ascending = Array.from({ length: 16 }, (_, index) => index + 1);

/** Runs a function of one address in a memory that begins with these bytes, and gives its memory's first bytes back. */
function run(
  bytes: readonly number[],
  options: { readonly argument?: number; readonly body: (frame: Frame) => readonly Code[] },
): Uint8Array {
  const memory = new webAssembly.Memory({ initial: 1, maximum: 1 });
  const memoryBytes = new Uint8Array(memory.buffer);
  memoryBytes.set(bytes);
  const frame = new Frame();
  const module = new webAssembly.Module(
    assembleModule([{ name: 'run', frame, body: options.body(frame) }], 1),
  );
  const { exports } = new webAssembly.Instance(module, { env: { memory } });
  (exports.run as (argument: number) => void)(options.argument ?? 0);
  return memoryBytes.subarray(0, 64);
}

/** What an expression of a vector is, given the vectors at 0 and 16. */
function vectorOf(bytes: readonly number[], value: (first: Code, second: Code) => Code): readonly number[] {
  const memory = run(bytes, {
    body: (frame) => {
      const base = frame.parameter('i32');
      return [storeVector(get(base), 32, value(loadVector(get(base), 0), loadVector(get(base), 16)))];
    },
  });
  return [...memory.subarray(32, 48)];
}

test('an empty module is the bytes that the specification says', () => {
  const frame = new Frame();
  frame.parameter('i32');
  const bytes = assembleModule([{ name: 'f', frame, body: [] }], 1);
  const expected = [
    '0061736d01000000', // magic, version
    '01050160017f00', // one type: (i32) -> ()
    '02100103656e76066d656d6f727902010101', // env.memory, 1 to 1 page
    '03020100', // one function of type 0
    '070501016600' + '00', // exported as f
    '0a040102000b', // no locals, end
  ];
  assert.equal(Buffer.from(bytes).toString('hex'), expected.join(''));
});

test('constants of every length and sign come through', () => {
  const powers = Array.from({ length: 31 }, (_, exponent) => 2 ** exponent);
  for (const value of [
    0,
    ...powers.flatMap((power) => [power - 1, power, -power, -power - 1]),
    2 ** 31 - 1,
  ]) {
    const memory = run([], {
      argument: 32 - value,
      body: (frame) => {
        const argument = frame.parameter('i32');
        return [storeVector(add(get(argument), constant(value)), 0, splat(7))];
      },
    });
    assert.equal(memory.indexOf(7), 32, `${value}`);
  }
});

test('a loop runs while its condition holds', () => {
  const memory = run([], {
    argument: 5,
    body: (frame) => {
      const count = frame.parameter('i32');
      const done = frame.local('i32');
      const body = [storeVector(get(done), 0, splat(7)), set(done, add(get(done), constant(1)))];
      return [repeatWhile(body, lessThan(get(done), get(count)))];
    },
  });
  assert.deepEqual([...memory.subarray(0, 22)], [...Array(20).fill(7), 0, 0]);
});

test('two bytes are loaded little-endian from an address and an offset', () => {
  const memory = run([0, 0, 0, 32, 0, 0], {
    argument: 1,
    body: (frame) => {
      const address = frame.parameter('i32');
      return [storeVector(loadUint16(get(address), 2), 0, splat(7))];
    },
  });
  assert.equal(memory.indexOf(7), 32);
});

test('vectors are added, masked and shifted', () => {
  const bytes = [...ascending.map((value) => value * 15), ...ascending];
  assert.deepEqual(
    vectorOf(bytes, xor),
    ascending.map((value) => (value * 15) ^ value),
  );
  assert.deepEqual(
    vectorOf(bytes, (first) => and(first, splat(0x0f))),
    ascending.map((value) => (value * 15) & 0x0f),
  );
  assert.deepEqual(
    vectorOf(bytes, (first) => and(shiftPairsRight(first, 4), splat(0x0f))),
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
