// Reads a partition for a group with a filter: batch after batch, until there is enough of what the group wants, or nothing
// more, or as much was looked at as one fetch may. It can be asked again for more, and goes on where it was.
//
//   next                    where it goes on: all before it was looked at
//   records                 what is left of that
//   what moves on           at the end of an answer, when nothing is left of what lies right before `next`

import { type BatchHeader, decodeBatchHeader } from '../batch/batch-header.ts';
import { filterReadBytes } from '../limits.ts';
import { type Fetched, type Offset, type Partition, PartitionError } from '../partition/partition.ts';
import { filterBatch } from './filter-batch.ts';
import type { FilterWork } from './filter-work.ts';
import { type MovesOnBy, movingOn } from './moves-on.ts';
import type { TagFilter } from './tag-filter.ts';

export type FilteredReadOptions = {
  readonly partition: Pick<Partition, 'read'>;
  readonly offset: Offset;
  readonly committed: boolean;
  readonly filter: TagFilter;
  readonly movesOnBy: MovesOnBy;
  /** Of records, unpacked, that it looks at, but for one batch. */
  readonly lookedAtBytesMax: number;
  readonly work: FilterWork;
};

export type FilteredFetched = Fetched & {
  /** It looked at as much as it may, and not at everything. */
  readonly isBehind: boolean;
};

type Bounds = { readonly bytesMax: number; readonly atLeastOne: boolean };
type Outcome = 'taken' | 'full' | 'behind' | 'end';

export class FilteredRead {
  readonly #options: FilteredReadOptions;
  #next: Offset;
  #leftBytes: number;
  #records: Uint8Array[] = [];
  #sizeBytes = 0;
  /** Behind the last batch of which something is left. */
  #keptTo: Offset;
  #leaderEpoch = 0;
  #fetched: Fetched | undefined;
  readonly #aborted = new Map<string, Fetched['abortedTransactions'][number]>();

  constructor(options: FilteredReadOptions) {
    this.#options = options;
    this.#next = options.offset;
    this.#keptTo = options.offset;
    this.#leftBytes = options.lookedAtBytesMax;
  }

  get filter(): TagFilter {
    return this.#options.filter;
  }

  /** Of what is left. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** All that it found until now, and what there is of more up to `bytesMax`. Throws PartitionError. */
  async read(bounds: Bounds): Promise<FilteredFetched> {
    let outcome: Outcome = this.#sizeBytes >= bounds.bytesMax && this.#sizeBytes > 0 ? 'full' : 'taken';
    while (outcome === 'taken') outcome = await this.#readOn(bounds);
    const records = [...this.#records];
    if (this.#next > this.#keptTo && this.#needsMoving()) records.push(this.#movingOn());
    const abortedTransactions = [...this.#aborted.values()].filter(
      ({ firstOffset }) => firstOffset < this.#next,
    );
    const isBehind = outcome === 'behind';
    return { ...this.#fetched!, records, sizeBytes: this.#sizeBytes, abortedTransactions, isBehind };
  }

  /** Behind records that are wanted, one from before the fetch's offset would not be passed over: the next fetch moves on. */
  #needsMoving(): boolean {
    return this.#options.movesOnBy === 'marker' || this.#records.length === 0;
  }

  #movingOn(): Uint8Array {
    const { movesOnBy, offset: fromOffset } = this.#options;
    return movingOn(movesOnBy, { fromOffset, lastOffset: this.#next - 1, leaderEpoch: this.#leaderEpoch });
  }

  async #readOn(bounds: Bounds): Promise<Outcome> {
    if (this.#leftBytes <= 0) return 'behind';
    const { partition, committed, offset } = this.#options;
    try {
      const request = { offset: this.#next, bytesMax: filterReadBytes, atLeastOne: true, committed };
      this.#fetched = await partition.read(request);
    } catch (error) {
      // Who reads on from there is told.
      if (this.#next > offset && error instanceof PartitionError) return 'behind';
      throw error;
    }
    const { records, abortedTransactions } = this.#fetched;
    for (const aborted of abortedTransactions)
      this.#aborted.set(`${aborted.producerId} ${aborted.firstOffset}`, aborted);
    for (const bytes of records) {
      const outcome = await this.#take(bytes, bounds);
      if (outcome !== 'taken') return outcome;
    }
    return records.length === 0 ? 'end' : 'taken';
  }

  async #take(batch: Uint8Array, { bytesMax, atLeastOne }: Bounds): Promise<Outcome> {
    if (this.#leftBytes <= 0) return 'behind';
    const { filter, work, offset: fromOffset } = this.#options;
    const header = decodeBatchHeader(batch);
    const { bytes, lookedAtBytes } = await filterBatch(
      { header, bytes: batch },
      { filter, work, fromOffset },
    );
    this.#leftBytes -= lookedAtBytes;
    if (bytes !== undefined) {
      const isFirst = this.#sizeBytes === 0 && atLeastOne;
      if (this.#sizeBytes + bytes.length > bytesMax && !isFirst) return 'full';
      this.#keep(header, bytes);
    }
    this.#next = header.baseOffset + header.lastOffsetDelta + 1;
    this.#leaderEpoch = header.leaderEpoch;
    return 'taken';
  }

  #keep({ baseOffset, lastOffsetDelta }: BatchHeader, bytes: Uint8Array): void {
    this.#records.push(bytes);
    this.#sizeBytes += bytes.length;
    this.#keptTo = baseOffset + lastOffsetDelta + 1;
  }
}
