// The places of blobs that were read lately, in bounded memory: a hit saves a lookup in SQLite.
//
// The owner of the index tells it of every move and removal, so it is never wrong. A place that was looked up before
// such a change and arrives after it is not taken: `epoch` tells.

import type { BlobPlace, KnownPlace } from '../data-store.ts';
import { Generations } from './generations.ts';
import { PackedPlaces } from './packed-places.ts';

let named = 0;

/** The same place with a name that no other has, and that it keeps as long as it is remembered. */
export function namedPlace({ log, sizeBytes, runs }: BlobPlace): KnownPlace {
  named += 1;
  return { log, sizeBytes, runs, name: named };
}

export class PlaceCache {
  readonly #ofOneRun: PackedPlaces;
  readonly #others: Generations<string, KnownPlace>;
  #epoch = 0;

  /** Of each kind so many. */
  constructor(options: { readonly oneRunMax: number; readonly othersMax: number }) {
    this.#ofOneRun = new PackedPlaces({ entriesMax: options.oneRunMax });
    this.#others = new Generations({ weightMax: options.othersMax, weightOf: () => 1 });
  }

  get epoch(): number {
    return this.#epoch;
  }

  get(blob: string): KnownPlace | undefined {
    return this.#ofOneRun.get(blob) ?? this.#others.get(blob);
  }

  /** Takes a place that was looked up at `epoch`. */
  set(blob: string, place: KnownPlace, epoch: number): void {
    if (epoch !== this.#epoch || place.runs.length > runsMax) return;
    if (!this.#ofOneRun.set(blob, place)) this.#others.set(blob, place);
  }

  /** To be called after the index changed for these blobs, before anybody is told. */
  forget(blobs: Iterable<string>): void {
    this.#epoch++;
    for (const blob of blobs) {
      this.#ofOneRun.delete(blob);
      this.#others.delete(blob);
    }
  }
}

/** A blob in more pieces is large: its lookup does not matter beside reading it. */
const runsMax = 8;
