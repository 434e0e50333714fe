// The places of blobs that were read lately, in bounded memory: a hit saves a lookup in SQLite.
//
// The owner of the index tells it of every move and removal, so it is never wrong. A place that was looked up before
// such a change and arrives after it is not taken: `epoch` tells.

import type { BlobPlace } from '../data-store.ts';
import { Generations } from './generations.ts';

export class PlaceCache {
  readonly #places: Generations<string, BlobPlace>;
  #epoch = 0;

  constructor(options: { readonly entriesMax: number }) {
    this.#places = new Generations({ weightMax: options.entriesMax, weightOf: () => 1 });
  }

  get epoch(): number {
    return this.#epoch;
  }

  get(blob: string): BlobPlace | undefined {
    return this.#places.get(blob);
  }

  /** Takes a place that was looked up at `epoch`. */
  set(blob: string, place: BlobPlace, epoch: number): void {
    if (epoch === this.#epoch && place.runs.length <= runsMax) this.#places.set(blob, place);
  }

  /** To be called after the index changed for these blobs, before anybody is told. */
  forget(blobs: Iterable<string>): void {
    this.#epoch++;
    for (const blob of blobs) this.#places.delete(blob);
  }
}

/** A blob in more pieces is large: its lookup does not matter beside reading it. */
const runsMax = 8;
