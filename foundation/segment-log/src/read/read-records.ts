// Turns the bytes of one read into the payloads they hold, or throws: never wrong bytes.

import { crc32c } from '@cairn/hashing';
import { decodeRecordHeader, recordBytes } from '../format/record-header.ts';
import { recordHeaderBytes } from '../limits.ts';
import type { RecordLocation } from '../segment-log.ts';
import { SegmentLogError } from '../segment-log-error.ts';

export type ReadRequest = {
  readonly location: RecordLocation;
  readonly count: number;
  readonly lengthBytes: number;
};

/** The payloads of exactly `count` records that fill `bytes`. Throws SegmentLogError `damaged` or `newer-format`. */
export function payloadsOf(bytes: Buffer, request: ReadRequest, seed: number): readonly Buffer[] {
  const { count, location, lengthBytes } = request;
  if (bytes.length < lengthBytes) {
    throw damaged(request, bytes.length, `the segment ends ${lengthBytes - bytes.length} bytes too early`);
  }
  const payloads: Buffer[] = [];
  let at = 0;
  while (payloads.length < count) {
    const decoded = decodeRecordHeader(bytes.subarray(at), { seed, position: location.position + at });
    if (decoded.kind === 'damaged') throw damaged(request, at, decoded.detail);
    if (decoded.kind === 'newer') throw newer(request, at, decoded.version);
    const { header } = decoded;
    const payload = bytes.subarray(at + recordHeaderBytes, at + recordBytes(header));
    if (header.kind !== 'data') throw damaged(request, at, 'here lies a mark of the log, not a record');
    if (payload.length < header.payloadLength)
      throw damaged(request, at, 'the record is longer than was asked for');
    if (crc32c(payload) !== header.payloadChecksum) {
      throw damaged(request, at, 'the checksum of the payload is wrong');
    }
    payloads.push(payload);
    at += recordBytes(header);
  }
  if (at !== lengthBytes) {
    throw damaged(request, at, `${count} records take ${at} bytes, not ${lengthBytes}`);
  }
  return payloads;
}

function damaged({ location }: ReadRequest, at: number, detail: string): SegmentLogError {
  return new SegmentLogError('damaged', {
    attempt: 'read',
    segment: location.segment,
    position: location.position + at,
    detail,
  });
}

function newer({ location }: ReadRequest, at: number, version: number): SegmentLogError {
  return new SegmentLogError('newer-format', {
    attempt: 'read',
    segment: location.segment,
    position: location.position + at,
    detail: `the record is of format version ${version}`,
  });
}
