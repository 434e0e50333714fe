// Writes what a queue has to remember: one transaction at a time, each with all that changed meanwhile, so that a thousand
// deletions at once cost a few. What could not be written is written with what comes next: whoever waited for it is told
// that it is not known, and memory and store meet again.

import { QueueError } from './queue-error.ts';
import type { QueueChange, ReceiveCount } from './queue-state.ts';

export type QueueRows = {
  /** Rows of lower offsets go first. */
  readonly voidBefore: number;
  readonly gone: readonly { readonly first: number; readonly last: number | undefined }[];
  readonly received: readonly { readonly offset: number; readonly received: ReceiveCount | undefined }[];
};

export class QueueJournal {
  readonly #write: (rows: QueueRows) => Promise<void>;
  #waiting = new Rows();
  #next: Promise<void> | undefined;
  #current: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(write: (rows: QueueRows) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves once these and all before them are durable. Throws QueueError ServiceUnavailable once it is closed. */
  record(changes: readonly QueueChange[]): Promise<void> {
    if (this.#isClosed)
      return Promise.reject(new QueueError('ServiceUnavailable', 'The queue is being opened again.'));
    for (const change of changes) this.#waiting.add(change);
    if (this.#waiting.isEmpty) return this.#next ?? this.#current;
    this.#next ??= this.#writeNext(this.#current);
    return this.#next;
  }

  /** Takes no more, since another may write after it; whatever was recorded is durable, or failed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await (this.#next ?? this.#current).catch(() => {});
  }

  async #writeNext(before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    this.#current = this.#next!;
    this.#next = undefined;
    const rows = this.#waiting;
    this.#waiting = new Rows();
    try {
      await this.#write(rows.all());
    } catch (error) {
      this.#waiting.addOlder(rows);
      throw error;
    }
  }
}

class Rows {
  #voidBefore = 0;
  readonly #gone = new Map<number, number | undefined>();
  readonly #received = new Map<number, ReceiveCount | undefined>();

  get isEmpty(): boolean {
    return this.#voidBefore === 0 && this.#gone.size === 0 && this.#received.size === 0;
  }

  add(change: QueueChange): void {
    if (change.kind === 'gone') this.#gone.set(change.first, change.last);
    else if (change.kind === 'received') this.#received.set(change.offset, change.received);
    else this.#void(change.offset);
  }

  /** What did not get written, beneath what came since. */
  addOlder(older: Rows): void {
    for (const [first, last] of older.#gone)
      if (first >= this.#voidBefore && !this.#gone.has(first)) this.#gone.set(first, last);
    for (const [offset, received] of older.#received)
      if (offset >= this.#voidBefore && !this.#received.has(offset)) this.#received.set(offset, received);
    this.#voidBefore = Math.max(this.#voidBefore, older.#voidBefore);
  }

  all(): QueueRows {
    return {
      voidBefore: this.#voidBefore,
      gone: [...this.#gone].map(([first, last]) => ({ first, last })),
      received: [...this.#received].map(([offset, received]) => ({ offset, received })),
    };
  }

  #void(offset: number): void {
    this.#voidBefore = offset;
    for (const first of this.#gone.keys()) if (first < offset) this.#gone.delete(first);
    for (const known of this.#received.keys()) if (known < offset) this.#received.delete(known);
  }
}
