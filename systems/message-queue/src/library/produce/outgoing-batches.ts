// Records on their way to a partition, cut into batches: as many as fit together, and one that is large alone, so that it
// fails alone when the topic does not take it.

import type { EngineRecord } from '@cairn/engines';
import { encodeBatch, noProducer } from '../../batch/batch-header.ts';
import { encodeRecords } from '../../batch/records.ts';
import { batchHeaderBytes } from '../../limits.ts';

export type OutgoingRecord = EngineRecord & { readonly timestampMs: number };

/** Of a record's numbers, at most. */
const recordNumbersBytesMax = 32;
const headerNumbersBytesMax = 10;

/** In their order. */
export function batchesOf<Item>(
  items: readonly Item[],
  { recordOf, bytesMax }: { recordOf: (item: Item) => OutgoingRecord; bytesMax: number },
): Item[][] {
  const batches: Item[][] = [];
  let left = 0;
  for (const item of items) {
    const bytes = bytesAtMost(recordOf(item));
    if (bytes > left) {
      batches.push([]);
      left = bytesMax - batchHeaderBytes;
    }
    batches.at(-1)!.push(item);
    left -= bytes;
  }
  return batches;
}

/** A whole batch, for a partition to append. */
export function encodeOutgoing(records: readonly OutgoingRecord[]): Buffer {
  const baseTimestampMs = records[0]!.timestampMs;
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false },
      ...{ producerId: noProducer, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: records.length - 1, recordCount: records.length },
      baseTimestampMs,
      maxTimestampMs: records.reduce((max, { timestampMs }) => Math.max(max, timestampMs), baseTimestampMs),
    },
    encodeRecords(records, baseTimestampMs),
  );
}

function bytesAtMost({ key, value, headers }: OutgoingRecord): number {
  let bytes = recordNumbersBytesMax + (key?.length ?? 0) + (value?.length ?? 0);
  // A character has three bytes of UTF-8 at most.
  for (const header of headers)
    bytes += headerNumbersBytesMax + header.key.length * 3 + (header.value?.length ?? 0);
  return bytes;
}
