// What compaction leaves of a batch.
//
// | batch | what is left |
// | --- | --- |
// | not looked at yet (from the end of the map on) | all of it |
// | records that cannot be read | all of it; and tombstones behind it, which hide what it may hold |
// | of an aborted transaction | nothing |
// | a record without key | nothing |
// | a record whose key has a later one | nothing |
// | a tombstone | itself, until its batch's horizon: set when it is compacted first, `delete.retention.ms` ahead |
// | any other record | itself |
// | a marker whose transaction has batches left | itself |
// | a marker whose transaction has none left | itself, until its horizon |
//
// A batch of which nothing is left goes, but for the last of a segment run and the one on which what is known of a producer
// rests: those stay without records.

import type { BatchHeader, Compression } from '../../batch/batch-header.ts';
import { unpackedRecords } from '../../batch/compression.ts';
import { decodeMarker } from '../../batch/control-records.ts';
import { type KeyedRecord, keyedRecords } from '../../batch/keyed-records.ts';
import { decodeRecords, InvalidRecordsError } from '../../batch/records.ts';
import { batchHeaderBytes } from '../../limits.ts';
import type { Offset } from '../partition.ts';
import type { Producers } from '../producers.ts';
import type { KeyOffsets } from './key-offsets.ts';
import type { Pace } from './pace.ts';
import { emptiedBatch, rebuildBatch } from './rebuild-batch.ts';
import type { TransactionFates } from './transaction-fates.ts';

export type CleaningRules = {
  readonly offsets: KeyOffsets;
  /** The keys of all batches below it are in `offsets`, or were looked at by an earlier pass. */
  readonly mappedTo: Offset;
  /** Base offsets of batches below it whose keys are not there all the same: too many, or not to be read. */
  readonly unmapped: ReadonlySet<Offset>;
  readonly fates: TransactionFates;
  readonly producers: Producers;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  readonly pace: Pace;
};

export type ReadableBatch = { readonly header: BatchHeader; readonly bytes: Uint8Array };

export type CleanedBatch = {
  /** Undefined when nothing is left. */
  readonly bytes: Uint8Array | undefined;
  /** When more of it may go. */
  readonly horizonMs?: number | undefined;
  /** It is the marker of a transaction of which nothing is left. */
  readonly endsNothing?: boolean;
};

export class BatchCleaner {
  readonly #rules: CleaningRules;
  #keepsTombstones = false;

  constructor(rules: CleaningRules) {
    this.#rules = rules;
  }

  /** To be called for all batches of a partition from its first on, in their order. */
  async clean(batch: ReadableBatch, { isLast }: { readonly isLast: boolean }): Promise<CleanedBatch> {
    const { fates, mappedTo, producers } = this.#rules;
    const { header, bytes } = batch;
    if (header.isControl) return this.#cleanMarker(batch, isLast);
    fates.meet(header);
    if (header.baseOffset >= mappedTo) return { bytes };
    if (header.recordCount > 0 && !fates.isAborted(header)) {
      const cleaned = await this.#cleanRecords(batch);
      if (cleaned !== undefined) return cleaned;
    }
    if (!isLast && !producers.restsOn(header)) return { bytes: undefined };
    return { bytes: header.recordCount === 0 ? bytes : emptiedBatch(header) };
  }

  async #cleanMarker({ header, bytes }: ReadableBatch, isLast: boolean): Promise<CleanedBatch> {
    const { fates, mappedTo, producers, nowMs, deleteRetentionMs, pace } = this.#rules;
    const unpacked = bytes.subarray(batchHeaderBytes);
    const [record] = decodeRecords(header, unpacked);
    if (record === undefined || decodeMarker(record) === undefined) return { bytes };
    const endsNothing = fates.endsNothing(header);
    if (!endsNothing || header.baseOffset >= mappedTo) return { bytes };
    if (deleteRetentionMs === Number.POSITIVE_INFINITY) return { bytes, endsNothing };
    const isNeeded = isLast || producers.restsOn(header);
    if (!header.hasDeleteHorizon) {
      const horizonMs = nowMs + deleteRetentionMs;
      const rebuilt = { header: packedHeader(header), unpacked, kept: new Uint8Array([1]), horizonMs };
      const stamped = await rebuildBatch(rebuilt, pace);
      return { bytes: stamped, endsNothing, horizonMs: isNeeded ? undefined : horizonMs };
    }
    if (isNeeded) return { bytes, endsNothing };
    const isOver = header.baseTimestampMs <= nowMs;
    return isOver
      ? { bytes: undefined, endsNothing }
      : { bytes, endsNothing, horizonMs: header.baseTimestampMs };
  }

  /** Undefined when no record is left. */
  async #cleanRecords(batch: ReadableBatch): Promise<CleanedBatch | undefined> {
    try {
      return await this.#cleanReadable(batch);
    } catch (error) {
      if (!(error instanceof InvalidRecordsError)) throw error;
      this.#keepsTombstones = true;
      return { bytes: batch.bytes };
    }
  }

  async #cleanReadable({ header, bytes }: ReadableBatch): Promise<CleanedBatch | undefined> {
    const { pace, nowMs, deleteRetentionMs } = this.#rules;
    const unpacked = await unpackedRecords(header, bytes);
    const { kept, count, tombstones } = await this.#choose(header, unpacked);
    if (count === 0) return undefined;
    const mayGo = tombstones > 0 && this.#mayDropTombstones(header);
    const isStamped = mayGo && !header.hasDeleteHorizon && deleteRetentionMs < Number.POSITIVE_INFINITY;
    const newHorizonMs = isStamped ? nowMs + deleteRetentionMs : undefined;
    const knownHorizonMs = mayGo && header.hasDeleteHorizon ? header.baseTimestampMs : undefined;
    const horizonMs = newHorizonMs ?? knownHorizonMs;
    if (count === header.recordCount && newHorizonMs === undefined) return { bytes, horizonMs };
    const rebuilt = { header: packedHeader(header), unpacked, kept, horizonMs: newHorizonMs };
    return { bytes: await rebuildBatch(rebuilt, pace), horizonMs };
  }

  async #choose(header: BatchHeader, unpacked: Uint8Array) {
    const kept = new Uint8Array(header.recordCount);
    let count = 0;
    let tombstones = 0;
    let index = 0;
    for (const record of keyedRecords(header, unpacked)) {
      const pause = this.#rules.pace.pause();
      if (pause !== undefined) await pause;
      const stays = this.#keeps(record, header);
      kept[index++] = stays ? 1 : 0;
      if (!stays) continue;
      count += 1;
      if (record.isTombstone) tombstones += 1;
    }
    return { kept, count, tombstones };
  }

  #keeps({ key, offset, isTombstone }: KeyedRecord, header: BatchHeader): boolean {
    if (key === null) return false;
    const last = this.#rules.offsets.get(key);
    if (last !== undefined && last > offset) return false;
    if (!isTombstone || !header.hasDeleteHorizon || !this.#mayDropTombstones(header)) return true;
    return header.baseTimestampMs > this.#rules.nowMs;
  }

  #mayDropTombstones(header: BatchHeader): boolean {
    return !this.#keepsTombstones && !this.#rules.unmapped.has(header.baseOffset);
  }
}

/** Of a batch whose records could be unpacked. */
function packedHeader(header: BatchHeader): BatchHeader & { readonly compression: Compression } {
  return { ...header, compression: header.compression ?? 'none' };
}
