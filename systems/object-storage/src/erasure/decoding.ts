// How lost shards come back: which shards are read, and by which rows each wanted one is computed from them.
//
// With D the lost data shards, P as many parity shards that are there, C the parity rows and K the data shards that are there:
//
//   P = C[P,K] K + C[P,D] D     so     D = C[P,D]^-1 (P + C[P,K] K)
//
// so only a part of the Cauchy matrix as wide as the loss is inverted, not a matrix of all data shards. A lost parity
// shard is its own row, with what it says of D replaced by the rows of D: everything is one pass over the same inputs.

import { addMultiple, invert } from './cauchy-matrix.ts';
import type { MatrixRow } from './kernel.ts';

export type Decoding = {
  /** Indexes of the shards to read, as many as there are data shards. */
  readonly inputs: readonly number[];
  /** Of the shards that are computed. */
  readonly outputs: readonly number[];
  /** By output: a coefficient per input. */
  readonly rows: readonly MatrixRow[];
};

/** `lost` and `wanted` are indexes of shards, ascending, of which `wanted` are some of `lost`. */
export function decodingOf(options: {
  readonly parityRows: readonly MatrixRow[];
  readonly dataShards: number;
  readonly lost: readonly number[];
  readonly wanted: readonly number[];
}): Decoding {
  const { parityRows, dataShards, wanted } = options;
  const lost = new Set(options.lost);
  const present = (shard: number) => !lost.has(shard);
  const lostData = options.lost.filter((shard) => shard < dataShards);
  const data = indexes(0, dataShards).filter(present);
  const parity = indexes(dataShards, parityRows.length).filter(present).slice(0, lostData.length);
  const inputs = [...data, ...parity];
  // What `parity` says of the inputs: C[P,K] K + P.
  const known = parity.map((shard, index) => {
    const row = Uint8Array.from(inputs, (input) => parityRows[shard - dataShards]![input] ?? 0);
    row[data.length + index] = 1;
    return row;
  });
  const inverted = invert(parity.map((shard) => pick(parityRows[shard - dataShards]!, lostData)));
  const dataRows = inverted.map((row) => combine(row, known, inputs.length));
  const rowOf = (shard: number): MatrixRow => {
    if (shard < dataShards) return dataRows[lostData.indexOf(shard)]!;
    const parityRow = parityRows[shard - dataShards]!;
    const row = combine(pick(parityRow, lostData), dataRows, inputs.length);
    for (const [index, input] of data.entries()) row[index]! ^= parityRow[input]!;
    return row;
  };
  return { inputs, outputs: wanted, rows: wanted.map(rowOf) };
}

/** The sum of the rows, each times its factor. */
function combine(factors: MatrixRow, rows: readonly MatrixRow[], width: number): MatrixRow {
  const sum = new Uint8Array(width);
  for (const [index, row] of rows.entries()) addMultiple(sum, factors[index]!, row);
  return sum;
}

const pick = (row: MatrixRow, columns: readonly number[]): MatrixRow =>
  Uint8Array.from(columns, (column) => row[column]!);

const indexes = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);
