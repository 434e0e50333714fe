// The records of a fetched partition, without markers of transactions and those of aborted ones. The client leaves out
// aborted records itself, but not where a producer aborted twice in what was fetched, nor where the marker is not in it.

import type { RecordsBatch } from '@platformatic/kafka';
import type { LogRecord } from '../log.ts';

type Fetched = {
  readonly records?: readonly RecordsBatch[] | null;
  readonly abortedTransactions?:
    | readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
    | null;
};
export type FetchedRecords = { readonly records: readonly LogRecord[]; readonly nextOffset: number };

const logAppendTimeBit = 0b1000;
const transactionalBit = 0b1_0000;
const controlBit = 0b10_0000;

export function fetchedRecords(
  fetched: Fetched,
  place: { readonly topic: string; readonly partition: number; readonly offset: number },
): FetchedRecords {
  const { topic, partition, offset: from } = place;
  const records: LogRecord[] = [];
  let nextOffset = from;
  const ahead = [...(fetched.abortedTransactions ?? [])].sort((a, b) =>
    Number(a.firstOffset - b.firstOffset),
  );
  const aborted = new Set<bigint>();
  for (const batch of fetched.records ?? []) {
    const end = Number(batch.firstOffset) + batch.lastOffsetDelta;
    nextOffset = Math.max(nextOffset, end + 1);
    while (ahead.length > 0 && Number(ahead[0]!.firstOffset) <= end) aborted.add(ahead.shift()!.producerId);
    if (batch.attributes & controlBit) {
      // Whatever ended it, what comes from the producer next is of another transaction.
      aborted.delete(batch.producerId);
      continue;
    }
    if (batch.attributes & transactionalBit && aborted.has(batch.producerId)) continue;
    for (const record of batch.records) {
      const offset = Number(batch.firstOffset) + record.offsetDelta;
      if (offset < from) continue;
      const timestamp =
        batch.attributes & logAppendTimeBit
          ? batch.maxTimestamp
          : batch.firstTimestamp + record.timestampDelta;
      records.push({
        ...{ topic, partition, offset, timestampMs: Number(timestamp), key: record.key, value: record.value },
        headers: record.headers.map(([key, value]) => ({ key: key?.toString('utf8') ?? '', value })),
      });
    }
  }
  return { records, nextOffset };
}
