// The rows by which parity is computed: parity shard i is the sum of row[i][j] * data shard j, with
//
//   row[i][j] = 1 / ((dataShards + i) + j)      in GF(2^8), where + is an exclusive or
//
// a Cauchy matrix: 1 / (x_i + y_j) with all x_i and y_j different, which they are up to 256 shards. The determinant of a
// square part of it is a product of differences of x, differences of y and inverses, none of which is 0: every square
// part is invertible, so that any `dataShards` of all shards give the others back (Blömer, Kalfane, Karp, Karpinski, Luby,
// Zuckerman: "An XOR-Based Erasure-Resilient Coding Scheme", ICSI TR-95-048, 1995). A Vandermonde matrix below an identity
// does not promise that (Plank, Ding: "Note: Correction to the 1997 Tutorial on Reed-Solomon Coding", 2005).
//
// Frozen: stored parity depends on it. ISA-L's gf_gen_cauchy1_matrix computes the same rows.

import assert from 'node:assert/strict';
import { inverse, multiply } from './galois-field.ts';
import type { MatrixRow } from './kernel.ts';

export function parityRows(options: {
  readonly dataShards: number;
  readonly parityShards: number;
}): readonly MatrixRow[] {
  const { dataShards, parityShards } = options;
  return Array.from({ length: parityShards }, (_, parity) =>
    Uint8Array.from({ length: dataShards }, (_, data) => inverse((dataShards + parity) ^ data)),
  );
}

/** The inverse of a square matrix that has one, by Gauss and Jordan. */
export function invert(matrix: readonly MatrixRow[]): readonly MatrixRow[] {
  const size = matrix.length;
  // Each row, and behind it that of the identity, which becomes that of the inverse.
  const rows = matrix.map((row, index) => {
    const extended = new Uint8Array(2 * size);
    extended.set(row);
    extended[size + index] = 1;
    return extended;
  });
  for (let column = 0; column < size; column++) {
    const pivot = rows.findIndex((row, index) => index >= column && row[column] !== 0);
    assert(pivot !== -1, 'the matrix has no inverse');
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const pivotRow = rows[column]!;
    scale(pivotRow, inverse(pivotRow[column]!));
    for (const row of rows) if (row !== pivotRow) addMultiple(row, row[column]!, pivotRow);
  }
  return rows.map((row) => row.subarray(size));
}

/** Adds to a row a multiple of another. */
export function addMultiple(row: MatrixRow, factor: number, other: MatrixRow): void {
  if (factor === 0) return;
  for (let index = 0; index < row.length; index++) row[index]! ^= multiply(factor, other[index]!);
}

function scale(row: MatrixRow, factor: number): void {
  for (let index = 0; index < row.length; index++) row[index] = multiply(factor, row[index]!);
}
