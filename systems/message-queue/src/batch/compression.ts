// Unpacks the records of a batch, where a record has to be found in it or left out of it, and packs what is left. The hot path
// never does: what producers packed, consumers unpack. The libraries are loaded when they are first needed.
//
// Bounded: a few bytes may say that they are gigabytes. No batch is unpacked to more than `unpackedBytesMax`, and what is
// unpacked for clients waits until there is room for the most that it may become, all of them together.

import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import { batchHeaderBytes, unpackedBytesMax, unpackingBytesMax } from '../limits.ts';
import type { BatchHeader, Compression } from './batch-header.ts';
import { lz4BytesMax } from './lz4-frame.ts';
import { InvalidRecordsError } from './records.ts';
import { UnpackingMemory } from './unpacking-memory.ts';

const gunzipAsync = promisify(gunzip);
const zstdDecompressAsync = promisify(zstdDecompress);
const gzipAsync = promisify(gzip);
const zstdCompressAsync = promisify(zstdCompress);

/** How many bytes one byte becomes at most: gzip's longest match, LZ4's length bytes, snappy's longest copy (21, and some). */
const expansion = { gzip: 1_032, snappy: 32, lz4: 255, zstd: Number.POSITIVE_INFINITY } as const;
const snappyBytesMin = 64;
const memory = new UnpackingMemory(unpackingBytesMax);

/** Gives `use` the records of a whole batch, unpacked, when there is memory for them. Rejects with InvalidRecordsError. */
export function withUnpackedRecords<T>(
  header: BatchHeader,
  batch: Uint8Array,
  use: (records: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const { compression = 'none' } = header;
  const work = async () => use(await unpackedRecords(header, batch));
  if (compression === 'none') return work();
  return memory.run(Math.min(unpackedBytesMax, batch.length * expansion[compression]), work);
}

/** The records of a whole batch, unpacked, up to so many bytes. Throws InvalidRecordsError. */
export async function unpackedRecords(
  header: BatchHeader,
  batch: Uint8Array,
  bytesMax: number = unpackedBytesMax,
): Promise<Uint8Array> {
  const packed = Buffer.from(
    batch.buffer,
    batch.byteOffset + batchHeaderBytes,
    batch.length - batchHeaderBytes,
  );
  try {
    return await unpack(header, packed, bytesMax);
  } catch (cause) {
    if (cause instanceof InvalidRecordsError) throw cause;
    throw new InvalidRecordsError(
      `they cannot be unpacked: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
}

async function unpack({ compression }: BatchHeader, packed: Buffer, bytesMax: number): Promise<Uint8Array> {
  switch (compression) {
    case 'none':
      return packed;
    case 'gzip':
      return gunzipAsync(packed, { maxOutputLength: bytesMax });
    case 'zstd':
      return zstdDecompressAsync(packed, { maxOutputLength: bytesMax });
    case 'snappy':
      return unpackSnappy(packed, bytesMax);
    case 'lz4':
      requireRoom(lz4BytesMax(packed), bytesMax);
      return (await import('lz4-napi')).decompressFrame(packed);
    default:
      throw new InvalidRecordsError('their compression is not known');
  }
}

/** Records as a batch of that compression holds them. Snappy is one block, which all clients read besides the Java framing. */
export async function packedRecords(compression: Compression, records: Uint8Array): Promise<Uint8Array> {
  switch (compression) {
    case 'none':
      return records;
    case 'gzip':
      return gzipAsync(records);
    case 'zstd':
      return zstdCompressAsync(records);
    case 'snappy':
      return (await import('snappy')).compress(records);
    case 'lz4':
      return (await import('lz4-napi')).compressFrame(records);
    default:
      return compression satisfies never;
  }
}

/** How Kafka's Java client wraps snappy: 8 bytes, two versions, then blocks behind their lengths. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const xerialHeaderBytes = 16;

/** Blocks in the Java library's framing, or one block as it is. */
async function unpackSnappy(packed: Buffer, bytesMax: number): Promise<Buffer> {
  if (!packed.subarray(0, xerialMagic.length).equals(xerialMagic)) return unpackSnappyBlock(packed, bytesMax);
  const blocks: Buffer[] = [];
  let size = 0;
  for (let at = xerialHeaderBytes; at < packed.length; ) {
    const length = packed.readInt32BE(at);
    const block = await unpackSnappyBlock(packed.subarray(at + 4, at + 4 + length), bytesMax);
    size += block.length;
    requireRoom(size, bytesMax);
    blocks.push(block);
    at += 4 + Math.max(length, 0);
  }
  return Buffer.concat(blocks);
}

/** A block begins with the length of what it holds, as a varint. */
async function unpackSnappyBlock(block: Buffer, bytesMax: number): Promise<Buffer> {
  let length = 0;
  for (const [index, byte] of block.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) break;
  }
  requireRoom(length, bytesMax);
  // It gets its memory before it is looked at.
  if (length > snappyBytesMin + block.length * expansion.snappy)
    throw new InvalidRecordsError(`${block.length} bytes say that they are ${length}`);
  return (await (await import('snappy')).uncompress(block, { asBuffer: true })) as Buffer;
}

function requireRoom(unpackedBytes: number, bytesMax: number): void {
  if (unpackedBytes > bytesMax) throw new InvalidRecordsError(`they are over ${bytesMax} bytes`);
}
