// `verify`: looks at everything, changes nothing, needs no session, and runs beside backups and `gc` (DESIGN.md, "Failure
// table"). Every object is opened, packs are compared with the index and, as far as asked, read whole, every manifest is
// walked; what is damaged is named, with the files of snapshots that it hurts.
//
// What others do meanwhile is not taken for damage: snapshots are listed before the index that has to know their chunks is read,
// and a snapshot that seems hurt counts only if nobody has forgotten it in the meantime.

import type { Repository } from '../core/repository.ts';
import { BadChunkCopies, ChunkCopies } from './chunk-copies.ts';
import { notice, type VerifyReport } from './finding.ts';
import { FindingList } from './finding-list.ts';
import { readIndexClaims } from './index-claims.ts';
import { type Listing, listRepository } from './list-objects.ts';
import { packsInShare, type ReadShare } from './read-share.ts';
import { verifyManifests } from './verify-manifests.ts';
import { objectCount, verifyObjects } from './verify-objects.ts';
import { PackVerification } from './verify-packs.ts';
import type { VerifyProgress, VerifyStage } from './verify-progress.ts';

export type VerifyOptions = {
  /** Which packs are read whole. Of all others footer and size are compared with the index. */
  readonly readData: ReadShare;
  /** Threads that examine packs; one for each core when absent. */
  readonly workers?: number;
  /**
   * Some of the work is done in the calling thread, whose event loop then stands still for up to 100 ms at a time. Saves a thread and its
   * heap, 15 to 20 MB: for programs that have nothing else to do meanwhile. Not when absent.
   */
  readonly inCallingThread?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
};

/**
 * Resolves with what was found, damage included; rejects only where the store fails (`store`) or the signal aborts.
 * Memory: 300 bytes a lost chunk, 300 a pack, one pack more than there are workers, the index.
 *
 * @example
 * const { damaged, findings } = await verifyRepository(repository, { readData: { kind: 'all' } });
 */
export async function verifyRepository(
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifyReport> {
  return new Verification(repository, options).run();
}

class Verification {
  readonly #repository: Repository;
  readonly #options: VerifyOptions;
  readonly #findings = new FindingList();
  readonly #bad = new BadChunkCopies();
  #progress: VerifyProgress = {
    stage: 'objects',
    done: 0,
    total: 0,
    bytes: 0,
    bytesTotal: 0,
    findings: 0,
  };

  constructor(repository: Repository, options: VerifyOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  async run(): Promise<VerifyReport> {
    const listing = await listRepository(this.#repository.blobs);
    const { snapshots, claims, condemned } = await this.#verifyObjects(listing);
    const packs = await this.#verifyPacks(listing, { claims, condemned });
    const index = await this.#repository.index({ refresh: true });
    const copies = new ChunkCopies(index, this.#bad);
    const { signal } = this.#options;
    this.#begin('manifests', 0);
    const counts = await verifyManifests({
      repository: this.#repository,
      snapshots,
      copies,
      findings: this.#findings,
      signal,
      onDirectory: () => this.#advance(0),
      stillThere: async () => new Set((await this.#repository.snapshots()).snapshots.map(({ id }) => id)),
    });
    const findings = this.#findings.finish();
    return {
      findings,
      damaged: findings.some(({ severity }) => severity === 'damage'),
      snapshots: snapshots.length,
      packs: listing.byPrefix.packs.length,
      packsRead: packs.packsRead,
      bytesRead: packs.bytesRead,
      chunks: index.chunkCount,
      ...counts,
    };
  }

  async #verifyObjects(listing: Listing) {
    const { signal } = this.#options;
    const onObject = () => this.#advance(0);
    this.#begin('objects', objectCount(listing) + listing.byPrefix.index.length);
    for (const name of listing.foreign) this.#findings.add(notice(name, 'it is no object of a repository'));
    const listed = new Set(listing.byPrefix.packs.map(({ id }) => id));
    const keep = (id: string) => !listed.has(id);
    const objects = await verifyObjects(this.#repository, listing, { signal, onObject });
    const claims = await readIndexClaims(this.#repository, listing.byPrefix.index, {
      keep,
      signal,
      onObject,
    });
    this.#findings.addAll(objects.findings);
    this.#findings.addAll(claims.findings);
    return { snapshots: objects.snapshots, claims, condemned: objects.condemnedPacks };
  }

  async #verifyPacks(
    listing: Listing,
    known: Pick<ConstructorParameters<typeof PackVerification>[0], 'claims' | 'condemned'>,
  ): Promise<PackVerification> {
    const { readData, signal, workers, inCallingThread } = this.#options;
    const { packs } = listing.byPrefix;
    const verification = new PackVerification({
      ...known,
      repository: this.#repository,
      findings: this.#findings,
      bad: this.#bad,
      workers,
      inCallingThread,
      signal,
      onPack: (bytes) => this.#advance(bytes),
    });
    const ids = packs.map(({ id }) => id);
    const whole = packsInShare(readData, ids, this.#repository.world.random);
    for (const id of await verification.compareListing(packs)) whole.add(id);
    const wholePacks = packs.filter(({ id }) => whole.has(id));
    this.#begin(
      'packs',
      packs.length,
      wholePacks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
    const unreadable = await verification.compareFooters(packs.filter(({ id }) => !whole.has(id)));
    const toRead = [...wholePacks, ...packs.filter(({ id }) => unreadable.has(id))];
    if (toRead.length > 0) await verification.readWhole(toRead);
    return verification;
  }

  #begin(stage: VerifyStage, total: number, bytesTotal = 0): void {
    this.#progress = { stage, done: 0, total, bytes: 0, bytesTotal, findings: this.#findings.size };
    this.#options.onProgress?.(this.#progress);
  }

  #advance(bytes: number): void {
    const { done, bytes: before } = this.#progress;
    this.#progress = {
      ...this.#progress,
      done: done + 1,
      bytes: before + bytes,
      findings: this.#findings.size,
    };
    this.#options.onProgress?.(this.#progress);
  }
}
