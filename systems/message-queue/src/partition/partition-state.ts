// What the parts of a partition share: its log and what is known of it. The offsets only rise:
//
//   startOffset <= lastStableOffset <= highWatermark <= endOffset
//
// Batches without records at the end of the log, as delayed messages leave them, are kept from readers by ending what is
// visible before them: clients wait at the high watermark in peace, and some fail over an answer that has no record.

import type { SegmentLog } from '@cairn/segment-log';
import type { BatchHeader } from '../batch/batch-header.ts';
import type { LeaderEpochStart } from './checkpoint.ts';
import type { Offset } from './partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import type { Producers } from './producers.ts';
import type { RecoveredPartition } from './recover-partition.ts';
import type { SegmentCatalog } from './segment-catalog.ts';
import type { SegmentList } from './segments/segment-list.ts';
import type { TransactionsHere } from './transactions-here.ts';

export class PartitionState {
  readonly leaderEpoch: number;
  readonly log: SegmentLog;
  readonly catalog: SegmentCatalog;
  readonly list: SegmentList;
  readonly producers: Producers;
  readonly transactions: TransactionsHere;
  readonly leaderEpochs: LeaderEpochStart[];
  /** When the segment that is written was begun, if that is known. */
  readonly segmentSinceMs: number | undefined;
  config: PartitionConfig;
  startOffset: Offset;
  endOffset: Offset;
  highWatermark: Offset;
  lastStableOffset: Offset;
  /** What readers see ends here at the latest. */
  visibleEnd: Offset;
  /** From here on there are only batches without records; undefined where the last one in the log has some. */
  emptyFrom: Offset | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(recovered: RecoveredPartition, options: { leaderEpoch: number; config: PartitionConfig }) {
    this.leaderEpoch = options.leaderEpoch;
    this.log = recovered.log;
    this.catalog = recovered.catalog;
    this.list = recovered.list;
    this.producers = recovered.producers;
    this.transactions = recovered.transactions;
    this.leaderEpochs = recovered.leaderEpochs;
    this.segmentSinceMs = recovered.segmentSinceMs;
    this.emptyFrom = recovered.emptyFrom;
    this.config = options.config;
    this.startOffset = recovered.startOffset;
    this.endOffset = recovered.endOffset;
    // What recovery finds is durable.
    this.highWatermark = recovered.endOffset;
    this.visibleEnd = Math.max(recovered.emptyFrom ?? recovered.endOffset, recovered.startOffset);
    this.lastStableOffset = this.transactions.lastStableOffset(this.highWatermark);
  }

  /** A batch is in the log. */
  took(header: Pick<BatchHeader, 'recordCount' | 'baseOffset'>): void {
    this.emptyFrom = emptyFromAfter(this.emptyFrom, header);
  }

  /**
   * Everything below an offset may be read from now on; `emptyFrom` is what it was when the log ended there. By now more may be
   * in the log, and batches without records that it follows are not given before it is.
   */
  advance(highWatermark: Offset, emptyFrom: Offset | undefined): void {
    if (highWatermark <= this.highWatermark) return;
    this.highWatermark = highWatermark;
    this.visibleEnd = Math.max(emptyFrom ?? highWatermark, this.startOffset);
    this.lastStableOffset = this.transactions.lastStableOffset(highWatermark);
    for (const listener of this.#listeners) listener();
  }

  /** Everything below an offset is gone from now on. */
  begin(startOffset: Offset): void {
    this.startOffset = Math.max(this.startOffset, startOffset);
    this.visibleEnd = Math.max(this.visibleEnd, this.startOffset);
    this.transactions.forgetBefore(this.startOffset);
    this.lastStableOffset = this.transactions.lastStableOffset(this.highWatermark);
  }

  /** Removes segments of the log that were replaced: those that the list does not count any more. */
  async removeReplaced(): Promise<void> {
    const { logFrom } = this.list.content;
    for (const { segment, sealed } of this.log.segments())
      if (sealed && segment < logFrom) await this.log.remove(segment);
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function emptyFromAfter(
  emptyFrom: Offset | undefined,
  { recordCount, baseOffset }: Pick<BatchHeader, 'recordCount' | 'baseOffset'>,
): Offset | undefined {
  return recordCount > 0 ? undefined : (emptyFrom ?? baseOffset);
}
