// The segments of a partition in the order of their offsets: where each is read from and a summary of it in memory, the
// entries of the last one too, those of the others in files beside them, which are made again from the segment where they are
// missing or damaged.

import assert from 'node:assert/strict';
import type { RecordLocation, SegmentLog } from '@cairn/segment-log';
import type { Disk } from '@cairn/world';
import { type BatchHeader, decodeBatchHeader } from '../batch/batch-header.ts';
import type { IndexCache } from './index-cache.ts';
import type { Offset } from './partition.ts';
import { SegmentIndex, type SegmentSummary } from './segment-index.ts';
import { LogSource, logSegmentName } from './segments/log-source.ts';
import type { SegmentSource } from './segments/segment-source.ts';
import { readDerivedFile, removeFile, replaceFile } from './small-files.ts';

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
  /** Those that were asked for, of segments of the log; all others. */
  readonly #sources = new Map<number, SegmentSource>();
  #log: SegmentLog | undefined;

  constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  /** To be called before a segment is read. */
  useLog(log: SegmentLog): void {
    this.#log = log;
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
    if (before?.segment !== segment) this.#begin(new SegmentIndex(segment, beginningOf(segment, header)));
    this.#isLastChanged = true;
    this.#last!.add(header, { position, lengthBytes: place.lengthBytes });
    return before !== undefined && before.segment !== segment ? before.segment : undefined;
  }

  /** The segment that holds an offset, or else the first behind it. */
  segmentOfOffset(offset: Offset): SegmentSummary | undefined {
    let low = 0;
    let high = this.#sealed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sealed[middle]!.endOffset <= offset) low = middle + 1;
      else high = middle;
    }
    const last = this.#sealed[low] ?? this.#last?.summary();
    return last !== undefined && last.endOffset > offset ? last : undefined;
  }

  /** Where a segment is read from now. */
  sourceOf(segment: number): SegmentSource {
    const known = this.#sources.get(segment);
    if (known !== undefined) return known;
    assert(this.#log !== undefined, 'the log is known before it is read');
    const source = new LogSource(this.#log, segment);
    this.#sources.set(segment, source);
    return source;
  }

  /** Whether a segment is read from there still. */
  isInForce(source: SegmentSource): boolean {
    return this.#sources.get(source.segment) === source;
  }

  summaryOf(segment: number): SegmentSummary | undefined {
    const last = this.#last?.summary();
    return last?.segment === segment ? last : this.#sealed.findLast((summary) => summary.segment === segment);
  }

  indexOf(segment: number): SegmentIndex | Promise<SegmentIndex> {
    if (this.#last?.summary().segment === segment) return this.#last;
    return this.#parts.indexes.get(this.#path(segment), async () => {
      const source = this.sourceOf(segment);
      if (source.readIndex !== undefined) return (await source.readIndex()) ?? this.rebuild(source);
      const found = await this.read(segment);
      return found ?? this.#rebuildAgain(source);
    });
  }

  /** Behind the last batch. */
  end(): RecordLocation | undefined {
    const summary = this.#last?.summary();
    return summary === undefined ? undefined : { segment: summary.segment, position: summary.coveredTo };
  }

  /**
   * The entries of the segment that is written as they are now, for `write`. Of one without a batch too: its base offset is
   * where the partition goes on, and nothing else but the checkpoint says that of a log that retention emptied. None of a
   * segment that is about to be removed.
   */
  encodedCurrent(at: { segment: number; startOffset: Offset; endOffset: Offset }): readonly EncodedIndex[] {
    const { segment, startOffset, endOffset } = at;
    const last = this.#last?.summary();
    const isGoing = last !== undefined && last.segment !== segment && last.endOffset <= startOffset;
    const indexes = this.#last === undefined || isGoing ? [] : [this.#last];
    if (last?.segment !== segment) indexes.push(new SegmentIndex(segment, endOffset));
    return indexes.map((index) => ({ segment: index.summary().segment, bytes: index.encode() }));
  }

  async write({ segment, bytes }: EncodedIndex): Promise<void> {
    const { disk, directory } = this.#parts;
    await replaceFile(disk, { directory, name: this.#indexName(segment), bytes });
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
    const path = this.#path(segment);
    this.#drop(segment);
    await removeFile(this.#parts.disk, path);
  }

  /** Reads a segment's batches. Those that are damaged are left out. */
  async rebuild(source: SegmentSource): Promise<SegmentIndex> {
    const { segment, bounds } = source;
    let index = bounds === undefined ? undefined : new SegmentIndex(segment, bounds.baseOffset);
    for await (const found of source.list()) {
      if (found.kind === 'damage') continue;
      const header = decodeBatchHeader(found.payload);
      index ??= new SegmentIndex(segment, beginningOf(segment, header));
      index.add(header, found);
    }
    if (bounds !== undefined) index?.answerUntil(bounds.endOffset);
    return index ?? new SegmentIndex(segment, 0);
  }

  /** Takes a segment that is not in the log. Its entries are read, or made again, when they are needed. */
  adoptSource(source: SegmentSource, summary: SegmentSummary): void {
    this.#sources.set(source.segment, source);
    this.#place(summary);
  }

  /** From now on a segment is read from elsewhere. The file of its index is left to the caller: its name is given. */
  move(source: SegmentSource, summary: SegmentSummary): string {
    const path = this.#path(source.segment);
    this.#drop(source.segment);
    this.adoptSource(source, summary);
    return path;
  }

  /**
   * From now on a source stands for some segments that lie one behind the other, with what its index says. The files of their
   * indexes are left to the caller: their names are given.
   */
  replace(
    segments: readonly number[],
    by: { source: SegmentSource; index: SegmentIndex },
  ): readonly string[] {
    const paths = segments.map((segment) => this.#path(segment));
    for (const segment of segments) this.#drop(segment);
    this.#sources.set(by.source.segment, by.source);
    this.insert(by.index, { changed: true });
    return paths;
  }

  /** Puts an older segment in its place; `changed` when its file does not say so yet. */
  insert(index: SegmentIndex, { changed }: { changed: boolean }): void {
    const summary = index.summary();
    this.#place(summary);
    if (changed) this.#unsaved.set(summary.segment, index);
  }

  #place(summary: SegmentSummary): void {
    const at = this.#sealed.findIndex(({ segment }) => segment > summary.segment);
    this.#sealed.splice(at === -1 ? this.#sealed.length : at, 0, summary);
  }

  /** The next checkpoint writes down what had to be made again. */
  async #rebuildAgain(source: SegmentSource): Promise<SegmentIndex> {
    const index = await this.rebuild(source);
    if (this.isInForce(source)) this.#unsaved.set(source.segment, index);
    return index;
  }

  #begin(index: SegmentIndex): void {
    if (this.#last !== undefined) this.#sealed.push(this.#last.summary());
    if (this.#last !== undefined && this.#isLastChanged)
      this.#unsaved.set(this.#last.summary().segment, this.#last);
    this.#last = index;
    this.#isLastChanged = false;
  }

  /** The entries of a segment from its file; undefined when that is missing, damaged, unreadable or of something else. */
  async read(segment: number): Promise<SegmentIndex | undefined> {
    const unsaved = this.#unsaved.get(segment);
    if (unsaved !== undefined) return unsaved;
    const bytes = await readDerivedFile(this.#parts.disk, this.#path(segment));
    const index = bytes === undefined ? undefined : SegmentIndex.decode(bytes);
    return index?.summary().segment === segment ? index : undefined;
  }

  #drop(segment: number): void {
    const at = this.#sealed.findIndex((summary) => summary.segment === segment);
    if (at !== -1) this.#sealed.splice(at, 1);
    if (this.#last?.summary().segment === segment) this.#last = undefined;
    this.#unsaved.delete(segment);
    this.#parts.indexes.forget(this.#path(segment));
    this.#sources.delete(segment);
  }

  #path(segment: number): string {
    return `${this.#parts.directory}/${this.#indexName(segment)}`;
  }

  #indexName(segment: number): string {
    return `${this.#sources.get(segment)?.name ?? logSegmentName(segment)}.index`;
  }
}

/**
 * By its first sound batch, but that a log begins at offset 0: records in front that are damaged are not gone, and what the disk could
 * not read may come back.
 */
function beginningOf(segment: number, { baseOffset }: BatchHeader): Offset {
  return segment === 1 ? 0 : baseOffset;
}
