import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMultiple, invert, parityRows } from './cauchy-matrix.ts';

test('the parity rows of 2+2 are 1/2, 1/3 and 1/3, 1/2', () => {
  const hex = parityRows({ dataShards: 2, parityShards: 2 }).map((row) => Buffer.from(row).toString('hex'));
  assert.deepEqual(hex, ['8ef4', 'f48e']);
});

test('a matrix times its inverse is the identity, whatever part of the widest rows it is', () => {
  const all = parityRows({ dataShards: 128, parityShards: 127 });
  for (const size of [1, 2, 3, 5, 16, 40]) {
    const matrix = all
      .slice(127 - size)
      .map((row) => row.filter((_, column) => column % 3 === 1).subarray(0, size));
    const product = invert(matrix).map((row) => {
      const sum = new Uint8Array(size);
      for (const [index, factor] of row.entries()) addMultiple(sum, factor, matrix[index]!);
      return [...sum];
    });
    const identity = matrix.map((_, row) => [...matrix].map((__, column) => (row === column ? 1 : 0)));
    assert.deepEqual(product, identity);
  }
});

test('a zero in the diagonal is no obstacle', () => {
  const matrix = [Uint8Array.of(0, 1), Uint8Array.of(1, 0)];
  assert.deepEqual(
    invert(matrix).map((row) => [...row]),
    [
      [0, 1],
      [1, 0],
    ],
  );
});

test('a matrix that has no inverse is refused', () => {
  assert.throws(() => invert([Uint8Array.of(1, 2), Uint8Array.of(1, 2)]), /no inverse/);
});
