// The first 64 bytes of a segment file. Little-endian:
//
//    0  magic           8  "CAIRNSEG"
//    8  version         2  1
//   10  zero            2
//   12  log id         16  random, the same in all segments of a log
//   28  segment         8  the number in the file's name
//   36  first sequence  8  sequence number of the first record: bytes of records in all segments before
//   44  zero           16
//   60  CRC-32C         4  of the 60 bytes before
//
// It is durable under a temporary name before the file gets its own, so a torn header cannot be: a wrong one is rot.

import { crc32c } from '@cairn/hashing';
import { segmentHeaderBytes } from '../limits.ts';
import { readUint64, writeUint64 } from './integers.ts';

const segmentFormatVersion = 1;
export const logIdBytes = 16;

const magic = Buffer.from('CAIRNSEG', 'latin1');
const versionAt = 8;
const logIdAt = 12;
const segmentAt = 28;
const firstSequenceAt = 36;
const checksumAt = 60;

export type SegmentHeader = {
  readonly logId: Buffer;
  readonly segment: number;
  readonly firstSequence: number;
};

export type DecodedSegmentHeader =
  | { readonly kind: 'sound'; readonly header: SegmentHeader }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged'; readonly detail: string };

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  magic.copy(bytes);
  bytes.writeUInt16LE(segmentFormatVersion, versionAt);
  header.logId.copy(bytes, logIdAt, 0, logIdBytes);
  writeUint64(bytes, { value: header.segment, at: segmentAt });
  writeUint64(bytes, { value: header.firstSequence, at: firstSequenceAt });
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, checksumAt)), checksumAt);
  return bytes;
}

/** Reads the header of the file named `segment`. A newer version keeps magic, version and checksum in their places. */
export function decodeSegmentHeader(bytes: Buffer, segment: number): DecodedSegmentHeader {
  if (bytes.length < segmentHeaderBytes) {
    return {
      kind: 'damaged',
      detail: `the file ends after ${bytes.length} bytes, inside the segment header`,
    };
  }
  if (!bytes.subarray(0, magic.length).equals(magic)) return { kind: 'damaged', detail: 'no segment header' };
  if (bytes.readUInt32LE(checksumAt) !== crc32c(bytes.subarray(0, checksumAt))) {
    return { kind: 'damaged', detail: 'the checksum of the segment header is wrong' };
  }
  const version = bytes.readUInt16LE(versionAt);
  if (version > segmentFormatVersion) return { kind: 'newer', version };
  const stored = readUint64(bytes, segmentAt);
  if (stored !== segment) return { kind: 'damaged', detail: `its header is that of segment ${stored}` };
  const logId = Buffer.from(bytes.subarray(logIdAt, logIdAt + logIdBytes));
  return { kind: 'sound', header: { logId, segment, firstSequence: readUint64(bytes, firstSequenceAt) } };
}
