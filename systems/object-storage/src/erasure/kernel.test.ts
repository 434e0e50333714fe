import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { Kernel, kernelModule } from './kernel.ts';
import { modelProduct } from './table-model.ts';

const random = new SeededRandom(1);
const randomBytes = (length: number): Uint8Array => Uint8Array.from(random.bytes(length));

for (const relaxed of [true, false]) {
  const name = relaxed ? 'relaxed SIMD' : 'plain SIMD';
  const kernel = new Kernel(kernelModule({ relaxed }));

  /** Multiplies, and checks every byte of the outputs and around them. */
  const check = (options: { rows: number; inputs: number; lengthBytes: number }) => {
    const { lengthBytes } = options;
    const rows = Array.from({ length: options.rows }, () => randomBytes(options.inputs));
    const inputs = Array.from({ length: options.inputs }, () => randomBytes(lengthBytes));
    const guarded = rows.map(() => randomBytes(lengthBytes + 64));
    const before = guarded.map((bytes) => bytes.slice());
    const outputs = guarded.map((bytes) => bytes.subarray(31, 31 + lengthBytes));
    kernel.multiply({ rows, inputs, outputs, lengthBytes });
    for (const [index, row] of rows.entries()) {
      before[index]!.set(modelProduct(row, inputs), 31);
      assert.deepEqual(guarded[index], before[index], `row ${index} of ${JSON.stringify(options)}`);
    }
  };

  test(`${name}: every coefficient times every byte`, () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (let coefficient = 0; coefficient < 256; coefficient++) {
      const output = new Uint8Array(256);
      const rows = [Uint8Array.of(coefficient)];
      kernel.multiply({ rows, inputs: [bytes], outputs: [output], lengthBytes: 256 });
      assert.deepEqual(output, modelProduct(rows[0]!, [bytes]));
    }
  });

  test(`${name}: any number of rows and inputs`, () => {
    for (let rows = 1; rows <= 9; rows++)
      for (let inputs = 1; inputs <= 9; inputs++) check({ rows, inputs, lengthBytes: 75 });
    for (const [rows, inputs] of [
      [127, 128],
      [1, 254],
      [254, 1],
    ] as const)
      check({ rows, inputs, lengthBytes: 1_200 });
  });

  test(`${name}: shards longer than a block`, () => {
    for (const lengthBytes of [140_000, 140_032, 143_327, 143_360, 143_361, 300_001])
      check({ rows: 1, inputs: 1, lengthBytes });
    for (const lengthBytes of [35_839, 35_840, 35_841, 100_000]) check({ rows: 4, inputs: 4, lengthBytes });
  });

  test(`${name}: nothing is done for no rows and no bytes`, () => {
    kernel.multiply({ rows: [], inputs: [Uint8Array.of(1)], outputs: [], lengthBytes: 1 });
    check({ rows: 3, inputs: 2, lengthBytes: 0 });
  });
}

test('a matrix that is larger than its memory is refused', () => {
  const kernel = new Kernel(kernelModule({ relaxed: false }));
  const inputs = Array.from({ length: 200 }, () => new Uint8Array(1));
  const rows = Array.from({ length: 100 }, () => new Uint8Array(200));
  assert.throws(() => kernel.multiply({ rows, inputs, outputs: rows, lengthBytes: 1 }), /too many/);
});
