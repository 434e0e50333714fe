// Gives the space of dead bytes back: removes segments that no blob needs, and empties those in which little lives.
//
// Works in the background after something was removed or an upload failed, and at once for `gc`. The emptiest segment
// comes first: it takes the least room and gives the most, so that on a full disk whole segments go before any is copied.

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import type { Telemetry } from '@cairn/telemetry';
import { DiskError, type World } from '@cairn/world';
import { compactionDelayMs, compactionRetryMs } from '../../limits.ts';
import { segmentName } from '../segment-name.ts';
import { type CopyOutcome, type CopyParts, copySegment } from './copy-segment.ts';
import { Pace } from './pace.ts';
import { rollWorthwhile } from './roll-worthwhile.ts';
import { type IdleSegment, idleSegments, type SweepParts, sweepSegments } from './sweep-segments.ts';

export type CompactorParts = SweepParts &
  Omit<CopyParts, 'spend'> & {
    readonly clock: World['clock'];
    readonly log: Telemetry['log'];
    /** A segment with at least this part of dead bytes is emptied. */
    readonly deadFraction: number;
    readonly bytesPerSecond: number;
    readonly isBusy: () => boolean;
    /** There is so little room that also the segments that are written are sealed, if it pays. */
    readonly isSpaceShort: () => boolean;
    readonly onCompacted: (result: CompactionResult) => void;
    readonly onFreed: (bytes: number) => void;
  };

export type CompactionResult = {
  readonly copiedBlobs: number;
  readonly copiedBytes: number;
  /** Of segments that were removed. */
  readonly freedBytes: number;
  /** Why it ended early: what was gained by then stays. */
  readonly failure: Error | undefined;
};

export class Compactor {
  readonly #parts: CompactorParts;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  /** Blobs that could not be moved out of a segment, by its name: it is tried again when their number changes. */
  readonly #stuck = new Map<string, number>();
  #freedBytes = 0;
  #woken = Promise.withResolvers<void>();
  #pass: Promise<unknown> = Promise.resolve();
  #sweeping: Promise<unknown> = Promise.resolve();
  /** Ends the pass under way: somebody waits who wants to go faster. */
  #interrupt = new AbortController();
  #isPaced = false;
  readonly #interrupted = new Error('a pass in the background was ended for one that is wanted at once');
  #background: Promise<void> | undefined;

