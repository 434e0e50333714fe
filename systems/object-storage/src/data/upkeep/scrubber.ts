// Reads and verifies every blob in the background, once per period, so that rot is found while a copy may still exist
// and not years later by whoever needs the object.
//
// A pass goes through the blobs in the order of their ids, which is about that of the disk. It keeps to the pace that
// finishes it within the period: rests while it is ahead, and goes as fast as it is allowed to while it is behind (the
// server was off). Its place is kept durably, so that a restart goes on where it stopped.

import { SqlError } from '@cairn/engines';
import type { SegmentLog } from '@cairn/segment-log';
import type { Telemetry } from '@cairn/telemetry';
import { type Clock, DiskError } from '@cairn/world';
import { scrubBlobCostBytes, scrubPageBlobs, scrubRestMsMax } from '../../limits.ts';
import { BlobDamagedError, type ScrubProgress } from '../data-store.ts';
import type { StoredBlobRow } from '../index/blobs.ts';
import type { ScrubState } from '../index/state.ts';
import type { IndexSql } from '../index-store.ts';
import type { BufferPool } from '../reading/buffer-pool.ts';
import { blockOverheadBytes } from '../runs.ts';
import { Pace } from './pace.ts';
import { provenOf, type Stretch, stretchesOf } from './stretches.ts';
import { type VerifyParts, verifyBlob } from './verify-blob.ts';

export type ScrubberParts = VerifyParts & {
  readonly sql: IndexSql;
  readonly logs: readonly SegmentLog[];
  readonly buffers: BufferPool;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  readonly periodMs: number;
  /** At most, when it is behind. */
  readonly bytesPerSecond: number;
  readonly isBusy: () => boolean;
  readonly onRead: (bytes: number) => void;
};

export class Scrubber {
  readonly #parts: ScrubberParts;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  #state: ScrubState = { started_ms: 0, after: '', blobs: 0, bytes: 0, finished_ms: 0 };
  #finished: Promise<void> = Promise.resolve();

  constructor(parts: ScrubberParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts);
  }

  get progress(): ScrubProgress {
    const { started_ms, blobs, bytes, finished_ms } = this.#state;
    return { startedMs: started_ms, readBlobs: blobs, readBytes: bytes, finishedMs: finished_ms };
  }

  /** Goes on where an earlier process stopped; not at once, when clients come back, but within a period. */
  async start(): Promise<void> {
    this.#state = (await this.#parts.sql.lookup('readScrub', {})) ?? this.#state;
    const restMs = Math.min(scrubRestMsMax, this.#parts.periodMs);
    this.#finished = this.#rest(restMs).then(() => this.#work());
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#restWhileAhead();
        if (this.#state.started_ms === 0) await this.#begin();
        await this.#page();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SqlError || error instanceof DiskError)) throw error;
        this.#parts.log.warn('scrubbing stopped; it will be tried again', { error });
        await this.#rest(scrubRestMsMax);
      }
    }
  }

  async #begin(): Promise<void> {
    const started_ms = Math.floor(this.#parts.clock.nowMs());
    await this.#keep({ ...this.#state, started_ms, after: '', blobs: 0, bytes: 0 });
  }

  async #page(): Promise<void> {
    const { sql } = this.#parts;
    const rows = await sql.lookup('listBlobs', { after: this.#state.after, limit: scrubPageBlobs });
    if (rows.length > 0) {
      const bytes = this.#state.bytes + (await this.#readAll(rows));
      const blobs = this.#state.blobs + rows.length;
      return this.#keep({ ...this.#state, after: rows.at(-1)!.id, blobs, bytes });
    }
    const finished_ms = Math.floor(this.#parts.clock.nowMs());
    await this.#keep({ ...this.#state, finished_ms });
    await this.#restUntil(this.#state.started_ms + this.#parts.periodMs);
    await this.#begin();
  }

  /** Returns how many bytes it read. */
  async #readAll(rows: readonly StoredBlobRow[]): Promise<number> {
    const { stretches, others } = stretchesOf(rows);
    let bytes = 0;
    for (const stretch of stretches) bytes += await this.#readStretch(stretch);
    for (const blob of others) bytes += await this.#read(blob);
    return bytes;
  }

  async #readStretch(stretch: Stretch): Promise<number> {
    const proven = await provenOf(stretch, this.#parts);
    let bytes = 0;
    for (const { id, sizeBytes } of proven) {
      await this.#parts.damage.clear(id);
      bytes += sizeBytes;
    }
    this.#parts.onRead(bytes);
    await this.#pace.spend(bytes + proven.length * scrubBlobCostBytes, this.#stopping.signal);
    for (const blob of stretch) if (!proven.includes(blob)) bytes += await this.#read(blob.id);
    return bytes;
  }

  /** Returns how many bytes it read. Damage was marked by the reader. */
  async #read(blob: string): Promise<number> {
    let bytes = 0;
    const spend = (count: number) => {
      bytes += count;
      return this.#pace.spend(count, this.#stopping.signal);
    };
    try {
      await this.#pace.spend(scrubBlobCostBytes, this.#stopping.signal);
      await verifyBlob(this.#parts, blob, spend);
    } catch (error) {
      if (!(error instanceof BlobDamagedError)) await this.#passOver(blob, error);
    } finally {
      this.#parts.onRead(bytes);
    }
    return bytes;
  }

  /** What the disk cannot read is as good as rotten. A disk that can read nothing at all is not asked in a hurry. */
  async #passOver(blob: string, error: unknown): Promise<void> {
    if (!(error instanceof DiskError) || error.code !== 'io') throw error;
    this.#parts.log.warn('a blob could not be read while scrubbing', { error });
    this.#parts.damage.mark(new BlobDamagedError(blob, { detail: error.message, cause: error }));
    await this.#rest(scrubRestMsMax);
  }

  /** By the bytes that the segments are known to carry, headers of blocks included. */
  async #restWhileAhead(): Promise<void> {
    const { sql, periodMs } = this.#parts;
    const { started_ms, after, bytes, blobs } = this.#state;
    if (started_ms === 0 || after === '') return;
    const { counted } = await sql.lookup('listSegments', {});
    const liveBytes = counted.reduce((sum, segment) => sum + segment.bytes, 0);
    const part = Math.min(1, (bytes + blobs * blockOverheadBytes) / Math.max(1, liveBytes));
    await this.#restUntil(started_ms + part * periodMs);
  }

  async #restUntil(dueMs: number): Promise<void> {
    for (;;) {
      // By the wall clock, because a pass outlives processes; a clock that jumps makes a pass longer or shorter once.
      const nowMs = this.#parts.clock.nowMs();
      // A pass that begins in the future began while the clock was ahead: it is due, and the next one knows the right time.
      if (nowMs < this.#state.started_ms) return;
      const leftMs = Math.min(dueMs - nowMs, this.#parts.periodMs);
      if (leftMs <= 0 || this.#stopping.signal.aborted) return;
      await this.#rest(Math.min(leftMs, scrubRestMsMax));
    }
  }

  async #rest(durationMs: number): Promise<void> {
    await this.#parts.clock.sleep(durationMs, this.#stopping.signal).catch(() => {});
  }

  async #keep(state: ScrubState): Promise<void> {
    await this.#parts.sql.write('writeScrub', state);
    this.#state = state;
  }
}
