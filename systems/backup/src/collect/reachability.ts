// What all snapshots together reach, and whether all of it is where an index says (DESIGN.md, C1 and C5).

import type { ChunkIndex, DamagedObject, Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import type { CollectOptions } from './collect-options.ts';
import { SnapshotMarks } from './mark-snapshots.ts';
import type { ReachableChunks } from './reachable-chunks.ts';

type MissingChunk = { readonly snapshot: string; readonly fingerprint: Buffer };

/** So many missing chunks are named; one is enough to stop. */
const namedMax = 100;

export class Reachability {
  readonly #repository: Repository;
  readonly #options: Pick<CollectOptions, 'signal' | 'onProgress'>;
  readonly #marks: SnapshotMarks;
  #index: ChunkIndex;
  /** Reachable chunks that `#index` has in no whole pack. */
  #missing: MissingChunk[] = [];
  /** What could not be read at all, of the last reading. */
  #hurt: readonly DamagedObject[] = [];
  /** The one that is walked. */
  #snapshot = '';
  snapshots = 0;

  /** `index` may be older than the snapshots that are read: `look` again into a newer one. */
  constructor(
    repository: Repository,
    index: ChunkIndex,
    options: Pick<CollectOptions, 'signal' | 'onProgress'>,
  ) {
    this.#repository = repository;
    this.#options = options;
    this.#index = index;
    this.#marks = new SnapshotMarks(repository, (bytes, at) => this.#look(bytes, at));
  }

  get chunks(): ReachableChunks {
    return this.#marks.chunks;
  }

  /** Why it is not known what is needed: snapshots, manifests and index objects that cannot be read, chunks that are nowhere. */
  get damaged(): readonly DamagedObject[] {
    const named = this.#missing.slice(0, namedMax).map(({ snapshot, fingerprint }) => ({
      name: `snapshots/${snapshot}`,
      problem: `chunk ${fingerprint.toString('hex')} is in no pack that is whole`,
    }));
    return [...this.#hurt, ...this.#index.damaged, ...named];
  }

  /** Reads all snapshots that there are now and marks what they reach. */
  async extend(): Promise<void> {
    const { signal, onProgress } = this.#options;
    const { snapshots, damaged } = await this.#repository.snapshots();
    const hurt = [...damaged];
    for (const [done, snapshot] of snapshots.entries()) {
      this.#snapshot = snapshot.id;
      try {
        await this.#marks.add(snapshot, signal);
      } catch (error) {
        if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
        hurt.push({ name: `snapshots/${snapshot.id}`, problem: error.message });
      }
      onProgress?.({ phase: 'mark', done: done + 1, total: snapshots.length });
    }
    this.snapshots = snapshots.length;
    this.#hurt = hurt;
  }

  /** Looks for what is missing in another index, which is also the one for what is marked from now on. */
  look(index: ChunkIndex): void {
    this.#index = index;
    this.#missing = this.#missing.filter(({ fingerprint }) => !isReadable(index, fingerprint));
  }

  #look(bytes: Uint8Array, at: number): void {
    const fingerprint = bytes.subarray(at, at + fingerprintBytes);
    if (isReadable(this.#index, fingerprint)) return;
    this.#missing.push({ snapshot: this.#snapshot, fingerprint: Buffer.from(fingerprint) });
  }
}

/** Condemned packs count: what becomes of them is decided by who knows of this chunk. */
function isReadable(index: ChunkIndex, fingerprint: Uint8Array): boolean {
  if (index.isKnown(fingerprint)) return true;
  return index.copies(fingerprint).some(({ packId }) => {
    const pack = index.packOf(packId);
    return pack !== undefined && pack.listedBytes >= pack.sizeBytes;
  });
}
