// The format of a batch file: the batches of one or more sealed segments in a file that is written once and never changed.
// Little-endian; positions and offsets are doubles.
//
//   header      0  "CAIRNBAT"            8
//               8  format                4   1
//              12  CRC-32C               4   of bytes 16 to 63
//              16  id                   16   random; every other checksum of the file begins from its CRC-32C
//              32  base offset           8   the first offset that the file answers for
//              40  zero                 24
//
//   frame       0  length                4   of the batch
//               4  CRC-32C of the batch  4
//               8  CRC-32C               4   of the frame's position and the two numbers before
//              12  batch
//
//   footer      0  "CAIRNEND"            8
//               8  number of batches     4
//              12  zero                  4
//              16  position              8   of the footer: where the frames end
//              24  end offset            8   behind the last offset that the file answers for
//              32  largest timestamp     8   of all batches, -1 without one
//              40  zero                  4
//              44  CRC-32C               4   of bytes 0 to 43
//
// The header is as long as that of the log's segments, so that an index means the same for both.

import assert from 'node:assert/strict';
import { crc32c, crc32cSeed } from '@cairn/hashing';
import { segmentHeaderBytes } from '@cairn/segment-log';
import { batchMagic, magicOf } from '../../batch/batch-header.ts';
import { batchHeaderBytes } from '../../limits.ts';
import type { Offset } from '../partition.ts';

export const batchFileHeaderBytes = 64;
export const frameHeaderBytes = 12;
export const batchFileFooterBytes = 48;
export const batchFileIdBytes = 16;
assert.equal(batchFileHeaderBytes, segmentHeaderBytes, 'positions begin where those of the log do');

const headerMagic = Buffer.from('CAIRNBAT');
const footerMagic = Buffer.from('CAIRNEND');
const formatVersion = 1;

export type BatchFileHeader = { readonly id: Uint8Array; readonly baseOffset: Offset };
export type BatchFileFooter = {
  readonly batches: number;
  readonly position: number;
  readonly endOffset: Offset;
  readonly maxTimestampMs: number;
};

/** With which all checksums but the header's begin: what belongs to another file fails them. */
export function batchFileSeed(id: Uint8Array): number {
  return crc32c(id);
}

export function encodeBatchFileHeader({ id, baseOffset }: BatchFileHeader): Buffer {
  assert.equal(id.length, batchFileIdBytes, 'the id of a batch file has 16 bytes');
  const bytes = Buffer.alloc(batchFileHeaderBytes);
  headerMagic.copy(bytes);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.set(id, 16);
  bytes.writeDoubleLE(baseOffset, 32);
  bytes.writeUInt32LE(crc32c(bytes.subarray(16)), 12);
  return bytes;
}

/** Undefined for what is no whole and sound header of this version. */
export function decodeBatchFileHeader(bytes: Buffer): BatchFileHeader | undefined {
  if (bytes.length < batchFileHeaderBytes || !bytes.subarray(0, 8).equals(headerMagic)) return undefined;
  if (bytes.readUInt32LE(8) !== formatVersion) return undefined;
  if (bytes.readUInt32LE(12) !== crc32c(bytes.subarray(16, batchFileHeaderBytes))) return undefined;
  return { id: bytes.subarray(16, 32), baseOffset: bytes.readDoubleLE(32) };
}

/** Sound, but of a version that is not known here. */
export function isOfOtherFormat(bytes: Buffer): boolean {
  const version = bytes.length < batchFileHeaderBytes ? formatVersion : bytes.readUInt32LE(8);
  if (version === formatVersion) return false;
  const known = Buffer.from(bytes);
  known.writeUInt32LE(formatVersion, 8);
  return decodeBatchFileHeader(known) !== undefined;
}

export function encodeFrameHeader(
  batch: Uint8Array,
  { position, seed }: { position: number; seed: number },
): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes);
  bytes.writeUInt32LE(batch.length, 0);
  bytes.writeUInt32LE(crc32c(batch), 4);
  bytes.writeUInt32LE(frameHeaderCrc(bytes, { position, seed }), 8);
  return bytes;
}

export type Frame = {
  /** Of the batch. */
  readonly lengthBytes: number;
  /** Undefined when not all of it is in the bytes that were given. */
  readonly payload: Uint8Array | undefined;
  readonly isSound: boolean;
};

/** The frame at the beginning of `bytes`; undefined for a header that is not sound or not whole. */
export function frameAt(
  bytes: Buffer,
  { position, seed }: { position: number; seed: number },
): Frame | undefined {
  if (bytes.length < frameHeaderBytes) return undefined;
  if (bytes.readUInt32LE(8) !== frameHeaderCrc(bytes, { position, seed })) return undefined;
  const lengthBytes = bytes.readUInt32LE(0);
  const end = frameHeaderBytes + lengthBytes;
  if (end > bytes.length) return { lengthBytes, payload: undefined, isSound: false };
  const payload = bytes.subarray(frameHeaderBytes, end);
  return { lengthBytes, payload, isSound: crc32c(payload) === bytes.readUInt32LE(4) };
}

/** Whether a search for a frame looks closer at these bytes; `room` is up to where the frames end. */
export function mayBeFrame(bytes: Buffer, room: number): boolean {
  const lengthBytes = bytes.readUInt32LE(0);
  if (lengthBytes < batchHeaderBytes || frameHeaderBytes + lengthBytes > room) return false;
  const batch = bytes.subarray(frameHeaderBytes);
  return batch.length < batchHeaderBytes || magicOf(batch) === batchMagic;
}

const positionBytes = Buffer.alloc(8);

function frameHeaderCrc(header: Buffer, { position, seed }: { position: number; seed: number }): number {
  positionBytes.writeDoubleLE(position);
  return crc32c(header.subarray(0, 8), crc32c(positionBytes, seed));
}

export function encodeBatchFileFooter(footer: BatchFileFooter, seed: number): Buffer {
  const bytes = Buffer.alloc(batchFileFooterBytes);
  footerMagic.copy(bytes);
  bytes.writeUInt32LE(footer.batches, 8);
  bytes.writeDoubleLE(footer.position, 16);
  bytes.writeDoubleLE(footer.endOffset, 24);
  bytes.writeDoubleLE(footer.maxTimestampMs, 32);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 44), seed), 44);
  return bytes;
}

/** What all checksums of a file begin from, as its footer has it: for a file whose header is lost. */
export function seedOfFooter(bytes: Buffer): number | undefined {
  if (bytes.length < batchFileFooterBytes || !bytes.subarray(0, 8).equals(footerMagic)) return undefined;
  return crc32cSeed(bytes.subarray(0, 44), bytes.readUInt32LE(44));
}

/** Undefined for what is no whole and sound footer of the file with this seed. */
export function decodeBatchFileFooter(bytes: Buffer, seed: number): BatchFileFooter | undefined {
  if (bytes.length < batchFileFooterBytes || !bytes.subarray(0, 8).equals(footerMagic)) return undefined;
  if (bytes.readUInt32LE(44) !== crc32c(bytes.subarray(0, 44), seed)) return undefined;
  return {
    batches: bytes.readUInt32LE(8),
    position: bytes.readDoubleLE(16),
    endOffset: bytes.readDoubleLE(24),
    maxTimestampMs: bytes.readDoubleLE(32),
  };
}
