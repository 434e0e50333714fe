// What a data record holds: a block of a blob, or the end of one. The segment log adds length and checksum.
//
//   0  u8   format, 1
//   1  u8   kind: 1 block, 2 end, 3 whole
//   2  u16  0
//   4  u32  index of the block within its blob (block); how many blocks there were (end); 0 (whole)
//   8  u64  size of the blob in bytes (end, whole); 0 (block)
//  16  16   id of the blob
//  32  ...  the bytes (block, whole), the runs (end, see runs.ts)
//
// A blob of at most one block is one record, `whole`. Any other is its blocks, in order, then its `end`: a blob exists
// once its `end` or `whole` is there, and that record alone suffices to index it. All integers are little-endian.

import assert from 'node:assert/strict';

export type BlockKind = 'block' | 'end' | 'whole';
export type BlockHeader = {
  readonly kind: BlockKind;
  readonly index: number;
  readonly sizeBytes: number;
  readonly blob: string;
};

export const blockHeaderBytes = 32;
const format = 1;
const kinds = { block: 1, end: 2, whole: 3 } as const satisfies Record<BlockKind, number>;

export function encodeBlockHeader(header: BlockHeader): Buffer {
  // From the pool: memory of its own for each costs a small put more than all that is written into it.
  const bytes = Buffer.allocUnsafe(blockHeaderBytes);
  bytes[0] = format;
  bytes[1] = kinds[header.kind];
  bytes.writeUInt16LE(0, 2);
  bytes.writeUInt32LE(header.index, 4);
  bytes.writeUInt32LE(header.sizeBytes % 2 ** 32, 8);
  bytes.writeUInt32LE(Math.floor(header.sizeBytes / 2 ** 32), 12);
  const written = bytes.write(header.blob, 16, 'hex');
  assert.equal(written, 16, `a blob id is 16 bytes in hex, not ${header.blob}`);
  return bytes;
}

/** Undefined for what is no data record of this format. */
export function decodeBlockHeader(payload: Uint8Array): BlockHeader | undefined {
  if (payload.byteLength < blockHeaderBytes || payload[0] !== format) return undefined;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, blockHeaderBytes);
  const kind = kindOf(payload[1]!);
  if (kind === undefined) return undefined;
  return {
    kind,
    index: bytes.readUInt32LE(4),
    sizeBytes: bytes.readUInt32LE(8) + bytes.readUInt32LE(12) * 2 ** 32,
    blob: bytes.toString('hex', 16, 32),
  };
}

function kindOf(code: number): BlockKind | undefined {
  if (code === kinds.block) return 'block';
  if (code === kinds.end) return 'end';
  return code === kinds.whole ? 'whole' : undefined;
}
