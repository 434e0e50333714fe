// The segments of a partition in the order of their offsets: a summary of each in memory, the entries of the last one too,
// those of the others in files beside them, which are made again from the segment where they are missing or damaged.

import { type RecordLocation, recordHeaderBytes, type SegmentLog } from '@cairn/segment-log';
import type { Disk } from '@cairn/world';
import { type BatchHeader, decodeBatchHeader } from '../batch/batch-header.ts';
import type { IndexCache } from './index-cache.ts';
import type { Offset } from './partition.ts';
import { SegmentIndex, type SegmentSummary } from './segment-index.ts';
import { readFile, removeFile, replaceFile } from './small-files.ts';

export type CatalogParts = {
  readonly disk: Disk;
  readonly directory: string;
  readonly indexes: IndexCache;
};

export type EncodedIndex = { readonly segment: number; readonly bytes: Buffer };

export class SegmentCatalog {
  readonly #parts: CatalogParts;
  readonly #sealed: SegmentSummary[] = [];
  #last: SegmentIndex | undefined;
  /** Since it was begun or taken from its file. */
  #isLastChanged = false;
  /** Entries of sealed segments that are in no file yet. */
  readonly #unsaved = new Map<number, SegmentIndex>();

  constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  /** All that hold batches, oldest first. */
  summaries(): readonly SegmentSummary[] {
    return this.#last === undefined ? [...this.#sealed] : [...this.#sealed, this.#last.summary()];
  }

  /** Takes a segment as its file says; false when that is missing, damaged, or does not end at `coveredTo`. */
  async adopt(segment: number, coveredTo?: number): Promise<boolean> {
    const index = await this.read(segment);
    if (index === undefined || (coveredTo !== undefined && index.summary().coveredTo !== coveredTo))
      return false;
    this.#begin(index);
    return true;
  }

  /** Takes the next batch. Gives the segment that it is not in any more, when it is the first of another. */
  add(header: BatchHeader, place: { location: RecordLocation; lengthBytes: number }): number | undefined {
    const { segment, position } = place.location;
    const before = this.#last?.summary();
    if (before?.segment !== segment) this.#begin(new SegmentIndex(segment, header.baseOffset));
    this.#isLastChanged = true;
    this.#last!.add(header, { position, lengthBytes: place.lengthBytes });
    return before !== undefined && before.segment !== segment ? before.segment : undefined;
  }

  /** The segment that holds an offset, or, below the first one, the first. */
  segmentOfOffset(offset: Offset): SegmentSummary | undefined {
    const summaries = this.summaries();
    let low = 0;
    let high = summaries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (summaries[middle]!.endOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return summaries[low];
  }

  segmentAfter(segment: number): SegmentSummary | undefined {
    return this.summaries().find((summary) => summary.segment > segment);
  }

  indexOf(segment: number, log: SegmentLog): SegmentIndex | Promise<SegmentIndex> {
    if (this.#last?.summary().segment === segment) return this.#last;
    return this.#parts.indexes.get(this.#path(segment), async () => {
      const found = await this.read(segment);
      return found ?? this.rebuild(segment, log);
    });
  }

  /** Behind the last batch. */
  end(): RecordLocation | undefined {
    const summary = this.#last?.summary();
    return summary === undefined ? undefined : { segment: summary.segment, position: summary.coveredTo };
  }

  /**
   * The entries of the segment that is written as they are now, for `write`. Of one without a batch too: its base offset is
   * where the partition goes on, and nothing else but the checkpoint says that of a log that retention emptied.
   */
  encodedCurrent({ segment, endOffset }: { segment: number; endOffset: Offset }): readonly EncodedIndex[] {
    const indexes = this.#last === undefined ? [] : [this.#last];
    if (this.#last?.summary().segment !== segment) indexes.push(new SegmentIndex(segment, endOffset));
    return indexes.map((index) => ({ segment: index.summary().segment, bytes: index.encode() }));
  }

  async write({ segment, bytes }: EncodedIndex): Promise<void> {
    const { disk, directory } = this.#parts;
    await replaceFile(disk, { directory, name: indexName(segment), bytes });
  }

  /** Writes down the entries of a segment that was sealed. */
  async save(segment: number): Promise<void> {
    const index = this.#unsaved.get(segment);
    if (index === undefined) return;
    await this.write({ segment, bytes: index.encode() });
    this.#unsaved.delete(segment);
  }

  unsaved(): readonly number[] {
    return [...this.#unsaved.keys()];
  }

  async forget(segment: number): Promise<void> {
    const at = this.#sealed.findIndex((summary) => summary.segment === segment);
    if (at !== -1) this.#sealed.splice(at, 1);
    if (this.#last?.summary().segment === segment) this.#last = undefined;
    this.#unsaved.delete(segment);
    this.#parts.indexes.forget(this.#path(segment));
    await removeFile(this.#parts.disk, this.#path(segment));
  }

  /** Reads a segment's batches from the log. Records that are damaged are left out. */
  async rebuild(segment: number, log: SegmentLog): Promise<SegmentIndex> {
    let index: SegmentIndex | undefined;
    for await (const found of log.list(segment)) {
      if (found.kind === 'damage' || !found.isSound()) continue;
      const header = decodeBatchHeader(found.payload);
      index ??= new SegmentIndex(segment, header.baseOffset);
      const lengthBytes = recordHeaderBytes + found.payload.length;
      index.add(header, { position: found.location.position, lengthBytes });
    }
    return index ?? new SegmentIndex(segment, 0);
  }

  /** Puts an older segment in its place; `changed` when its file does not say so yet. */
  insert(index: SegmentIndex, { changed }: { changed: boolean }): void {
    const summary = index.summary();
    const at = this.#sealed.findIndex(({ segment }) => segment > summary.segment);
    this.#sealed.splice(at === -1 ? this.#sealed.length : at, 0, summary);
    if (changed) this.#unsaved.set(summary.segment, index);
  }

  #begin(index: SegmentIndex): void {
    if (this.#last !== undefined) this.#sealed.push(this.#last.summary());
    if (this.#last !== undefined && this.#isLastChanged)
      this.#unsaved.set(this.#last.summary().segment, this.#last);
    this.#last = index;
    this.#isLastChanged = false;
  }

  /** The entries of a segment from its file; undefined when that is missing or damaged. */
  async read(segment: number): Promise<SegmentIndex | undefined> {
    const unsaved = this.#unsaved.get(segment);
    if (unsaved !== undefined) return unsaved;
    const bytes = await readFile(this.#parts.disk, this.#path(segment));
    const index = bytes === undefined ? undefined : SegmentIndex.decode(bytes);
    return index?.summary().segment === segment ? index : undefined;
  }

  #path(segment: number): string {
    return `${this.#parts.directory}/${indexName(segment)}`;
  }
}

function indexName(segment: number): string {
  return `${String(segment).padStart(12, '0')}.index`;
}
