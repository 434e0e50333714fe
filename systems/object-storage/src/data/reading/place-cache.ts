// The places of blobs that were read lately, in bounded memory: a hit saves a lookup in SQLite.
//
// Two generations: what is found in the old one is young again, and when the young one is full it becomes the old one.
// The owner of the index tells it of every move and removal, so it is never wrong. A place that was looked up before
// such a change and arrives after it is not taken: `epoch` tells.

import type { BlobPlace } from '../data-store.ts';

export class PlaceCache {
  readonly #entriesMax: number;
  #young = new Map<string, BlobPlace>();
  #old = new Map<string, BlobPlace>();
  #epoch = 0;

  /** Holds at most twice as many places. */
  constructor(options: { readonly entriesMax: number }) {
    this.#entriesMax = options.entriesMax;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get(blob: string): BlobPlace | undefined {
    const young = this.#young.get(blob);
    if (young !== undefined) return young;
    const old = this.#old.get(blob);
    if (old !== undefined) this.#keep(blob, old);
    return old;
  }

  /** Takes a place that was looked up at `epoch`. */
  set(blob: string, place: BlobPlace, epoch: number): void {
    if (epoch === this.#epoch && place.runs.length <= runsMax) this.#keep(blob, place);
  }

  /** To be called after the index changed for these blobs, before anybody is told. */
  forget(blobs: Iterable<string>): void {
    this.#epoch++;
    for (const blob of blobs) {
      this.#young.delete(blob);
      this.#old.delete(blob);
    }
  }

  #keep(blob: string, place: BlobPlace): void {
    if (this.#young.size >= this.#entriesMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(blob, place);
  }
}

/** A blob in more pieces is large: its lookup does not matter beside reading it. */
const runsMax = 8;
