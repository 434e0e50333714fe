// Group commit: at most one sync of the disk is under way, and every caller shares the earliest one that covers it.
//
// A sync covers what was completed before the disk began it. So a caller joins the sync under way when nothing was
// completed since that began, and otherwise the next, together with all who come meanwhile.
//
// After a failed sync nothing is known about the unsynced bytes, and a second sync would answer for pages the kernel has
// already thrown away: it fails for good, until the log is opened again.

import type { DiskFile } from '@cairn/world';
import { SegmentLogError } from '../segment-log-error.ts';

export class GroupCommit {
  readonly #segment: number;
  readonly #file: DiskFile;
  readonly #onSynced: ((bytes: number) => void) | undefined;
  /** Up to here all was synced, in the file's bytes. */
  #durablePosition: number;
  /** End of what was completed. */
  #position: number;
  /** Counts completed changes, truncations among them. */
  #changes = 0;
  #changesSynced = 0;
  #running: { readonly changes: number; readonly done: Promise<void> } | undefined;
  #next: Promise<void> | undefined;
  #failure: SegmentLogError | undefined;

  /** Begins with a file that is synced up to `position`. `onSynced` is called of each sync with the bytes that it covered. */
  constructor(options: {
    segment: number;
    file: DiskFile;
    position: number;
    onSynced?: (bytes: number) => void;
  }) {
    this.#segment = options.segment;
    this.#file = options.file;
    this.#onSynced = options.onSynced;
    this.#position = options.position;
    this.#durablePosition = options.position;
  }

  get durablePosition(): number {
    return this.#durablePosition;
  }

  get isSyncing(): boolean {
    return this.#running !== undefined;
  }

  /** Every change so far is durable. */
  get isSynced(): boolean {
    return this.#changesSynced === this.#changes;
  }

  get failure(): SegmentLogError | undefined {
    return this.#failure;
  }

  /** To be called after each completed write or truncation, with the file's new end. */
  changed(position: number): void {
    this.#position = position;
    this.#changes += 1;
  }

  /** Resolves once every change so far is durable. Rejects with `sync-failed`, from then on always. */
  sync(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.isSynced) return Promise.resolve();
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    if (this.#running.changes === this.#changes) return this.#running.done;
    this.#next = this.#running.done.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<void> {
    const running = { changes: this.#changes, done: this.#run(this.#changes, this.#position) };
    this.#running = running;
    return running.done;
  }

  async #run(changes: number, position: number): Promise<void> {
    try {
      await this.#file.sync();
    } catch (cause) {
      this.#failure = new SegmentLogError('sync-failed', { attempt: 'sync', segment: this.#segment, cause });
      throw this.#failure;
    }
    this.#running = undefined;
    this.#changesSynced = changes;
    const bytes = position - this.#durablePosition;
    this.#durablePosition = position;
    this.#onSynced?.(bytes);
  }
}
