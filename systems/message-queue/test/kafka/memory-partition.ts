// A partition in memory: offsets and reads as the interface says, without producers, transactions and durability. For
// tests of the edge, which only sees the interface.

import type { OpenPartition, PartitionOpener } from '../../src/broker/topics/topic.ts';
import {
  type Appended,
  type AppendRequest,
  type Fetched,
  PartitionError,
  type ReadRequest,
} from '../../src/partition/partition.ts';

type Batch = {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestampMs: number;
  readonly bytes: Buffer;
};

const at = { length: 8, leaderEpoch: 12, lastOffsetDelta: 23, maxTimestamp: 35 } as const;

export class MemoryPartition implements OpenPartition {
  readonly leaderEpoch: number;
  startOffset = 0;
  endOffset = 0;
  readonly #batches: Batch[] = [];
  readonly #listeners = new Set<() => void>();
  /** Appends wait for it: a slow disk. */
  appending: Promise<void> = Promise.resolve();

  constructor({ leaderEpoch }: { leaderEpoch: number }) {
    this.leaderEpoch = leaderEpoch;
  }

  get highWatermark(): number {
    return this.endOffset;
  }

  get lastStableOffset(): number {
    return this.endOffset;
  }

  configure(): void {}

  async append({ records }: AppendRequest): Promise<Appended> {
    const baseOffset = this.endOffset;
    for (const batch of batchesOf(records)) this.#add(batch);
    await this.appending;
    for (const listener of this.#listeners) listener();
    return { baseOffset, logAppendTimeMs: 0, startOffset: this.startOffset };
  }

  appendNow(request: AppendRequest): Appended | Promise<Appended> {
    return this.append(request);
  }

  async read({ offset, bytesMax, atLeastOne }: ReadRequest): Promise<Fetched> {
    if (offset < this.startOffset || offset > this.endOffset)
      throw new PartitionError('OFFSET_OUT_OF_RANGE', `${offset} is not in the partition`);
    const records: Buffer[] = [];
    let sizeBytes = 0;
    for (const { lastOffset, bytes } of this.#batches) {
      if (lastOffset < offset) continue;
      if (sizeBytes + bytes.length > bytesMax && !(atLeastOne && sizeBytes === 0)) break;
      records.push(bytes);
      sizeBytes += bytes.length;
    }
    const { highWatermark, lastStableOffset, startOffset } = this;
    return { records, sizeBytes, highWatermark, lastStableOffset, startOffset, abortedTransactions: [] };
  }

  async offsetOfTime(timestampMs: number) {
    const found = this.#batches.find(({ maxTimestampMs }) => maxTimestampMs >= timestampMs);
    return found && { offset: found.baseOffset, timestampMs: found.maxTimestampMs };
  }

  async maxTimestamp() {
    const last = this.#batches.at(-1);
    return last && { offset: last.lastOffset, timestampMs: last.maxTimestampMs };
  }

  endOffsetOfEpoch(leaderEpoch: number) {
    return leaderEpoch < this.leaderEpoch
      ? undefined
      : { leaderEpoch: this.leaderEpoch, endOffset: this.endOffset };
  }

  async endTransaction(): Promise<void> {}

  undecided() {
    return [];
  }

  producers() {
    return [];
  }

  async deleteRecordsBefore(offset: number): Promise<void> {
    this.startOffset = Math.max(this.startOffset, offset);
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Who waits for it to advance. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  sizeBytes(): number {
    return this.#batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  async upkeep(): Promise<void> {}

  async dirtyRatio(): Promise<number> {
    return 0;
  }

  async compact(): Promise<undefined> {}

  async sync(): Promise<void> {}

  async close(): Promise<void> {}

  #add(bytes: Buffer): void {
    const baseOffset = this.endOffset;
    bytes.writeBigInt64BE(BigInt(baseOffset), 0);
    bytes.writeInt32BE(this.leaderEpoch, at.leaderEpoch);
    const lastOffset = baseOffset + bytes.readInt32BE(at.lastOffsetDelta);
    const maxTimestampMs = Number(bytes.readBigInt64BE(at.maxTimestamp));
    this.#batches.push({ baseOffset, lastOffset, maxTimestampMs, bytes });
    this.endOffset = lastOffset + 1;
  }
}

/** Copies: the memory of a request is used again. */
function* batchesOf(records: Uint8Array): Generator<Buffer> {
  let rest = Buffer.from(records);
  while (rest.length > 0) {
    const length = 12 + rest.readInt32BE(at.length);
    if (length > rest.length || length < 61)
      throw new PartitionError('CORRUPT_MESSAGE', 'a batch is cut short');
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
}

/** Keeps what it opened while the test runs, so that a partition is there again when it is opened again. */
export function memoryPartitions(): PartitionOpener & {
  readonly opened: ReadonlyMap<string, MemoryPartition>;
} {
  const opened = new Map<string, MemoryPartition>();
  const open = async ({ directory, leaderEpoch }: Parameters<PartitionOpener>[0]) =>
    opened.getOrInsertComputed(directory, () => new MemoryPartition({ leaderEpoch }));
  return Object.assign(open, { opened });
}