  constructor(parts: CompactorParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts);
  }

  /** Of all segments removed since the start. */
  get freedBytes(): number {
    return this.#freedBytes;
  }

  start(): void {
    this.#background ??= this.#work();
  }

  wake(): void {
    this.#woken.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    this.#interrupt.abort(this.#stopping.signal.reason);
    this.wake();
    await this.#background;
    await this.#pass.catch(() => {});
    await this.#sweeping.catch(() => {});
  }

  /** Removes segments that are empty; one look at a time, since two would remove the same ones. */
  sweep(): Promise<number> {
    const result = this.#sweeping.catch(() => {}).then(() => this.#sweep());
    this.#sweeping = result;
    return result;
  }

  /**
   * Until no segment is worth it. `hurried`: as fast as it goes, and with what is being written sealed first; a pass in the
   * background is ended for it, which may be resting between two copies.
   */
  compact({ hurried }: { hurried: boolean }): Promise<CompactionResult> {
    if (hurried && this.#isPaced) this.#interrupt.abort(this.#interrupted);
    const result = this.#pass
      .catch(() => {})
      .then(() => {
        if (!this.#stopping.signal.aborted) this.#interrupt = new AbortController();
        this.#isPaced = !hurried;
        return this.#compact(hurried);
      });
    this.#pass = result;
    return result;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#woken.promise;
      await this.#parts.clock.sleep(compactionDelayMs, signal).catch(() => {});
      if (signal.aborted) return;
      this.#woken = Promise.withResolvers();
      const { failure } = await this.compact({ hurried: false });
      if (failure === undefined || failure === this.#interrupted || signal.aborted) continue;
      this.#parts.log.warn('compaction stopped; it will be tried again', { error: failure });
      await this.#parts.clock.sleep(compactionRetryMs, signal).catch(() => {});
      this.wake();
    }
  }

  async #compact(hurried: boolean): Promise<CompactionResult> {
    const total = { copiedBlobs: 0, copiedBytes: 0, freedBytes: 0 };
    const { signal } = this.#interrupt;
    /** Segments that could not be read in this pass: the others are emptied all the same. */
    const unreadable = new Set<string>();
    let failure: Error | undefined;
    try {
      if (hurried || this.#parts.isSpaceShort()) await rollWorthwhile(this.#parts);
      total.freedBytes += await this.sweep();
      for (;;) {
        const idle = await idleSegments(this.#parts);
        const segment = this.#choose(idle.filter((one) => !unreadable.has(segmentName(one))));
        if (segment === undefined) break;
        const outcome = await this.#empty(segment, { hurried, signal }).catch((error: unknown) => {
          if (!(error instanceof DiskError) || error.code !== 'io') throw error;
          unreadable.add(segmentName(segment));
          failure = error;
          return nothingCopied();
        });
        total.copiedBlobs += outcome.blobs;
        total.copiedBytes += outcome.bytes;
        total.freedBytes += await this.sweep();
      }
    } catch (error) {
      if (!isExpected(error) && !signal.aborted) throw error;
      failure = error as Error;
    }
    const result = { ...total, failure };
    this.#parts.onCompacted(result);
    return result;
  }

  async #sweep(): Promise<number> {
    const bytes = await sweepSegments(this.#parts);
    this.#freedBytes += bytes;
    this.#parts.onFreed(bytes);
    return bytes;
  }

  /** The one with the least that lives among those that are worth it. */
  #choose(idle: readonly IdleSegment[]): IdleSegment | undefined {
    const worth = idle.filter((segment) => !this.#isStuck(segment) && this.#isWorth(segment));
    return worth.sort((left, right) => (left.count?.bytes ?? 0) - (right.count?.bytes ?? 0))[0];
  }

  #isWorth({ count, neverCounted, sizeBytes }: IdleSegment): boolean {
    // Without a count it holds at most what failed uploads left; only reading it shows that this is so.
    if (count === undefined) return neverCounted;
    return count.blobs > 0 && count.bytes <= sizeBytes * (1 - this.#parts.deadFraction);
  }

  #isStuck(segment: IdleSegment): boolean {
    return this.#stuck.get(segmentName(segment)) === (segment.count?.blobs ?? 0);
  }

  async #empty(
    segment: IdleSegment,
    { hurried, signal }: { hurried: boolean; signal: AbortSignal },
  ): Promise<CopyOutcome> {
    const { holds, sql } = this.#parts;
    const spend = async (bytes: number) => {
      if (hurried) signal.throwIfAborted();
      else await this.#pace.spend(bytes, signal);
    };
    const release = holds.hold(segmentName(segment));
    try {
      if (!this.#isThere(segment)) return nothingCopied();
      const outcome = await copySegment({ ...this.#parts, spend }, segment);
      const provenEmpty = segment.neverCounted && outcome.ends === 0 && !outcome.damaged;
      if (provenEmpty && outcome.blobs === 0) {
        await sql.write('countEmptySegment', { log: segment.log, segment: segment.segment });
      } else {
        await this.#rememberStuck(segment);
      }
      return outcome;
    } catch (error) {
      if (!logHasEnded(error)) throw error;
      this.#stuck.set(segmentName(segment), segment.count?.blobs ?? 0);
      return nothingCopied();
    } finally {
      release();
    }
  }

  /** A sweep may have removed it since it was chosen. */
  #isThere({ log, segment }: IdleSegment): boolean {
    return this.#parts.logs[log]!.segments().some((info) => info.segment === segment);
  }

  async #rememberStuck(segment: IdleSegment): Promise<void> {
    const name = segmentName(segment);
    const { counted } = await this.#parts.sql.read('listSegments', {});
    const left = counted.find((count) => segmentName(count) === name)?.blobs ?? 0;
    if (left > 0 || segment.count === undefined) this.#stuck.set(name, left);
  }
}

function nothingCopied(): CopyOutcome {
  return { blobs: 0, bytes: 0, ends: 0, damaged: false };
}

/** What a disk, a log or the index may do to us at any time. */
function isExpected(error: unknown): boolean {
  return error instanceof DiskError || error instanceof SegmentLogError || error instanceof SqlError;
}

/** The log takes no more writes until the next start; its segments stay as they are. */
function logHasEnded(error: unknown): boolean {
  return error instanceof SegmentLogError && (error.code === 'sync-failed' || error.code === 'write-failed');
}
