// The records of a partition from an offset on, batch by batch, as a consumer of Kafka's sees them: without markers of
// transactions, and without the records of those that were aborted.

import type { LogRecord } from '@cairn/engines';
import type { Log as EventLog } from '@cairn/telemetry';
import { type BatchHeader, batchLengthAt, decodeBatchHeader } from '../../batch/batch-header.ts';
import { unpackedRecords } from '../../batch/compression.ts';
import { decodeMarker } from '../../batch/control-records.ts';
import { decodeRecords, InvalidRecordsError } from '../../batch/records.ts';
import type { TagFilter } from '../../filter/tag-filter.ts';
import { isWanted, tagsOfHeaders } from '../../filter/tags.ts';
import type { Fetched } from '../../partition/partition.ts';

export type RecordBatch = {
  readonly records: readonly LogRecord[];
  /** Behind the batch. */
  readonly nextOffset: number;
};

export type DecodeOptions = {
  readonly topic: string;
  readonly partition: number;
  /** Records before it were read already. */
  readonly offset: number;
  readonly log: EventLog;
  /** Of the group. */
  readonly filter?: TagFilter | undefined;
  readonly onDropped?: ((records: number) => void) | undefined;
};

/** Of what was read. Records that nobody can decode are told of in the log, and passed over. */
export async function* recordBatches(
  fetched: Pick<Fetched, 'records' | 'abortedTransactions'>,
  options: DecodeOptions,
): AsyncGenerator<RecordBatch, void, undefined> {
  const aborted = new AbortedProducers(fetched.abortedTransactions);
  const bytes = Buffer.concat(fetched.records);
  for (let at = 0; at < bytes.length; ) {
    const batch = bytes.subarray(at, at + batchLengthAt(bytes, at)!);
    at += batch.length;
    const header = decodeBatchHeader(batch);
    const nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
    const records = header.recordCount === 0 ? [] : await recordsOf(header, { batch, aborted, options });
    yield { records, nextOffset };
  }
}

async function recordsOf(
  header: BatchHeader,
  { batch, aborted, options }: { batch: Uint8Array; aborted: AbortedProducers; options: DecodeOptions },
): Promise<readonly LogRecord[]> {
  const { topic, partition, offset: firstOffset, log, filter, onDropped } = options;
  if (!header.isControl && aborted.has(header)) return [];
  try {
    const unpacked = await unpackedRecords(header, batch);
    const records = [...decodeRecords(header, unpacked)];
    if (header.isControl) {
      aborted.marked(header, decodeMarker(records[0]!)?.commit ?? true);
      return [];
    }
    const fresh = records.filter(({ offset }) => offset >= firstOffset);
    const wanted = filter ? fresh.filter(({ headers }) => isWanted(tagsOfHeaders(headers), filter)) : fresh;
    onDropped?.(fresh.length - wanted.length);
    return wanted.map(({ offset, timestampMs, key, value, headers }) => ({
      ...{ topic, partition, offset, timestampMs, key, value, headers },
    }));
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    log.error('records that cannot be decoded are passed over', {
      ...{ topic, partition, offset: header.baseOffset, records: header.recordCount, error },
    });
    return [];
  }
}

/** Whose transaction is an aborted one, on the way through the log. */
class AbortedProducers {
  readonly #ahead: { readonly producerId: number; readonly firstOffset: number }[];
  readonly #open = new Set<number>();

  constructor(transactions: Fetched['abortedTransactions']) {
    this.#ahead = transactions.toSorted((left, right) => left.firstOffset - right.firstOffset);
  }

  has({ baseOffset, lastOffsetDelta, isTransactional, producerId }: BatchHeader): boolean {
    while (this.#ahead.length > 0 && this.#ahead[0]!.firstOffset <= baseOffset + lastOffsetDelta)
      this.#open.add(this.#ahead.shift()!.producerId);
    return isTransactional && this.#open.has(producerId);
  }

  marked({ producerId }: BatchHeader, commit: boolean): void {
    if (!commit) this.#open.delete(producerId);
  }
}
