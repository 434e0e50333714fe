// Removes from the data store, in the background, what nobody refers to any more:
//
//   the outbox       what the metadata store's transactions put there: replaced, deleted, aborted, refused
//   discarded blobs  stored, but the transaction that would have named them certainly failed
//   orphans          what an earlier process left undecided, looked for once after the start
//
// Removing is idempotent on both sides and the outbox row goes last, so a crash anywhere repeats a batch, no more.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { DataStore } from '../data/data-store.ts';
import type { Holds } from '../data/holds.ts';
import {
  discardedBlobsMax,
  garbageBatchBlobs,
  garbageIdleMs,
  orphanDelayMs,
  orphanRetryMs,
} from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { SerialSteps } from '../serial-steps.ts';
import { collectOrphans, type OrphanOutcome } from './maintenance/collect-orphans.ts';
import type { MovingBlobs } from './moving-blobs.ts';

type Parts = {
  readonly clock: Clock;
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  readonly holds: Holds;
  readonly movingBlobs: MovingBlobs;
  readonly log: Telemetry['log'];
};

export type Collected = { readonly garbageBlobs: number; readonly orphans: OrphanOutcome };

export class GarbageWorker {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  readonly #discarded = new Set<string>();
  #woken = false;
  /** One batch or search at a time. */
  readonly #steps = new SerialSteps();
  #searchDueMs: number;
  readonly #finished: Promise<void>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#searchDueMs = parts.clock.monotonicMs() + orphanDelayMs;
    this.#finished = this.#work();
  }

  wake(): void {
    this.#woken = true;
  }

  /** Nothing refers to this blob, and nothing ever will. What does not fit is an orphan until the next `collect`. */
  discard(blob: string): void {
    // Undecided until it is removed: what a crash leaves of it is looked for after the next start.
    if (this.#discarded.size < discardedBlobsMax) this.#discarded.add(blob);
    else this.#parts.data.decided(blob);
    this.wake();
  }

  /** Runs something while nothing is removed. */
  whilePaused<T>(action: () => Promise<T>): Promise<T> {
    return this.#steps.whilePaused(action);
  }

  /** Removes all garbage that is there now and not being read, and every orphan. */
  collect(): Promise<Collected> {
    return this.#steps.run(async () => {
      let garbageBlobs = 0;
      for (let more = true; more; ) {
        const batch = await this.#removeBatch();
        garbageBlobs += batch.blobs;
        more = batch.more;
      }
      return { garbageBlobs, orphans: await this.#collectFrom('') };
    });
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
    await this.#steps.settled();
  }

  async #work(): Promise<void> {
    this.#woken = true; // What an earlier process left.
    while (!this.#stopping.signal.aborted) {
      const due = this.#woken && !this.#steps.isPaused;
      const more = due && (await this.#quietly(() => this.#removeBatch()))?.more;
      if (this.#isSearchDue()) await this.#quietly(() => this.#searchLeft());
      if (!more) await this.#rest();
    }
  }

  /** A failure is logged and tried again later; undefined then. */
  async #quietly<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#steps.run(step);
    } catch (error) {
      this.#woken = true;
      if (!this.#stopping.signal.aborted) {
        this.#parts.log.warn('garbage was not removed; it will be tried again', { error });
      }
      return undefined;
    }
  }

  async #removeBatch(): Promise<{ blobs: number; more: boolean }> {
    const { metadata, data, holds } = this.#parts;
    this.#woken = false;
    const discarded = await this.#removeDiscarded();
    const held = holds.names();
    // Mostly there is none: then a look at one row is enough, and no reading thread is started for it.
    const some = await metadata.lookup('listGarbage', { limit: 1, held });
    const batch =
      some.rows.length === 0 ? some : await metadata.read('listGarbage', { limit: garbageBatchBlobs, held });
    if (batch.rows.length === 0) {
      this.#woken ||= held.length > 0; // Their readers end without a wake.
      return { blobs: discarded, more: false };
    }
    this.#woken = true;
    // A reader that came meanwhile and still saw its object: it is left out of the next batch. One that comes later
    // looks for its object again after it took hold, and does not find it any more.
    if (batch.rows.some((row) => holds.isHeld(row.id))) return { blobs: discarded, more: true };
    await data.remove(batch.blobs);
    await metadata.write('forgetGarbage', { batch, limit: garbageBatchBlobs });
    return { blobs: discarded + batch.blobs.length, more: true };
  }

  async #removeDiscarded(): Promise<number> {
    const blobs = [...this.#discarded];
    if (blobs.length === 0) return 0;
    await this.#parts.data.remove(blobs);
    for (const blob of blobs) {
      this.#discarded.delete(blob);
      this.#parts.data.decided(blob);
    }
    return blobs.length;
  }

  #isSearchDue(): boolean {
    const { clock, data } = this.#parts;
    return (
      data.orphans.leftFrom !== undefined && !this.#steps.isPaused && clock.monotonicMs() >= this.#searchDueMs
    );
  }

  async #searchLeft(): Promise<void> {
    const { leftFrom } = this.#parts.data.orphans;
    this.#searchDueMs = this.#parts.clock.monotonicMs() + orphanRetryMs;
    if (leftFrom === undefined) return;
    const { kind } = await this.#collectFrom(leftFrom);
    // A drive may come back at any time, and leave more to look at.
    if (kind === 'collected') this.#searchDueMs = this.#parts.clock.monotonicMs() + orphanDelayMs;
  }

  /** Whoever looked at everything an earlier process left has decided it; what it refused stays undecided. */
  async #collectFrom(from: string): Promise<OrphanOutcome> {
    const { data, metadata, movingBlobs, log } = this.#parts;
    const { signal } = this.#stopping;
    const bounds = data.orphans;
    const outcome = await collectOrphans({ metadata, data, movingBlobs, signal }, { from, bounds });
    if (outcome.kind === 'refused') {
      const { findings } = outcome;
      log.error('orphans are left alone, because the metadata store is damaged', { findings });
    } else if (outcome.blobs > 0) {
      log.info('blobs that nothing refers to were removed', { blobs: outcome.blobs });
    }
    if (outcome.kind === 'collected' && bounds.leftFrom !== undefined) await bounds.leftAreDecided();
    return outcome;
  }

  async #rest(): Promise<void> {
    await this.#parts.clock.sleep(garbageIdleMs, this.#stopping.signal).catch(() => {});
  }
}
