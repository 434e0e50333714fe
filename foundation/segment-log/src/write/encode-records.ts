// Records on their way to the disk: one buffer for all headers of a write, between payloads that are never copied.

import { crc32c } from '@cairn/hashing';
import { encodeRecordHeader, type RecordKind } from '../format/record-header.ts';
import { recordHeaderBytes } from '../limits.ts';
import type { RecordParts } from '../segment-log.ts';

export type EncodeOptions = {
  readonly kind: RecordKind;
  readonly seed: number;
  /** Position and sequence number of the first record. */
  readonly position: number;
  readonly sequence: number;
  /** Up to here the segment is known to be synced. */
  readonly durable: number;
};

export type EncodedRecords = { readonly buffers: readonly Uint8Array[]; readonly lengthBytes: number };

/** Headers and payloads in the order in which they lie on the disk. */
export function encodeRecords(records: readonly RecordParts[], options: EncodeOptions): EncodedRecords {
  const headers = Buffer.allocUnsafe(records.length * recordHeaderBytes);
  const buffers: Uint8Array[] = [];
  let lengthBytes = 0;
  for (const [index, parts] of records.entries()) {
    const header = headers.subarray(index * recordHeaderBytes, (index + 1) * recordHeaderBytes);
    buffers.push(header);
    let payloadLength = 0;
    let payloadChecksum = 0;
    for (const part of parts) {
      payloadLength += part.byteLength;
      payloadChecksum = crc32c(part, payloadChecksum);
      buffers.push(part);
    }
    encodeRecordHeader(
      header,
      {
        kind: options.kind,
        payloadLength,
        payloadChecksum,
        sequence: options.sequence + lengthBytes,
        durable: options.durable,
      },
      { seed: options.seed, position: options.position + lengthBytes },
    );
    lengthBytes += recordHeaderBytes + payloadLength;
  }
  return { buffers, lengthBytes };
}

/** What a batch takes in its segment, headers included. */
export function batchBytes(records: readonly RecordParts[]): number {
  let bytes = records.length * recordHeaderBytes;
  for (const parts of records) bytes += payloadBytes(parts);
  return bytes;
}

export function payloadBytes(parts: RecordParts): number {
  let bytes = 0;
  for (const part of parts) bytes += part.byteLength;
  return bytes;
}
