// Reed-Solomon coding: k data shards get m parity shards, and any k of all of them give the others back.
//
// Systematic, over GF(2^8): data shards stay as they are; parity by the rows of cauchy-matrix.ts. It knows which shards
// are missing and not which are wrong: verify a shard's checksum before it is handed in.

import assert from 'node:assert/strict';
import { parityRows } from './cauchy-matrix.ts';
import { DecodingCache } from './decoding-cache.ts';
import { type Kernel, type MatrixRow, sharedKernel } from './kernel.ts';

const shardsMax = 255;

export type ReconstructOptions = {
  /** The shards that the caller needs, by index: what is missing of others stays so. All by default. */
  readonly wanted?: readonly number[];
  /** Gives the buffers of exactly so many bytes that are filled; new ones by default. */
  readonly allocate?: (lengthBytes: number) => Uint8Array;
};

export interface ReedSolomon {
  /** Fills the parity shards. All shards are equally long, of any length, and share no bytes. */
  encode(data: readonly Uint8Array[], parity: readonly Uint8Array[]): void;

  /**
   * Puts the missing shards in the place of `undefined`; data shards come first, then parity. More missing than there
   * are parity shards: TooFewShardsError, and nothing is changed.
   */
  reconstruct(shards: (Uint8Array | undefined)[], lengthBytes: number, options?: ReconstructOptions): void;
}

/** Fewer shards are left than there are data shards: what is lost cannot be computed. */
export class TooFewShardsError extends Error {
  readonly present: number;
  readonly needed: number;

  constructor(counts: { readonly present: number; readonly needed: number }) {
    super(`${counts.present} shards are left where ${counts.needed} are needed`);
    this.name = 'TooFewShardsError';
    this.present = counts.present;
    this.needed = counts.needed;
  }
}

export type ReedSolomonShape = {
  /** At least 1. */
  readonly dataShards: number;
  /** At least 0; with the data shards at most 255. */
  readonly parityShards: number;
};

/**
 * A codec; those of one thread share their memory and only keep their rows. Example:
 *
 *     const codec = openReedSolomon({ dataShards: 2, parityShards: 1 });
 *     const parity = [new Uint8Array(3)];
 *     codec.encode([Buffer.from('abc'), Buffer.from('def')], parity);
 *     const shards = [undefined, Buffer.from('def'), parity[0]];
 *     codec.reconstruct(shards, 3); // shards[0] is 'abc'
 */
export function openReedSolomon(shape: ReedSolomonShape): ReedSolomon {
  return new KernelReedSolomon(shape, sharedKernel());
}

class KernelReedSolomon implements ReedSolomon {
  readonly #shape: ReedSolomonShape;
  readonly #kernel: Kernel;
  readonly #parityRows: readonly MatrixRow[];
  readonly #decodings: DecodingCache;

  constructor(shape: ReedSolomonShape, kernel: Kernel) {
    const { dataShards, parityShards } = shape;
    assert(Number.isInteger(dataShards) && dataShards >= 1, `${dataShards} data shards: at least 1`);
    assert(Number.isInteger(parityShards) && parityShards >= 0, `${parityShards} parity shards: at least 0`);
    assert(dataShards + parityShards <= shardsMax, `${dataShards} + ${parityShards} shards: at most 255`);
    this.#shape = shape;
    this.#kernel = kernel;
    this.#parityRows = parityRows(shape);
    this.#decodings = new DecodingCache({ dataShards, parityRows: this.#parityRows });
  }

  encode(data: readonly Uint8Array[], parity: readonly Uint8Array[]): void {
    const { dataShards, parityShards } = this.#shape;
    assert(data.length === dataShards, `${data.length} data shards instead of ${dataShards}`);
    assert(parity.length === parityShards, `${parity.length} parity shards instead of ${parityShards}`);
    const lengthBytes = data[0]!.length;
    for (const shard of data) checkLength(shard, lengthBytes);
    for (const shard of parity) checkLength(shard, lengthBytes);
    this.#kernel.multiply({ rows: this.#parityRows, inputs: data, outputs: parity, lengthBytes });
  }

  reconstruct(
    shards: (Uint8Array | undefined)[],
    lengthBytes: number,
    options: ReconstructOptions = {},
  ): void {
    const lost = this.#lostOf(shards, lengthBytes);
    const wanted = wantedOf(lost, options.wanted ?? lost, shards.length);
    if (wanted.length === 0) return;
    const { inputs, rows } = this.#decodings.decodingOf({ lost, wanted });
    const allocate = options.allocate ?? newShard;
    const outputs = wanted.map(() => allocate(lengthBytes));
    for (const output of outputs) checkLength(output, lengthBytes);
    const present = inputs.map((shard) => shards[shard]!);
    this.#kernel.multiply({ rows, inputs: present, outputs, lengthBytes });
    for (const [index, shard] of wanted.entries()) shards[shard] = outputs[index];
  }

  /** The indexes of what is missing; checks everything else. */
  #lostOf(shards: readonly (Uint8Array | undefined)[], lengthBytes: number): readonly number[] {
    const { dataShards, parityShards } = this.#shape;
    const total = dataShards + parityShards;
    assert(shards.length === total, `${shards.length} shards instead of ${total}`);
    assert(Number.isInteger(lengthBytes) && lengthBytes >= 0, `a length of ${lengthBytes} bytes`);
    const lost: number[] = [];
    for (let index = 0; index < total; index++) {
      const shard = shards[index];
      if (shard === undefined) lost.push(index);
      else checkLength(shard, lengthBytes);
    }
    if (lost.length > parityShards)
      throw new TooFewShardsError({ present: total - lost.length, needed: dataShards });
    return lost;
  }
}

function checkLength(shard: Uint8Array, lengthBytes: number): void {
  assert(shard.length === lengthBytes, `a shard of ${shard.length} bytes among shards of ${lengthBytes}`);
}

function wantedOf(lost: readonly number[], wanted: readonly number[], total: number): readonly number[] {
  for (const shard of wanted) assert(shard >= 0 && shard < total, `shard ${shard} of ${total}`);
  return lost.filter((shard) => wanted.includes(shard));
}

const newShard = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes);
