// Where every blob lies: the index table, and in front of it the entries that are not written there yet.
//
// An upload does not wait for the index. Its record in the log is synced, which is all that an acknowledgement needs;
// the entry joins its log's queue and is written with many others a moment later, together with the log's checkpoint.
// The checkpoint only ever passes entries that were durable in the log, in the order of the log, so what a crash takes
// from the queue is exactly what recovery reads again behind the checkpoint.

import assert from 'node:assert/strict';
import type { RecordLocation } from '@cairn/segment-log';
import type { Clock, Timer } from '@cairn/world';
import { indexBatchMax, indexFlushDelayMs, indexPendingMax } from '../limits.ts';
import type { BlobPlace } from './data-store.ts';
import type { BlobRow, Checkpoint, IndexSql } from './index-store.ts';
import { decodeRuns, encodeRuns } from './runs.ts';

/** One blob on its way into the index. */
type Entry = {
  readonly blob: string;
  readonly location: BlobPlace;
  /** Behind the blob's last record. */
  readonly end: RecordLocation;
  /** Lets go of the segments: the table keeps them from now on, or nothing does. */
  readonly release: () => void;
  state: 'written' | 'durable' | 'lost';
};

export type Announcement = {
  /** The log has synced the blob: it may be found and indexed. */
  durable(): void;
  /** The log could not sync: the blob does not exist. */
  lost(): void;
};

export class BlobIndex {
  readonly #sql: IndexSql;
  readonly #clock: Clock;
  /** By log, in the order of their records. */
  readonly #queues = new Map<number, Entry[]>();
  /** Durable entries by blob, until the index has them. */
  readonly #pending = new Map<string, Entry>();
  #flushing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #failure: unknown;

  constructor(options: { sql: IndexSql; clock: Clock }) {
    this.#sql = options.sql;
    this.#clock = options.clock;
  }

  /** Called in the order of the log, as soon as a blob's last record is written. */
  announce(announced: Omit<Entry, 'state'>): Announcement {
    const entry: Entry = { ...announced, state: 'written' };
    this.#queueOf(entry.location.log).push(entry);
    return {
      durable: () => {
        entry.state = 'durable';
        this.#pending.set(entry.blob, entry);
        this.#schedule();
      },
      lost: () => {
        entry.state = 'lost';
        entry.release();
      },
    };
  }

  /** Resolves when there is room for another entry; throws when the index cannot be written. */
  async room(): Promise<void> {
    if (this.#failure !== undefined) await this.flush();
    while (this.#pending.size >= indexPendingMax) await this.flush();
  }

  async locate(blob: string): Promise<BlobPlace | undefined> {
    const pending = this.#pending.get(blob);
    if (pending !== undefined) return pending.location;
    const row = await this.#sql.lookup('locateBlob', { blob });
    // Between the two looks a flush may have moved it; then it is in the table by now.
    return row === undefined ? undefined : locationOf(row);
  }

  /** Forgets blobs, durably. */
  async remove(blobs: readonly string[]): Promise<void> {
    if (blobs.some((blob) => this.#pending.has(blob))) await this.flush();
    await this.#sql.write('removeBlobs', { blobs });
  }

  /** Resolves once everything that was durable before the call is in the index. */
  async flush(): Promise<void> {
    // Its timer does not keep the process alive: waiting for it would end the process in the middle of a close.
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#flushing !== undefined) await this.#flushing.catch(() => {});
    while (this.#durablePrefixes().length > 0) await this.#writeNow();
  }

  #queueOf(log: number): Entry[] {
    const known = this.#queues.get(log);
    if (known !== undefined) return known;
    const queue: Entry[] = [];
    this.#queues.set(log, queue);
    return queue;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimer(indexFlushDelayMs, () => {
      this.#timer = undefined;
      this.#writeNow().then(
        () => {
          if (this.#durablePrefixes().length > 0) this.#schedule();
        },
        () => {
          // Kept in #failure; the next upload tries again and reports it.
        },
      );
    });
  }

  #writeNow(): Promise<void> {
    this.#flushing ??= this.#writeBatch().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #writeBatch(): Promise<void> {
    const prefixes = this.#durablePrefixes();
    const entries = prefixes.flatMap((prefix) => prefix.entries);
    const blobs = entries.filter((entry) => entry.state === 'durable').map(rowOf);
    const checkpoints = prefixes.map((prefix) => prefix.checkpoint);
    try {
      await this.#sql.write('addBlobs', { blobs, checkpoints });
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    for (const prefix of prefixes) this.#queueOf(prefix.checkpoint.log).splice(0, prefix.entries.length);
    for (const entry of entries) {
      this.#pending.delete(entry.blob);
      entry.release();
    }
  }

  /** Of every log, the entries at the front of its queue that the log has synced, and the place behind them. */
  #durablePrefixes(): { entries: readonly Entry[]; checkpoint: Checkpoint }[] {
    const prefixes: { entries: readonly Entry[]; checkpoint: Checkpoint }[] = [];
    for (const [log, queue] of this.#queues) {
      const waiting = queue.findIndex((entry) => entry.state !== 'durable');
      const entries = queue.slice(0, Math.min(waiting === -1 ? queue.length : waiting, indexBatchMax));
      const last = entries.at(-1);
      if (last !== undefined) prefixes.push({ entries, checkpoint: { log, at: last.end } });
    }
    return prefixes;
  }
}

export function locationOf(row: BlobRow): BlobPlace {
  return { log: row.log, sizeBytes: row.size, runs: decodeRuns(row.runs) };
}

function rowOf({ blob, location }: Entry): BlobRow {
  assert(location.runs.length > 0, 'a blob lies somewhere');
  return { id: blob, log: location.log, size: location.sizeBytes, runs: encodeRuns(location.runs) };
}
