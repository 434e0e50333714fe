// The workers of all places: each works for itself, so that one that is away holds up none of the others. They share a pace.

import { Pace } from '../../data/upkeep/pace.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { StorageClassStats } from '../object-storage.ts';
import { PlaceWorker, type PlaceWorkerParts } from './place-worker.ts';

export type TransitionSettings = {
  /** To and from all places together. */
  readonly transitionBytesPerSecond: number;
};

type Parts = Omit<PlaceWorkerParts, 'pace'> & { readonly bytesPerSecond: number };

export class TransitionWorkers {
  readonly #parts: Parts;
  readonly #workers: readonly PlaceWorker[];

  constructor({ bytesPerSecond, ...parts }: Parts) {
    const pace = new Pace({ clock: parts.world.clock, bytesPerSecond, isBusy: () => false });
    this.#parts = { ...parts, bytesPerSecond };
    this.#workers = parts.places.names.map((name) => new PlaceWorker({ ...parts, pace }, name));
  }

  async stats(): Promise<readonly StorageClassStats[]> {
    const { metadata, places } = this.#parts;
    const all: StorageClassStats[] = [];
    for (const worker of this.#workers) {
      const { storageClass } = worker;
      const counts = await metadata.read('countPlaced', { place: storageClass });
      all.push({ storageClass, url: places.urlOf(storageClass) ?? '', ...counts, ...worker.state });
    }
    return all;
  }

  /** Removes all garbage that is at the places now. */
  async collect(): Promise<{ removedBlobs: number; problems: readonly string[] }> {
    let removedBlobs = 0;
    const problems: string[] = [];
    for (const worker of this.#workers) {
      try {
        removedBlobs += await worker.collect();
      } catch (error) {
        if (!(error instanceof ObjectStorageError)) throw error;
        problems.push(`garbage of storage class ${worker.storageClass} was left alone: ${error.message}`);
      }
    }
    return { removedBlobs, problems };
  }

  /** Runs something while nothing is moved or removed. */
  async whilePaused<T>(action: () => Promise<T>): Promise<T> {
    const nested = this.#workers.reduce((inner, worker) => () => worker.whilePaused(inner), action);
    return nested();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}
