// How a moved object lies at its place, format 1. A place promises bytes, not that they are right: so every block has a
// checksum over them and over what they are, and is verified before a byte of it is given.
//
//   offset   size   what
//   0        8      `CAIRNPB1`
//   8        16     id of the blob
//   24       8      stored bytes, without header and checksums, big-endian
//   32       4      CRC-32 of the 32 bytes before
//   36              blocks: 65,536 bytes each, the last one fewer; behind each 4 bytes, the CRC-32 of the id, the block's
//                   number (8 bytes, big-endian) and its bytes
//
// The stored bytes are those of the object's blobs one after the other, encrypted ones as sealed frames.

import { crc32 } from 'node:zlib';

export const placedBlockBytes = 65_536;
const checksumBytes = 4;
const headerBytes = 36;
const magic = Buffer.from('CAIRNPB1');

export type ByteSpan = { readonly start: number; readonly length: number };
export type Placed = { readonly id: string; readonly sizeBytes: number };

/** What was read is not what was written. */
export class PlacedDamagedError extends Error {
  constructor(id: string, detail: string) {
    super(`the moved blob ${id} is damaged: ${detail}`);
    this.name = 'PlacedDamagedError';
  }
}

/** How large the blob is that holds so many stored bytes. */
export function placedBytes(sizeBytes: number): number {
  return headerBytes + sizeBytes + Math.ceil(sizeBytes / placedBlockBytes) * checksumBytes;
}

/** The blob of these chunks, in pieces of its own memory. Throws when they are not as many bytes as was said. */
export async function* sealedPlaced(
  chunks: AsyncIterable<Uint8Array>,
  placed: Placed,
): AsyncIterable<Uint8Array> {
  yield headerOf(placed);
  let block = Buffer.allocUnsafe(placedBlockBytes + checksumBytes);
  let filled = 0;
  let index = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = Math.min(chunk.byteLength - at, placedBlockBytes - filled);
      block.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled < placedBlockBytes) continue;
      yield sealedBlock(block, { id: placed.id, index: index++, filled });
      block = Buffer.allocUnsafe(placedBlockBytes + checksumBytes);
      filled = 0;
    }
  }
  const stored = index * placedBlockBytes + filled;
  if (stored !== placed.sizeBytes) {
    throw new PlacedDamagedError(placed.id, `${stored} bytes came to be moved, not ${placed.sizeBytes}`);
  }
  if (filled > 0) yield sealedBlock(block, { id: placed.id, index, filled });
}

/** Which bytes of the blob hold a span of the stored bytes. */
export function placedSpan({ start, length }: ByteSpan, { sizeBytes }: Placed): ByteSpan {
  const first = Math.floor(start / placedBlockBytes);
  const end = Math.min(Math.ceil((start + length) / placedBlockBytes) * placedBlockBytes, sizeBytes);
  const from = headerBytes + first * (placedBlockBytes + checksumBytes);
  return { start: from, length: placedBytes(end) - from };
}

/** The stored bytes of a span, from the bytes that `placedSpan` names. A chunk is valid until the next is asked for. */
export async function* openedPlaced(
  body: AsyncIterable<Uint8Array>,
  placed: Placed,
  span: ByteSpan,
): AsyncIterable<Uint8Array> {
  const end = span.start + span.length;
  let index = Math.floor(span.start / placedBlockBytes);
  for await (const sealed of blocksOf(body, placed, { index, end })) {
    const blockStart = index * placedBlockBytes;
    verifyBlock(sealed, { id: placed.id, index: index++ });
    const bytes = sealed.subarray(0, sealed.length - checksumBytes);
    yield bytes.subarray(Math.max(0, span.start - blockStart), Math.min(bytes.length, end - blockStart));
  }
  if (index * placedBlockBytes < end) throw new PlacedDamagedError(placed.id, 'it ends too early');
}

/** Whole blocks with their checksums, in one buffer that is used again. */
async function* blocksOf(
  body: AsyncIterable<Uint8Array>,
  { sizeBytes }: Placed,
  { index: first, end }: { index: number; end: number },
): AsyncIterable<Buffer> {
  const block = Buffer.allocUnsafe(placedBlockBytes + checksumBytes);
  const bytesOf = (index: number) =>
    Math.min(placedBlockBytes, sizeBytes - index * placedBlockBytes) + checksumBytes;
  let index = first;
  let filled = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.byteLength && index * placedBlockBytes < end; ) {
      const wanted = bytesOf(index);
      const taken = Math.min(chunk.byteLength - at, wanted - filled);
      block.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled < wanted) continue;
      yield block.subarray(0, wanted);
      filled = 0;
      index++;
    }
  }
}

function headerOf({ id, sizeBytes }: Placed): Buffer {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  Buffer.from(id, 'hex').copy(header, 8);
  header.writeBigUInt64BE(BigInt(sizeBytes), 24);
  header.writeUInt32BE(crc32(header.subarray(0, 32)), 32);
  return header;
}

function sealedBlock(
  block: Buffer,
  { id, index, filled }: { id: string; index: number; filled: number },
): Uint8Array {
  block.writeUInt32BE(checksumOf(block.subarray(0, filled), { id, index }), filled);
  return block.subarray(0, filled + checksumBytes);
}

function verifyBlock(sealed: Buffer, { id, index }: { id: string; index: number }): void {
  const end = sealed.length - checksumBytes;
  if (sealed.readUInt32BE(end) === checksumOf(sealed.subarray(0, end), { id, index })) return;
  throw new PlacedDamagedError(id, `block ${index} does not match its checksum`);
}

function checksumOf(bytes: Uint8Array, { id, index }: { id: string; index: number }): number {
  const what = Buffer.allocUnsafe(24);
  what.write(id, 'hex');
  what.writeBigUInt64BE(BigInt(index), 16);
  return crc32(bytes, crc32(what));
}
