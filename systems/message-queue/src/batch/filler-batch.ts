// A batch that stands where batches were lost: it takes up their offsets and bytes and holds nothing. A control batch of one
// record of a version and a kind that do not exist, which clients pass over:
//
//   key     version 2 bytes (0x7fff), type 2 bytes (0x7fff); up to two bytes longer or shorter where no other length fits
//   value   bytes 0, as many as are to be filled
//
// Not of a producer, so that no client holds it against a transaction. With a version that it knows librdkafka would insist
// on what is in it.

import { batchHeaderBytes } from '../limits.ts';
import { encodeBatch, noProducer, noTimestamp } from './batch-header.ts';
import { varint } from './records.ts';

const keyLengths = [4, 5, 6, 3, 2] as const;
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
  for (const keyLength of keyLengths) {
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
  const key = Buffer.alloc(keyLength, Buffer.from([0x7f, 0xff]));
  const value = Buffer.alloc(valueLength);
  return Buffer.concat([
    Buffer.alloc(3),
    varint(keyLength),
    key,
    varint(valueLength),
    value,
    Buffer.alloc(1),
  ]);
}

function lengthOf(body: Buffer, more: 0 | 1): Buffer {
  const bytes = varint(body.length);
  if (more === 0) return bytes;
  bytes[bytes.length - 1]! |= 0x80;
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}
