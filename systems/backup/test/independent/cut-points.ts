// Where a stream is cut, by DESIGN.md, "Chunking and fingerprints", a byte at a time.

import { hkdfSync } from 'node:crypto';

export type ChunkBytes = { readonly min: number; readonly average: number; readonly max: number };

/** The chunks of a stream. */
export function cutIndependently(
  stream: Buffer,
  chunkerSecret: Buffer,
  { min, average, max }: ChunkBytes,
): readonly Buffer[] {
  const table = Buffer.from(hkdfSync('sha256', chunkerSecret, Buffer.alloc(0), 'cairn backup chunker', 2048));
  const gear = Array.from({ length: 256 }, (_, byte) => table.readBigUInt64LE(8 * byte));
  const logarithm = Math.log((3 * average + min) / (3.75 * average));
  const change = Math.min(max, Math.max(min, min + Math.round(-4 * average * logarithm)));
  const strict = 2n ** 64n / BigInt(4 * average);
  const loose = 2n ** 64n / BigInt(Math.round(average / 4));
  const chunks: Buffer[] = [];
  let begin = 0;
  let hash = 0n;
  for (const [at, byte] of stream.entries()) {
    hash = BigInt.asUintN(64, 2n * hash + gear[byte]!);
    const length = at + 1 - begin;
    if (length < min || (length < max && hash >= (length <= change ? strict : loose))) continue;
    chunks.push(stream.subarray(begin, at + 1));
    begin = at + 1;
  }
  return begin < stream.length ? [...chunks, stream.subarray(begin)] : chunks;
}
