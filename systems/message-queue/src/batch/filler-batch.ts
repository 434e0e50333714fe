// A batch that stands where batches were lost: it takes up their offsets and bytes and holds nothing. A control batch of one
// record of a kind that does not exist, which every client passes over:
//
//   key     version 2 bytes (0), type 2 bytes (0x7fff), and up to 6 bytes 0
//   value   bytes 0, as many as are to be filled

import { batchHeaderBytes } from '../limits.ts';
import { encodeBatch, noProducer, noTimestamp } from './batch-header.ts';
import { varint } from './records.ts';

const unknownType = 0x7fff;
const keyBytes = { min: 4, max: 10 };
/** Of a record besides key and value: at most five numbers of five bytes, and one byte. */
const overheadBytesMax = 26;

export type FillerPlace = {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
};

/** Exactly so long; undefined when that is too short for any. */
export function fillerBatch(
  lengthBytes: number,
  { firstOffset, lastOffset, leaderEpoch }: FillerPlace,
): Buffer | undefined {
  const records = fillerRecord(lengthBytes - batchHeaderBytes);
  if (records === undefined) return undefined;
  return encodeBatch(
    {
      ...{ baseOffset: firstOffset, lastOffsetDelta: lastOffset - firstOffset, leaderEpoch, recordCount: 1 },
      ...{ compression: 'none', isLogAppendTime: false, isTransactional: false, isControl: true },
      ...{ baseTimestampMs: noTimestamp, maxTimestampMs: noTimestamp },
      ...{ producerId: noProducer, producerEpoch: -1, baseSequence: -1 },
    },
    records,
  );
}

/**
 * Lengths are numbers of one to five bytes, so that there are lengths which no record has when each number is as short as it
 * can be: the key, or a byte more in the record's own length, makes up for it. Who decodes numbers takes both.
 */
function fillerRecord(lengthBytes: number): Buffer | undefined {
  for (let keyLength = keyBytes.min; keyLength <= keyBytes.max; keyLength++) {
    const most = lengthBytes - keyLength;
    for (let valueLength = most; valueLength >= Math.max(0, most - overheadBytesMax); valueLength--) {
      const body = bodyOf(keyLength, valueLength);
      const missing = lengthBytes - body.length - varint(body.length).length;
      if (missing === 0 || missing === 1) return Buffer.concat([lengthOf(body, missing), body]);
    }
  }
  return undefined;
}

/** Attributes, timestamp and offset 0, key, value, no headers. */
function bodyOf(keyLength: number, valueLength: number): Buffer {
  const key = Buffer.alloc(keyLength);
  key.writeInt16BE(unknownType, 2);
  const value = Buffer.alloc(valueLength);
  return Buffer.concat([Buffer.alloc(3), varint(keyLength), key, varint(valueLength), value, Buffer.alloc(1)]);
}

function lengthOf(body: Buffer, more: 0 | 1): Buffer {
  const bytes = varint(body.length);
  if (more === 0) return bytes;
  bytes[bytes.length - 1]! |= 0x80;
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}
