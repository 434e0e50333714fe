// The open files of a log: the most recently used segments, for reading, and the one that is written. A file is closed
// when it was pushed out or forgotten and its last reader is done, so a read never loses its file.

import assert from 'node:assert/strict';
import { type Disk, DiskError, type DiskFile } from '@cairn/world';
import { segmentName } from '../format/segment-name.ts';
import { openSegmentsMax } from '../limits.ts';
import { SegmentLogError } from '../segment-log-error.ts';

type OpenSegment = {
  readonly opening: Promise<DiskFile>;
  /** Set once it is open. */
  file: DiskFile | undefined;
  readers: number;
  /** The segment that is written stays open. */
  pinned: boolean;
  /** Out of the table: closes with its last reader. */
  forgotten: boolean;
};

export class SegmentFiles {
  readonly #disk: Disk;
  readonly #directory: string;
  /** Least recently used first. */
  readonly #open = new Map<number, OpenSegment>();
  /** Files that are open or about to be, also those out of the table. */
  #filesOpen = 0;
  #allClosed: PromiseWithResolvers<void> | undefined;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Takes over a file that is open already: the segment that is written. It stays open until `unpin`. */
  adopt(segment: number, file: DiskFile): void {
    assert(!this.#open.has(segment), `segment ${segment} is open already`);
    this.#filesOpen += 1;
    this.#open.set(segment, {
      opening: Promise.resolve(file),
      file,
      readers: 0,
      pinned: true,
      forgotten: false,
    });
  }

  unpin(segment: number): void {
    const entry = this.#open.get(segment);
    assert(entry?.pinned, `segment ${segment} is not pinned`);
    entry.pinned = false;
    this.#evict();
  }

  /** Calls `read` with the open file, which stays open until it is done. Rejects with `not-found`. */
  async use<Result>(segment: number, read: (file: DiskFile) => Promise<Result>): Promise<Result> {
    const entry = this.#touch(segment);
    entry.readers += 1;
    try {
      return await read(await entry.opening);
    } finally {
      entry.readers -= 1;
      void this.#closeWhenIdle(entry);
    }
  }

  /** The file when it is open, for a read that cannot wait. */
  openNow(segment: number): DiskFile | undefined {
    return this.#open.get(segment)?.file;
  }

  /**
   * To be called when the segment is removed. Reads under way finish; without any, the file is closed when this resolves,
   * and the disk has its space back.
   */
  async forget(segment: number): Promise<void> {
    const entry = this.#open.get(segment);
    if (entry === undefined) return;
    this.#open.delete(segment);
    entry.forgotten = true;
    await this.#closeWhenIdle(entry);
  }

  /** Forgets all and resolves once every file is closed; waits for reads under way. */
  async close(): Promise<void> {
    for (const segment of [...this.#open.keys()]) void this.forget(segment);
    if (this.#filesOpen === 0) return;
    this.#allClosed ??= Promise.withResolvers();
    await this.#allClosed.promise;
  }

  #touch(segment: number): OpenSegment {
    const entry = this.#open.get(segment) ?? this.#openFile(segment);
    this.#open.delete(segment);
    this.#open.set(segment, entry);
    this.#evict();
    return entry;
  }

  #openFile(segment: number): OpenSegment {
    const path = `${this.#directory}/${segmentName(segment)}`;
    const entry: OpenSegment = {
      opening: this.#disk.open(path, 'read').then(
        (file) => {
          entry.file = file;
          return file;
        },
        (cause: unknown) => {
          if (this.#open.get(segment) === entry) this.#open.delete(segment);
          this.#fileClosed();
          throw cause instanceof DiskError && cause.code === 'not-found'
            ? new SegmentLogError('not-found', { attempt: 'open', segment, cause })
            : cause;
        },
      ),
      file: undefined,
      readers: 0,
      pinned: false,
      forgotten: false,
    };
    this.#filesOpen += 1;
    return entry;
  }

  #evict(): void {
    let excess = this.#open.size - openSegmentsMax - 1;
    for (const [segment, entry] of this.#open) {
      if (excess <= 0) return;
      if (entry.pinned) continue;
      void this.forget(segment);
      excess -= 1;
    }
  }

  async #closeWhenIdle(entry: OpenSegment): Promise<void> {
    if (!entry.forgotten || entry.readers > 0 || entry.file === undefined) return;
    const { file } = entry;
    entry.file = undefined;
    // A failing close loses nothing: the file was only read, or synced before it was unpinned.
    await file.close().catch(() => undefined);
    this.#fileClosed();
  }

  #fileClosed(): void {
    this.#filesOpen -= 1;
    if (this.#filesOpen === 0) this.#allClosed?.resolve();
  }
}
