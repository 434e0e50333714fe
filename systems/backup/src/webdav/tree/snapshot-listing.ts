// The root of the server: the layout over the snapshots that are there. The list is read again when a request comes and the last
// reading is older than some seconds, by one request for all; while it is as it was, nothing is built anew.

import type { Clock } from '@cairn/world';
import type { Repository } from '../../core/repository.ts';
import type { Snapshot } from '../../format/snapshot-record.ts';
import type { Collection } from './resource.ts';
import { type OpenSnapshot, snapshotLayout } from './snapshot-layout.ts';

/** How late a new snapshot is seen, and a forgotten one still is. */
export const listingAgeMsMax = 10_000;

export type ListingOptions = {
  readonly repository: Pick<Repository, 'snapshots'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly open: OpenSnapshot;
  /** Once for each snapshot that cannot be read. */
  readonly onProblem: (problem: string) => void;
};

export class SnapshotListing {
  readonly #options: ListingOptions;
  readonly #named = new Set<string>();
  #root: Collection | undefined;
  #ids = '';
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<Collection> | undefined;

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** Throws `store`; the next call tries again. */
  async root(): Promise<Collection> {
    const ageMs = this.#options.clock.monotonicMs() - this.#readAtMs;
    if (this.#root !== undefined && ageMs < listingAgeMsMax) return this.#root;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Collection> {
    const { repository, clock, open } = this.#options;
    const startedMs = clock.monotonicMs();
    const { snapshots, damaged } = await repository.snapshots();
    for (const { name, problem } of damaged) this.#tell(name, problem);
    const ids = idsOf(snapshots);
    if (this.#root === undefined || ids !== this.#ids) this.#root = snapshotLayout(snapshots, open);
    this.#ids = ids;
    this.#readAtMs = startedMs;
    return this.#root;
  }

  #tell(name: string, problem: string): void {
    if (this.#named.has(name)) return;
    this.#named.add(name);
    this.#options.onProblem(problem);
  }
}

function idsOf(snapshots: readonly Snapshot[]): string {
  return snapshots.map(({ id }) => id).join();
}
