// Where the batches of one sealed segment are read from: the log itself, a batch file that replaces it, or a copy of such a
// file elsewhere. Its readers do not tell them apart.

import type { ReadOnOptions } from '@cairn/segment-log';
import type { Offset } from '../partition.ts';
import type { SegmentIndex } from '../segment-index.ts';

export type SegmentSource = {
  /** The number under which the catalog has it: that of the log's segment, or of the last of those that it replaces. */
  readonly segment: number;
  /** Of its file without the ending; its index is named after it. No two forms of a segment have the same. */
  readonly name: string;
  /** The offsets that it answers for, where its batches alone do not say so. */
  readonly bounds: OffsetBounds | undefined;
  /**
   * The whole batches in so many bytes from a position on, the first however long it is, and where each of them ends: verified,
   * up to damage. Throws PartitionError CORRUPT_MESSAGE where they begin with damage, KAFKA_STORAGE_ERROR where nothing can be
   * read now, and SegmentGoneError.
   */
  readOn(position: number, options: ReadOnOptions): Promise<BatchesRead>;
  /** The same where all of it is in memory, without a wait; undefined where it is not, or anything is wrong. */
  readOnCached?(position: number, options: ReadOnOptions): BatchesRead | undefined;
  /** It is in force no more, and may be removed: reads under way may finish, later ones are told that it is gone. */
  retire(): void;
  /** All batches from a position on, verified, with damage in its place. Throws as `readOn`, but for damage. */
  list(options?: { readonly from?: number }): AsyncIterable<ListedBatch>;
  /** Where its index is kept with it; absent where that is a file of the partition. Undefined when it is damaged. */
  readIndex?(): Promise<SegmentIndex | undefined>;
};

export type OffsetBounds = { readonly baseOffset: Offset; readonly endOffset: Offset };

export type BatchesRead = {
  /** Views that stay as they are. */
  readonly payloads: readonly Uint8Array[];
  readonly ends: readonly number[];
  /** Length of the batch behind them, where it is known without reading on. */
  readonly nextBytes?: number | undefined;
};

export type ListedBatch =
  | {
      readonly kind: 'batch';
      readonly position: number;
      /** With what is around it in the file. */
      readonly lengthBytes: number;
      readonly payload: Uint8Array;
    }
  | { readonly kind: 'damage'; readonly position: number; readonly lengthBytes: number };

/** The segment was removed or replaced while it was read: the catalog knows what holds its offsets now, if anything. */
export class SegmentGoneError extends Error {
  constructor(segment: number, options?: ErrorOptions) {
    super(`segment ${segment} was removed or replaced`, options);
    this.name = 'SegmentGoneError';
  }
}
