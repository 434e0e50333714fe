// Damages the bytes of an object in every way that costs little, and asserts of its decoder: a typed error, or a value that
// is encoded to the same bytes again; never another error, never much time or memory for what is small.

import assert from 'node:assert/strict';
import type { SeededRandom } from '@cairn/world/simulated';
import { BackupError } from '../src/errors.ts';

export type FuzzOptions = {
  readonly bytes: Buffer;
  readonly random: SeededRandom;
  /** Random damages, beside every truncation and (of short objects) every flipped bit. */
  readonly rounds: number;
  readonly decode: (bytes: Buffer) => Buffer | 'no inverse';
};

/** CPU that one small object may take; far above what any takes, far below what a count that is believed would. */
const microsecondsHighest = 200_000;
const bitsAtMost = 20_000;

export type FuzzCounts = { readonly accepted: number; readonly refused: number };

export function fuzzDecoder({ bytes, random, rounds, decode }: FuzzOptions): FuzzCounts {
  const counts = { accepted: 0, refused: 0 };
  const attempt = (damagedBytes: Buffer, how: string) => {
    const started = process.cpuUsage();
    const decoded = decodeOrRefuse(damagedBytes, how, decode);
    const { user } = process.cpuUsage(started);
    assert(user < microsecondsHighest, `${how}: took ${user} us`);
    if (decoded === undefined) counts.refused += 1;
    else counts.accepted += 1;
    if (decoded instanceof Buffer) assert.deepEqual(decoded, damagedBytes, `${how}: another encoding`);
  };
  for (const [damagedBytes, how] of variants(bytes, random, rounds)) attempt(damagedBytes, how);
  return counts;
}

function decodeOrRefuse(bytes: Buffer, how: string, decode: FuzzOptions['decode']) {
  try {
    return decode(bytes);
  } catch (error) {
    const typed = error instanceof BackupError && ['damaged', 'unknown-format'].includes(error.code);
    assert(typed, `${how}: ${(error as Error).stack}`);
    return undefined;
  }
}

function* variants(bytes: Buffer, random: SeededRandom, rounds: number): Generator<[Buffer, string]> {
  const step = Math.max(1, Math.floor(bytes.length / 2_000));
  for (let length = 0; length < bytes.length; length += step) {
    yield [Buffer.from(bytes.subarray(0, length)), `cut to ${length} bytes`];
  }
  for (let bit = 0; bit < Math.min(bytes.length * 8, bitsAtMost); bit += 1) {
    yield [flipped(bytes, bit), `bit ${bit} flipped`];
  }
  for (let round = 0; round < rounds; round += 1) yield randomVariant(bytes, random);
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

function randomVariant(bytes: Buffer, random: SeededRandom): [Buffer, string] {
  const at = random.integer(bytes.length + 1);
  const length = random.integer(12);
  const rest = random.chance(0.5) ? bytes.subarray(at) : bytes.subarray(Math.min(at + length, bytes.length));
  const filling = random.pick(['random', 'ff', 'varint', 'zero', 'nothing']);
  const inserted = {
    random: random.bytes(length),
    ff: Buffer.alloc(length, 0xff),
    varint: Buffer.from('ffffffffffffff0f', 'hex'),
    zero: Buffer.alloc(length),
    nothing: Buffer.alloc(0),
  }[filling];
  return [Buffer.concat([bytes.subarray(0, at), inserted, rest]), `${filling} of ${length} at ${at}`];
}
