// What all snapshots together reach, and whether all of it is where an index says (DESIGN.md, C1 and C5).

import type { ChunkIndex, DamagedObject, Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import { objectName } from '../format/object-names.ts';
import type { CollectOptions } from './collect-options.ts';
import { SnapshotMarks } from './mark-snapshots.ts';
import type { ReachableChunks } from './reachable-chunks.ts';

type MissingChunk = { readonly snapshot: string; readonly fingerprint: Buffer };

/** So many missing chunks are named; one is enough to stop. */
const namedMax = 100;
/** How often all is read anew because a snapshot went while it was read. */
const roundsMax = 8;

export class Reachability {
  readonly #repository: Repository;
  readonly #options: Pick<CollectOptions, 'signal' | 'onProgress'>;
  #marks: SnapshotMarks;
  #index: ChunkIndex;
  /** Reachable chunks that `#index` has in no whole pack. */
  #missing: MissingChunk[] = [];
  /** What could not be read at all, of the last reading. */
  #hurt: readonly DamagedObject[] = [];
  /** The one that is walked. */
  #snapshot = '';
  snapshots = 0;

  /** `index` may be older than the snapshots that are read. */
  constructor(
    repository: Repository,
    index: ChunkIndex,
    options: Pick<CollectOptions, 'signal' | 'onProgress'>,
  ) {
    this.#repository = repository;
    this.#options = options;
    this.#index = index;
    this.#marks = this.#newMarks();
  }

  get chunks(): ReachableChunks {
    return this.#marks.chunks;
  }

  /** Why it is not known what is needed: snapshots, manifests and index objects that cannot be read, chunks that are nowhere. */
  get damaged(): readonly DamagedObject[] {
    const named = this.#missing.slice(0, namedMax).map(({ snapshot, fingerprint }) => ({
      name: objectName('snapshots', snapshot),
      problem: `chunk ${fingerprint.toString('hex')} is in no pack that is whole`,
    }));
    return [...this.#hurt, ...this.#index.damaged, ...named];
  }

  /**
   * Reads all snapshots that there are now, marks what they reach, and looks for it in the index that `loadIndex` then gives. A
   * snapshot that was forgotten while it was read may have lost its chunks to another collector: then all is read anew.
   */
  async read(loadIndex: () => Promise<ChunkIndex>): Promise<ChunkIndex> {
    for (let round = 1; ; round += 1) {
      await this.#extend();
      this.#look(await loadIndex());
      if (this.damaged.length === 0 || round === roundsMax || !(await this.#isOutdated())) return this.#index;
      this.#marks = this.#newMarks();
      this.#missing = [];
    }
  }

  async #extend(): Promise<void> {
    const { signal, onProgress } = this.#options;
    const { snapshots, damaged } = await this.#repository.snapshots();
    const hurt = [...damaged];
    for (const [done, snapshot] of snapshots.entries()) {
      this.#snapshot = snapshot.id;
      try {
        await this.#marks.add(snapshot, signal);
      } catch (error) {
        if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
        hurt.push({ name: objectName('snapshots', snapshot.id), problem: error.message });
      }
      onProgress?.({ phase: 'mark', done: done + 1, total: snapshots.length });
    }
    this.snapshots = snapshots.length;
    this.#hurt = hurt;
  }

  #look(index: ChunkIndex): void {
    this.#index = index;
    this.#missing = this.#missing.filter(({ fingerprint }) => !isReadable(index, fingerprint));
  }

  /** Whether one of those that lack something is no longer there. */
  async #isOutdated(): Promise<boolean> {
    const { snapshots, damaged } = await this.#repository.snapshots();
    const names = new Set([
      ...snapshots.map(({ id }) => objectName('snapshots', id)),
      ...damaged.map(({ name }) => name),
    ]);
    const lacking = new Set([
      ...this.#missing.map(({ snapshot }) => objectName('snapshots', snapshot)),
      ...this.#hurt.map(({ name }) => name),
    ]);
    return [...lacking].some((name) => !names.has(name));
  }

  #newMarks(): SnapshotMarks {
    return new SnapshotMarks(this.#repository, (bytes, at) => {
      const fingerprint = bytes.subarray(at, at + fingerprintBytes);
      if (isReadable(this.#index, fingerprint)) return;
      this.#missing.push({ snapshot: this.#snapshot, fingerprint: Buffer.from(fingerprint) });
    });
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
