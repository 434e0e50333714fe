// One entry of a pack's footer, and of an index object: what a chunk is called and how long it is (DESIGN.md, "Pack").
//
//   fingerprint  32 bytes
//   varint       raw bytes
//   varint       stored bytes without tag x 2, + 1 if zstd
//
// Offsets follow from the order.

import { chunkBytesHighest } from '../limits.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export const fingerprintBytes = 32;

export type ChunkLengths = {
  readonly rawBytes: number;
  /** Without tag. */
  readonly storedBytes: number;
  readonly compressed: boolean;
};

export function writeChunkLengths(writer: ByteWriter, lengths: ChunkLengths): void {
  writer.varint(lengths.rawBytes);
  writer.varint(lengths.storedBytes * 2 + (lengths.compressed ? 1 : 0));
}

/**
 * Throws `damaged` for what no writer makes: an empty chunk, one above the highest limit, one that compression made no
 * smaller. So whoever decompresses knows a bound.
 */
export function readChunkLengths(reader: ByteReader): ChunkLengths {
  const rawBytes = reader.varintUpTo(chunkBytesHighest, 'the length of a chunk');
  const stored = reader.varintUpTo(chunkBytesHighest * 2 + 1, 'the stored length of a chunk');
  const compressed = stored % 2 === 1;
  const storedBytes = (stored - (compressed ? 1 : 0)) / 2;
  const lengths = { rawBytes, storedBytes, compressed };
  if (arePossible(lengths)) return lengths;
  throw reader.damage(`a chunk of ${rawBytes} bytes cannot be stored as ${storedBytes}`);
}

function arePossible({ rawBytes, storedBytes, compressed }: ChunkLengths): boolean {
  if (rawBytes < 1 || rawBytes > chunkBytesHighest) return false;
  return compressed ? storedBytes > 0 && storedBytes < rawBytes : storedBytes === rawBytes;
}
