// How lost shards come back: which shards are read, and by which rows each wanted one is computed from them.
//
// With D the lost data shards, K those that are there, P as many parity shards as D has, and C the parity rows:
//
//   P = C[P,K] K + C[P,D] D     so     D = C[P,D]^-1 (C[P,K] K + P)
//
// so only a part of the Cauchy matrix as wide as the loss is inverted, not a matrix of all data shards. A lost parity
// shard is C K + C D, with D by its own rows: everything is one pass over K and P.

import { addMultiple, invert } from './cauchy-matrix.ts';
import type { MatrixRow } from './kernel.ts';

/** What stays the same for all losses of a codec. */
export type ErasureCode = {
  readonly dataShards: number;
  readonly parityRows: readonly MatrixRow[];
};

export type Loss = {
  /** Indexes of what is missing, ascending: at most as many as there are parity shards. */
  readonly lost: readonly number[];
  /** Of those, what is to be computed. */
  readonly wanted: readonly number[];
};

export type Decoding = {
  /** Indexes of the shards to read, as many as there are data shards. */
  readonly inputs: readonly number[];
  /** By wanted shard: a coefficient per input. */
  readonly rows: readonly MatrixRow[];
};

export function decodingOf(code: ErasureCode, { lost, wanted }: Loss): Decoding {
  const { dataShards, parityRows } = code;
  const present = (shard: number) => !lost.includes(shard);
  const lostData = lost.filter((shard) => shard < dataShards);
  const data = indexes(0, dataShards).filter(present);
  const parity = indexes(dataShards, parityRows.length).filter(present).slice(0, lostData.length);
  const parityRowOf = (shard: number) => parityRows[shard - dataShards]!;

  /** C[shard,K] K, as a row over the inputs. */
  const knownPart = (shard: number): MatrixRow => {
    const row = new Uint8Array(dataShards);
    row.set(pick(parityRowOf(shard), data));
    return row;
  };
  const sums = parity.map((shard, index) => {
    const row = knownPart(shard);
    row[data.length + index] = 1;
    return row;
  });
  const inverted = invert(parity.map((shard) => pick(parityRowOf(shard), lostData)));
  const dataRows = inverted.map((row) => addProducts(new Uint8Array(dataShards), row, sums));
  const rowOf = (shard: number): MatrixRow =>
    shard < dataShards
      ? dataRows[lostData.indexOf(shard)]!
      : addProducts(knownPart(shard), pick(parityRowOf(shard), lostData), dataRows);
  return { inputs: [...data, ...parity], rows: wanted.map(rowOf) };
}

/** Adds to a row each of the others times its factor. */
function addProducts(row: MatrixRow, factors: MatrixRow, others: readonly MatrixRow[]): MatrixRow {
  for (const [index, other] of others.entries()) addMultiple(row, factors[index]!, other);
  return row;
}

const pick = (row: MatrixRow, columns: readonly number[]): MatrixRow =>
  Uint8Array.from(columns, (column) => row[column]!);

const indexes = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);
