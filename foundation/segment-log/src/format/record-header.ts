// The 32 bytes before every payload. Little-endian:
//
//    0  magic            4  F5 43 52 4E: never valid UTF-8, so rare in payloads
//    4  version          1  1
//    5  kind             1  0 data; 1 mark: no payload, everything before it was synced when it was written
//    6  zero             2
//    8  payload length   4
//   12  payload CRC-32C  4
//   16  sequence         8  bytes of records in the log before this one; counts bytes, as TCP does
//   24  durable          4  position in this segment up to which all was known to be synced when this was written
//   28  header CRC-32C   4  of the 28 bytes before, seeded
//
// The seed of the header's checksum is CRC-32C(log id, segment number as 8 bytes) xor the header's position. Different
// seeds give the same bytes different checksums, so a header that a disk put elsewhere in its segment always fails, and
// one of another segment or log passes once in 2^32.

import { crc32c } from '@cairn/hashing';
import { recordHeaderBytes, recordPayloadBytesMax } from '../limits.ts';
import { readUint64, writeUint64 } from './integers.ts';
import { logIdBytes } from './segment-header.ts';

const recordFormatVersion = 1;
export const recordMagic: Buffer = Buffer.from([0xf5, 0x43, 0x52, 0x4e]);

const magicNumber = recordMagic.readUInt32LE(0);
const versionAt = 4;
const kindAt = 5;
const zeroAt = 6;
const payloadLengthAt = 8;
const payloadChecksumAt = 12;
const sequenceAt = 16;
const durableAt = 24;
const checksumAt = 28;

const kinds = ['data', 'mark'] as const;
export type RecordKind = (typeof kinds)[number];

export type RecordHeader = {
  readonly kind: RecordKind;
  readonly payloadLength: number;
  readonly payloadChecksum: number;
  readonly sequence: number;
  readonly durable: number;
};

/** Where a header stands: `seed` from `recordSeed`, `position` of its first byte in the segment file. */
export type RecordPlace = { readonly seed: number; readonly position: number };

export type DecodedRecordHeader =
  | { readonly kind: 'sound'; readonly header: RecordHeader }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged'; readonly detail: string };

/** What makes a record's checksum that of this log and this segment. */
export function recordSeed(logId: Buffer, segment: number): number {
  const bytes = Buffer.alloc(logIdBytes + 8);
  logId.copy(bytes);
  writeUint64(bytes, { value: segment, at: logIdBytes });
  return crc32c(bytes);
}

/** Fills `into`, which is 32 bytes long. */
export function encodeRecordHeader(into: Buffer, header: RecordHeader, place: RecordPlace): void {
  into.writeUInt32LE(magicNumber, 0);
  into[versionAt] = recordFormatVersion;
  into[kindAt] = kinds.indexOf(header.kind);
  into.writeUInt16LE(0, zeroAt);
  into.writeUInt32LE(header.payloadLength, payloadLengthAt);
  into.writeUInt32LE(header.payloadChecksum, payloadChecksumAt);
  writeUint64(into, { value: header.sequence, at: sequenceAt });
  into.writeUInt32LE(header.durable, durableAt);
  into.writeUInt32LE(headerChecksum(into, place), checksumAt);
}

/** Reads the header at the start of `bytes`, of which there may be fewer than 32. */
export function decodeRecordHeader(bytes: Buffer, place: RecordPlace): DecodedRecordHeader {
  if (bytes.length < recordHeaderBytes) return { kind: 'damaged', detail: 'it ends inside a record header' };
  if (bytes.readUInt32LE(0) !== magicNumber) return { kind: 'damaged', detail: 'no record begins here' };
  if (bytes.readUInt32LE(checksumAt) !== headerChecksum(bytes, place)) {
    return { kind: 'damaged', detail: 'the checksum of the record header is wrong' };
  }
  const version = bytes[versionAt]!;
  if (version > recordFormatVersion) return { kind: 'newer', version };
  const kind = kinds[bytes[kindAt]!];
  const payloadLength = bytes.readUInt32LE(payloadLengthAt);
  if (kind === undefined) return { kind: 'damaged', detail: `records of kind ${bytes[kindAt]} do not exist` };
  if (payloadLength > recordPayloadBytesMax) {
    return { kind: 'damaged', detail: `a payload of ${payloadLength} bytes is larger than any` };
  }
  const header = {
    kind,
    payloadLength,
    payloadChecksum: bytes.readUInt32LE(payloadChecksumAt),
    sequence: readUint64(bytes, sequenceAt),
    durable: bytes.readUInt32LE(durableAt),
  };
  return { kind: 'sound', header };
}

function headerChecksum(bytes: Buffer, place: RecordPlace): number {
  return crc32c(bytes.subarray(0, checksumAt), (place.seed ^ place.position) >>> 0);
}

/** Length of a record with its header. */
export function recordBytes(header: RecordHeader): number {
  return recordHeaderBytes + header.payloadLength;
}
