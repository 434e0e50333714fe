// A batch that stands where batches were lost: it takes up their offsets and bytes and holds nothing. A control batch of one
// record of a kind that does not exist, which every client passes over:
//
//   key     version 2 bytes (0), type 2 bytes (0x7fff), and up to 6 bytes 0
//   value   bytes 0, as many as are to be filled

import { batchHeaderBytes } from '../limits.ts';
import { encodeBatch, noProducer, noTimestamp } from './batch-header.ts';
import { encodeRecords } from './records.ts';

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

/** Lengths are numbers of one to five bytes, so that not every length of a value is right: the key makes up for it. */
function fillerRecord(lengthBytes: number): Buffer | undefined {
  for (let keyLength = keyBytes.min; keyLength <= keyBytes.max; keyLength++) {
    const most = lengthBytes - keyLength;
    for (let valueLength = most; valueLength >= Math.max(0, most - overheadBytesMax); valueLength--) {
      if (recordLength(keyLength, valueLength) !== lengthBytes) continue;
      const key = Buffer.alloc(keyLength);
      key.writeInt16BE(unknownType, 2);
      const record = { timestampMs: noTimestamp, key, value: Buffer.alloc(valueLength), headers: [] };
      return encodeRecords([record], noTimestamp);
    }
  }
  return undefined;
}

function recordLength(keyLength: number, valueLength: number): number {
  // Attributes, timestamp, offset and the number of headers have a byte each.
  const length = 4 + varintBytes(keyLength) + keyLength + varintBytes(valueLength) + valueLength;
  return varintBytes(length) + length;
}

/** Of a number that is not negative, zigzag: seven bits a byte. */
function varintBytes(value: number): number {
  return Math.max(1, Math.ceil(Math.log2(2 * value + 1) / 7));
}
