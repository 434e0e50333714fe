// Looks whether anything was found damaged, and loads and runs what repairs it then: most processes never need it.

import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import { type Clock, DiskError } from '@cairn/world';
import type { DataStore } from '../../data/data-store.ts';
import { repairIdleMs } from '../../limits.ts';
import type { RepairProgress } from '../object-storage.ts';
import type { BlobRepairer } from './blob-repairer.ts';

type Parts = {
  readonly clock: Clock;
  readonly data: Pick<DataStore, 'damagedBlobs' | 'isWhole'>;
  readonly log: Telemetry['log'];
  readonly load: () => Promise<BlobRepairer>;
};

const nothing: RepairProgress = { repairedBlobs: 0, repairedBytes: 0, unrepairedBlobs: 0, unrepaired: [] };

export class RepairWatch {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #repairer: BlobRepairer | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#finished = this.#work();
  }

  get progress(): RepairProgress {
    return this.#repairer?.progress ?? nothing;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(repairIdleMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#look();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SqlError || error instanceof DiskError)) throw error;
        log.warn('damaged blobs were not looked at; it will be tried again', { error });
      }
    }
  }

  async #look(): Promise<void> {
    const { data, load } = this.#parts;
    // A drive that is away may come back with what is damaged on the others.
    if (data.damagedBlobs === 0 || data.isWhole === false) return;
    this.#repairer ??= await load();
    await this.#repairer.round(this.#stopping.signal);
  }
}
