// Brings what nobody refers to any more from the metadata store's outbox to the data store, in the background.
//
// Removing is idempotent on both sides and the outbox row goes last, so a crash anywhere repeats a batch, no more.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { DataStore } from '../data/data-store.ts';
import type { Holds } from '../data/holds.ts';
import { garbageBatchBlobs, garbageIdleMs } from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';

type Parts = {
  readonly clock: Clock;
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  readonly holds: Holds;
  readonly log: Telemetry['log'];
};

export class GarbageWorker {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  #woken = false;
  #pauses = 0;
  #batch: Promise<boolean> = Promise.resolve(false);
  readonly #finished: Promise<void>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#finished = this.#work();
  }

  wake(): void {
    this.#woken = true;
  }

  /** Runs something while nothing is removed. */
  async whilePaused<T>(action: () => Promise<T>): Promise<T> {
    this.#pauses++;
    try {
      await this.#batch;
      return await action();
    } finally {
      this.#pauses--;
    }
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#finished;
  }

  async #work(): Promise<void> {
    this.#woken = true; // What an earlier process left.
    while (!this.#stopping.signal.aborted) {
      const due = this.#woken && this.#pauses === 0;
      if (due) this.#batch = this.#removeBatch();
      const found = due && (await this.#batch);
      if (!found) await this.#rest();
    }
  }

  /** Whether there was anything to remove. */
  async #removeBatch(): Promise<boolean> {
    const { metadata, data, holds, log } = this.#parts;
    this.#woken = false;
    try {
      const held = holds.names();
      const batch = await metadata.read('listGarbage', { limit: garbageBatchBlobs, held });
      if (batch.rows.length === 0) {
        this.#woken ||= held.length > 0; // Their readers end without a wake.
        return false;
      }
      // A reader that came meanwhile and still saw its object: it is left out of the next batch. One that comes later
      // looks for its object again after it took hold, and does not find it any more.
      if (batch.rows.some((row) => holds.isHeld(row.id))) {
        this.#woken = true;
        return true;
      }
      await data.remove(batch.blobs);
      await metadata.write('forgetGarbage', { batch });
      this.#woken = true;
      return true;
    } catch (error) {
      log.warn('garbage was not removed; it will be tried again', { error });
      this.#woken = true;
      return false;
    }
  }

  async #rest(): Promise<void> {
    await this.#parts.clock.sleep(garbageIdleMs, this.#stopping.signal).catch(() => {});
  }
}
