// The header of a record batch, Kafka's message format 2 (https://kafka.apache.org/documentation/#recordbatch). Big-endian:
//
//    0  base offset           8  ┐ given by the broker, not covered by the checksum
//    8  batch length          4  │ of what follows these 4 bytes
//   12  partition leader epoch 4 ┘
//   16  magic                 1  2
//   17  CRC-32C               4  of everything from the attributes on
//   21  attributes            2  bits 0 to 2 compression, 3 timestamps are the broker's, 4 transactional, 5 control,
//                                6 the base timestamp is when the batch's tombstones, or its marker, may go (KIP-534)
//   23  last offset delta     4
//   27  base timestamp        8
//   35  max timestamp         8
//   43  producer id           8  -1 when the producer is not idempotent
//   51  producer epoch        2
//   53  base sequence         4
//   57  number of records     4
//   61  records
//
// A batch is read through its header only; records are looked into (records.ts) where a record has to be found or left out.

import { crc32c } from '@cairn/hashing';
import { batchHeaderBytes } from '../limits.ts';

export const batchMagic = 2;
export const noProducer = -1;
export const noTimestamp = -1;

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

const lengthEnds = 12;
const leaderEpochAt = 12;
const magicAt = 16;
const checksumAt = 17;
const attributesAt = 21;
const compressionBits = 0b111;
const logAppendTimeBit = 0b1000;
const transactionalBit = 0b1_0000;
const controlBit = 0b10_0000;
const deleteHorizonBit = 0b100_0000;

export type BatchHeader = {
  readonly baseOffset: number;
  /** Of the whole batch. */
  readonly lengthBytes: number;
  readonly leaderEpoch: number;
  /** Undefined for bits that no compression has. */
  readonly compression: Compression | undefined;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasDeleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
};

/** The header of the batch at the beginning of `bytes`, which has at least `batchHeaderBytes`. Nothing is verified. */
export function decodeBatchHeader(bytes: Uint8Array): BatchHeader {
  const buffer = bufferOf(bytes);
  const attributes = buffer.readInt16BE(attributesAt);
  return {
    baseOffset: readInt64(buffer, 0),
    lengthBytes: lengthEnds + buffer.readInt32BE(8),
    leaderEpoch: buffer.readInt32BE(leaderEpochAt),
    compression: compressions[attributes & compressionBits],
    isLogAppendTime: (attributes & logAppendTimeBit) !== 0,
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
    hasDeleteHorizon: (attributes & deleteHorizonBit) !== 0,
    lastOffsetDelta: buffer.readInt32BE(23),
    baseTimestampMs: readInt64(buffer, 27),
    maxTimestampMs: readInt64(buffer, 35),
    producerId: readInt64(buffer, 43),
    producerEpoch: buffer.readInt16BE(51),
    baseSequence: buffer.readInt32BE(53),
    recordCount: buffer.readInt32BE(57),
  };
}

/** What a header is written from; the length follows from the records. */
export type NewBatchHeader = Omit<BatchHeader, 'lengthBytes' | 'hasDeleteHorizon'> & {
  readonly compression: Compression;
  readonly hasDeleteHorizon?: boolean;
};

/** A whole batch: header, records, checksum. */
export function encodeBatch(header: NewBatchHeader, records: Uint8Array): Buffer {
  const batch = Buffer.allocUnsafe(batchHeaderBytes + records.length);
  batch.set(records, batchHeaderBytes);
  writeBatchHeader(batch, header);
  return batch;
}

/** Into the room before the records, which the checksum covers: nothing of them may change afterwards. */
export function writeBatchHeader(batch: Buffer, header: NewBatchHeader): void {
  const attributes =
    compressions.indexOf(header.compression) |
    (header.isLogAppendTime ? logAppendTimeBit : 0) |
    (header.isTransactional ? transactionalBit : 0) |
    (header.isControl ? controlBit : 0) |
    (header.hasDeleteHorizon ? deleteHorizonBit : 0);
  writeInt64(batch, { value: header.baseOffset, at: 0 });
  batch.writeInt32BE(batch.length - lengthEnds, 8);
  batch.writeInt32BE(header.leaderEpoch, leaderEpochAt);
  batch.writeInt8(batchMagic, magicAt);
  batch.writeInt16BE(attributes, attributesAt);
  batch.writeInt32BE(header.lastOffsetDelta, 23);
  writeInt64(batch, { value: header.baseTimestampMs, at: 27 });
  writeInt64(batch, { value: header.maxTimestampMs, at: 35 });
  writeInt64(batch, { value: header.producerId, at: 43 });
  batch.writeInt16BE(header.producerEpoch, 51);
  batch.writeInt32BE(header.baseSequence, 53);
  batch.writeInt32BE(header.recordCount, 57);
  sealBatch(batch);
}

/** Gives a batch its place in a partition, in place: the checksum does not cover it. */
export function placeBatch(batch: Uint8Array, place: { baseOffset: number; leaderEpoch: number }): void {
  const buffer = bufferOf(batch);
  writeInt64(buffer, { value: place.baseOffset, at: 0 });
  buffer.writeInt32BE(place.leaderEpoch, leaderEpochAt);
}

/** Says in place that the records were appended at a time, whatever their own timestamps are. */
export function setLogAppendTime(batch: Uint8Array, timeMs: number): void {
  const buffer = bufferOf(batch);
  buffer.writeInt16BE(buffer.readInt16BE(attributesAt) | logAppendTimeBit, attributesAt);
  writeInt64(buffer, { value: timeMs, at: 35 });
  sealBatch(buffer);
}

export function magicOf(batch: Uint8Array): number {
  return bufferOf(batch).readInt8(magicAt);
}

export function isChecksumRight(batch: Uint8Array): boolean {
  return checksumOf(batch) === crc32c(batch.subarray(attributesAt));
}

/** As its header has it. */
export function checksumOf(batch: Uint8Array): number {
  return bufferOf(batch).readUInt32BE(checksumAt);
}

/** Reads only what says how long a batch is; undefined when that many bytes are not there. */
export function batchLengthAt(bytes: Uint8Array, at: number): number | undefined {
  return at + lengthEnds > bytes.length ? undefined : lengthEnds + bufferOf(bytes).readInt32BE(at + 8);
}

function sealBatch(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(attributesAt)), checksumAt);
}

function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4);
}

function writeInt64(buffer: Buffer, { value, at }: { value: number; at: number }): void {
  const high = Math.floor(value / 2 ** 32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
