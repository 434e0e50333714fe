// The marker that ends a transaction in a partition: a control batch of one record.
//
//   key     version 2 bytes (0), type 2 bytes: 0 abort, 1 commit
//   value   version 2 bytes (0), coordinator epoch 4 bytes

import { encodeBatch } from './batch-header.ts';
import { encodeRecords } from './records.ts';

export type TransactionMarker = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
};

export function encodeMarker(marker: TransactionMarker, timestampMs: number): Buffer {
  const key = Buffer.from([0, 0, 0, marker.commit ? 1 : 0]);
  const value = Buffer.alloc(6);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  const records = encodeRecords([{ timestampMs, key, value, headers: [] }], timestampMs);
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: 0, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: true, isControl: true, lastOffsetDelta: 0, recordCount: 1 },
      ...{ baseTimestampMs: timestampMs, maxTimestampMs: timestampMs },
      ...{ producerId: marker.producerId, producerEpoch: marker.producerEpoch, baseSequence: -1 },
    },
    records,
  );
}

/** Every marker is as long. */
export const markerBatchBytes = encodeMarker(
  { producerId: 0, producerEpoch: 0, coordinatorEpoch: 0, commit: true },
  0,
).length;

export type MarkerContent = { readonly commit: boolean; readonly coordinatorEpoch: number };

/** What the record of a control batch says; undefined for a kind that is not known, which readers pass over. */
export function decodeMarker(record: {
  key: Uint8Array | null;
  value: Uint8Array | null;
}): MarkerContent | undefined {
  const { key, value } = record;
  if (key === null || value === null || key.length < 4 || value.length < 6) return undefined;
  const type = (key[2]! << 8) | key[3]!;
  if (type > 1) return undefined;
  return { commit: type === 1, coordinatorEpoch: Buffer.from(value).readInt32BE(2) };
}
