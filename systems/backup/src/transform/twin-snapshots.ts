// What runs that were cut off between their two steps have left: the snapshot that one committed is there, and so is the old one,
// whose tombstone it did not come to. Who runs it again is to put that tombstone, not to commit a third.

import type { Repository } from '../core/repository.ts';
import { encodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { SnapshotContent } from './commit-transformed.ts';

/** Of one run: the snapshots are listed once, when it first asks. */
export class TwinSnapshots {
  readonly #repository: Pick<Repository, 'snapshots'>;
  #byOriginal: Map<string | undefined, readonly Snapshot[]> | undefined;

  constructor(repository: Pick<Repository, 'snapshots'>) {
    this.#repository = repository;
  }

  /** The id of one that is not forgotten and equal in all it says, `original` included; undefined when there is none. */
  async find(content: SnapshotContent & { readonly original: string }): Promise<string | undefined> {
    this.#byOriginal ??= Map.groupBy(
      (await this.#repository.snapshots()).snapshots,
      ({ original }) => original,
    );
    const wanted = bytesOf(content);
    return this.#byOriginal.get(content.original)?.find((snapshot) => bytesOf(snapshot).equals(wanted))?.id;
  }
}

/** The id is the object's name, and no part of what it says. */
function bytesOf(content: SnapshotContent): Buffer {
  return encodeSnapshotRecord({ ...content, kind: 'snapshot', id: '' });
}
