// A record as it lies in the store: one of message format 2 with the timestamp 0; and a batch of them as it is delivered.

import { encodeBatch } from '../batch/batch-header.ts';
import { decodeRecords, encodeRecords, type NewRecord } from '../batch/records.ts';
import type { Claim } from './store/deliveries.ts';

export function encodeDelayedRecord(record: NewRecord): Buffer {
  return encodeRecords([{ ...record, timestampMs: 0 }], 0);
}

/** Throws InvalidRecordsError. */
function decodeDelayedRecord(bytes: Uint8Array): NewRecord {
  const alone = { ...{ baseOffset: 0, baseTimestampMs: 0, maxTimestampMs: 0 }, isLogAppendTime: false };
  const [record] = decodeRecords({ ...alone, recordCount: 1 }, bytes);
  return record!;
}

/** The same bytes for the same claim, so that a repeated one is known. */
export function deliveredBatch(producerId: number, claim: Claim): Buffer {
  const { epoch, sequence, claimedMs: timestampMs } = claim;
  const records = claim.records.map(({ record }) => ({ ...decodeDelayedRecord(record), timestampMs }));
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false },
      ...{ lastOffsetDelta: records.length - 1, recordCount: records.length },
      ...{ baseTimestampMs: timestampMs, maxTimestampMs: timestampMs },
      ...{ producerId, producerEpoch: epoch, baseSequence: sequence },
    },
    encodeRecords(records, timestampMs),
  );
}
