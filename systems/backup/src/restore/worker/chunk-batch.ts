// Chunks on their way to a restore worker: ciphertext as it came from packs, on memory that both threads share, and where in
// it each chunk lies.

import type { ChunkLocation } from '../../packing/chunk-location.ts';
import type { PackType } from '../../packing/sealed-pack.ts';

export type ChunkBatch = {
  readonly packs: readonly ChunkPack[];
  readonly numbers: Float64Array<ArrayBuffer>;
  /** n x 32 bytes. */
  readonly fingerprints: Uint8Array<ArrayBuffer>;
  readonly memory: SharedArrayBuffer;
};

type ChunkPack = {
  readonly id: string;
  readonly type: PackType;
  readonly epoch: number;
  readonly salt: Uint8Array;
};

/** `start` is in the shared memory; -1 where the pack could not be read. */
export type PlacedChunk = {
  readonly fingerprint: Uint8Array;
  readonly start: number;
  /** Undefined when the bytes are raw: then `rawBytes` of them. */
  readonly location: ChunkLocation | undefined;
  readonly rawBytes: number;
};

const width = 7;
const noPack = -1;

export function packChunks(chunks: readonly PlacedChunk[], memory: SharedArrayBuffer): ChunkBatch {
  const numbers = new Float64Array(chunks.length * width);
  const fingerprints = new Uint8Array(chunks.length * 32);
  const packs: ChunkPack[] = [];
  const packNumbers = new Map<string, number>();
  for (const [at, { fingerprint, start, location, rawBytes }] of chunks.entries()) {
    fingerprints.set(fingerprint, at * 32);
    const pack = location === undefined ? noPack : numberOf(location, packs, packNumbers);
    numbers[at * width] = pack;
    numbers[at * width + 1] = start;
    numbers[at * width + 2] = rawBytes;
    if (location === undefined) continue;
    numbers[at * width + 3] = location.ordinal;
    numbers[at * width + 4] = location.offset;
    numbers[at * width + 5] = location.storedBytes;
    numbers[at * width + 6] = location.compressed ? 1 : 0;
  }
  return { packs, numbers, fingerprints, memory };
}

function numberOf(location: ChunkLocation, packs: ChunkPack[], numbers: Map<string, number>): number {
  return numbers.getOrInsertComputed(location.packId, () => {
    const { packId: id, packType: type, packEpoch: epoch } = location;
    // A clone of a view copies all that it looks into.
    packs.push({ id, type, epoch, salt: Uint8Array.from(location.packSalt) });
    return packs.length - 1;
  });
}

export function unpackChunk(batch: ChunkBatch, at: number): PlacedChunk {
  const field = (index: number) => batch.numbers[at * width + index]!;
  const pack = batch.packs[field(0)];
  const rawBytes = field(2);
  return {
    fingerprint: batch.fingerprints.subarray(at * 32, (at + 1) * 32),
    start: field(1),
    rawBytes,
    location: pack && {
      packId: pack.id,
      packType: pack.type,
      packEpoch: pack.epoch,
      packSalt: pack.salt,
      ordinal: field(3),
      offset: field(4),
      storedBytes: field(5),
      rawBytes,
      compressed: field(6) === 1,
    },
  };
}

export function chunkRawBytes(batch: ChunkBatch, at: number): number {
  return batch.numbers[at * width + 2]!;
}
