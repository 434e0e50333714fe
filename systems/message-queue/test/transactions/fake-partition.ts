// A partition that keeps batches and markers in memory as the interface of a partition says, decides about producers with
// the real table of them, and loses in a crash what it did not acknowledge, or a part of that.

import { type BatchHeader, decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { decodeRecords } from '../../src/batch/records.ts';
import { batchHeaderBytes } from '../../src/limits.ts';
import { Producers } from '../../src/partition/producers.ts';
import { batchOf } from '../partition/partition-fixture.ts';

type Entry = {
  readonly batch: BatchHeader;
  readonly text: string;
  /** Of a marker. */
  readonly commit: boolean | undefined;
  readonly coordinatorEpoch: number;
};
export type Marker = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
};

/** What outlives crashes. */
export class FakeLog {
  readonly entries: Entry[] = [];
  durable = 0;

  /** Keeps what was acknowledged, and of the rest as much as is said. */
  crash(keptOfRest: (unsynced: number) => number): void {
    this.entries.length = this.durable + keptOfRest(this.entries.length - this.durable);
    this.durable = this.entries.length;
  }

  /** As a consumer that reads what is committed sees it. */
  committed(): readonly string[] {
    const open = new Map<number, string[]>();
    const visible: string[] = [];
    for (const { batch, text, commit } of this.entries) {
      if (commit === undefined) open.getOrInsertComputed(batch.producerId, () => []).push(text);
      else if (commit) visible.push(...(open.get(batch.producerId) ?? []));
      if (commit !== undefined) open.delete(batch.producerId);
    }
    return visible;
  }

  hasOpenTransaction(): boolean {
    return this.producers().firstOpenOffset() !== undefined;
  }

  producers(): Producers {
    const producers = new Producers();
    for (const [offset, entry] of this.entries.entries()) take(producers, entry, offset);
    return producers;
  }
}

/** The process's view of it. */
export class FakePartition {
  readonly #log: FakeLog;
  readonly #producers: Producers;
  /** Resolves when what was appended is synced; of a process that dies never. */
  readonly #sync: () => Promise<void>;

  constructor(log: FakeLog, sync: () => Promise<void>) {
    this.#log = log;
    this.#sync = sync;
    this.#producers = log.producers();
  }

  async append(records: Uint8Array): Promise<void> {
    const batch = decodeBatchHeader(records);
    if (this.#producers.begin().check(batch) !== undefined) return this.#synced(this.#log.entries.length);
    const [record] = decodeRecords(batch, records.subarray(batchHeaderBytes));
    const text = Buffer.from(record!.value!).toString();
    await this.#add({ batch, text, commit: undefined, coordinatorEpoch: -1 });
  }

  async endTransaction(marker: Marker): Promise<void> {
    const { producerId, producerEpoch, coordinatorEpoch, commit } = marker;
    if (!this.#producers.begin().checkMarker(marker)) return this.#synced(this.#log.entries.length);
    const header = { isTransactional: true, isControl: true, producerId, producerEpoch };
    await this.#add({
      batch: decodeBatchHeader(batchOf(['marker'], header)),
      ...{ text: '', commit, coordinatorEpoch },
    });
  }

  #add(entry: Entry): Promise<void> {
    take(this.#producers, entry, this.#log.entries.length);
    this.#log.entries.push(entry);
    return this.#synced(this.#log.entries.length);
  }

  async #synced(length: number): Promise<void> {
    await this.#sync();
    this.#log.durable = Math.max(this.#log.durable, length);
  }
}

function take(producers: Producers, { batch, commit, coordinatorEpoch }: Entry, offset: number): void {
  const draft = producers.begin();
  if (commit === undefined) draft.add(batch, { baseOffset: offset, nowMs: 0 });
  else draft.addMarker(batch, { commit, coordinatorEpoch, offset, nowMs: 0 });
  draft.commit();
}
