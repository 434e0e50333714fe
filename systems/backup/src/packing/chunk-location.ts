// Where a chunk lies.

import type { PackType } from './sealed-pack.ts';

export type ChunkLocation = {
  readonly packId: string;
  readonly packType: PackType;
  readonly packEpoch: number;
  readonly packSalt: Uint8Array;
  /** Which chunk of its pack: the nonce it is sealed with. */
  readonly ordinal: number;
  /** Of its ciphertext in the pack. */
  readonly offset: number;
  /** Ciphertext and tag. */
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly compressed: boolean;
};
