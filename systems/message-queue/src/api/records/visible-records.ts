// The records of what was fetched as a consumer sees them: without the markers of transactions, and without those that were
// aborted.

import { type BatchHeader, decodeBatchHeader } from '../../batch/batch-header.ts';
import { unpackedRecords } from '../../batch/compression.ts';
import { type BatchRecord, decodeRecords } from '../../batch/records.ts';
import type { Fetched, Offset } from '../../partition/partition.ts';

/** From `from` on, in groups that are bounded in number and size. Throws InvalidRecordsError. */
export async function* visibleRecords(
  { records, abortedTransactions }: Pick<Fetched, 'records' | 'abortedTransactions'>,
  from: Offset,
): AsyncGenerator<readonly BatchRecord[], void, undefined> {
  const isHidden = hider(abortedTransactions);
  for (const batch of records) {
    const header = decodeBatchHeader(batch);
    if (isHidden(header)) continue;
    yield* groupsOf(decodeRecords(header, await unpackedRecords(header, batch)), from);
  }
}

/** Tells of batches in their order whether consumers see nothing of them. */
function hider(aborted: Fetched['abortedTransactions']): (header: BatchHeader) => boolean {
  const waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const producers = new Set<number>();
  return ({ baseOffset, lastOffsetDelta, isControl, isTransactional, producerId }) => {
    while (waiting.length > 0 && waiting[0]!.firstOffset <= baseOffset + lastOffsetDelta)
      producers.add(waiting.shift()!.producerId);
    if (isControl) producers.delete(producerId);
    return isControl || (isTransactional && producers.has(producerId));
  };
}

const groupRecordsMax = 500;
const groupBytesMax = 256 * 1_024;

function* groupsOf(
  records: Iterable<BatchRecord>,
  from: Offset,
): Generator<readonly BatchRecord[], void, undefined> {
  let group: BatchRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    if (record.offset < from) continue;
    group.push(record);
    bytes += record.bytes.length;
    if (group.length < groupRecordsMax && bytes < groupBytesMax) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
