// Turns the bytes of one read into the payloads they hold, or throws: never wrong bytes.

import { crc32c } from '@cairn/hashing';
import { decodeRecordHeader, type RecordHeader, recordBytes } from '../format/record-header.ts';
import { recordHeaderBytes } from '../limits.ts';
import type { RecordLocation, RecordsRead } from '../segment-log.ts';
import { SegmentLogError } from '../segment-log-error.ts';

export type ReadRequest = {
  readonly location: RecordLocation;
  readonly count: number;
  readonly lengthBytes: number;
};

/** The payloads of exactly `count` records that fill `bytes`. Throws SegmentLogError `damaged` or `newer-format`. */
export function payloadsOf(bytes: Buffer, request: ReadRequest, seed: number): readonly Buffer[] {
  return [...eachPayloadOf(bytes, request, seed)];
}

/** The same, each verified when it is asked for. */
export function* eachPayloadOf(
  bytes: Buffer,
  request: ReadRequest,
  seed: number,
): Generator<Buffer, void, undefined> {
  const { count, lengthBytes } = request;
  if (bytes.length < lengthBytes) {
    throw damaged(request, bytes.length, `the segment ends ${lengthBytes - bytes.length} bytes too early`);
  }
  let at = 0;
  for (let left = count; left > 0; left--) {
    const header = headerAt(bytes, { request, at, seed });
    if (header.kind !== 'data') throw damaged(request, at, 'here lies a mark of the log, not a record');
    if (at + recordBytes(header) > bytes.length)
      throw damaged(request, at, 'the record is longer than was asked for');
    const payload = payloadAt(bytes, { request, at, header });
    at += recordBytes(header);
    if (left === 1 && at !== lengthBytes) {
      throw damaged(request, at, `${count} records take ${at} bytes, not ${lengthBytes}`);
    }
    yield payload;
  }
}

/**
 * The payloads of the whole records at the beginning of `bytes`, the bytes that these take, and the length of the payload
 * behind them, where its header is there. Stops at the mark of a closed log, and in front of damage behind a sound record. Throws
 * like `payloadsOf`.
 */
export function wholePayloadsOf(
  bytes: Buffer,
  request: { readonly location: RecordLocation },
  seed: number,
): Pick<RecordsRead, 'nextBytes'> & { readonly payloads: readonly Buffer[]; readonly lengthBytes: number } {
  const payloads: Buffer[] = [];
  let at = 0;
  while (at + recordHeaderBytes <= bytes.length) {
    const record = soundRecordAt(bytes, { request, at, seed, isFirst: payloads.length === 0 });
    if (record === undefined) break;
    if (record.payload === undefined)
      return { payloads, lengthBytes: at, nextBytes: record.lengthBytes - recordHeaderBytes };
    payloads.push(record.payload);
    at += record.lengthBytes;
  }
  return { payloads, lengthBytes: at, nextBytes: undefined };
}

/** Without its payload when that is not all there; undefined for a mark, and for damage that is not the first thing. */
function soundRecordAt(
  bytes: Buffer,
  { isFirst, ...place }: Place & { readonly seed: number; readonly isFirst: boolean },
): { readonly payload: Buffer | undefined; readonly lengthBytes: number } | undefined {
  try {
    const header = headerAt(bytes, place);
    if (header.kind !== 'data') return undefined;
    const lengthBytes = recordBytes(header);
    const isWhole = place.at + lengthBytes <= bytes.length;
    return { payload: isWhole ? payloadAt(bytes, { ...place, header }) : undefined, lengthBytes };
  } catch (error) {
    if (isFirst) throw error;
    return undefined;
  }
}

type Place = { readonly request: { readonly location: RecordLocation }; readonly at: number };

function headerAt(bytes: Buffer, { request, at, seed }: Place & { readonly seed: number }): RecordHeader {
  const position = request.location.position + at;
  const decoded = decodeRecordHeader(bytes.subarray(at), { seed, position });
  if (decoded.kind === 'damaged') throw damaged(request, at, decoded.detail);
  if (decoded.kind === 'newer') throw newer(request, at, decoded.version);
  return decoded.header;
}

function payloadAt(
  bytes: Buffer,
  { request, at, header }: Place & { readonly header: RecordHeader },
): Buffer {
  const payload = bytes.subarray(at + recordHeaderBytes, at + recordBytes(header));
  if (crc32c(payload) === header.payloadChecksum) return payload;
  throw damaged(request, at, 'the checksum of the payload is wrong');
}

function damaged({ location }: Place['request'], at: number, detail: string): SegmentLogError {
  return new SegmentLogError('damaged', {
    attempt: 'read',
    segment: location.segment,
    position: location.position + at,
    detail,
  });
}

function newer({ location }: Place['request'], at: number, version: number): SegmentLogError {
  return new SegmentLogError('newer-format', {
    attempt: 'read',
    segment: location.segment,
    position: location.position + at,
    detail: `the record is of format version ${version}`,
  });
}
