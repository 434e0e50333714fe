// `copy`: snapshots from one repository to another, which may have other keys and parameters. Chunks keep their cuts. Where
// both have the same fingerprint key (`init --same-chunks-as`), a tree is copied as it is: only chunks that the target lacks
// are read. Else each chunk is read once a run, stored under the target's fingerprint, and directories are written with those; what is there
// already is not stored again, so an interrupted copy goes on. Later backups to the target share chunks with
// copies only in the first case (DESIGN.md, "Tag, rewrite, copy").

import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { chunkBytesLowest } from '../limits.ts';
import type { OpenFingerprintService } from '../service/fingerprint-service.ts';
import { carryTree } from './carry-tree.ts';
import { type ChunkCompression, withCompression } from './chunk-compression.ts';
import { commitTransformed, type SnapshotContent } from './commit-transformed.ts';
import type { TransformedSnapshot, TransformOptions } from './transform-options.ts';
import { TreeTranslator } from './translate-tree.ts';

export type CopyOptions = TransformOptions & {
  /** Of the target: is asked which chunks are known, and the target's index is not read. */
  readonly openService?: OpenFingerprintService | undefined;
};

/**
 * One result for each of `snapshots`, in their order; `already-there` where the target has a copy, or is where the snapshot was
 * copied from. Oldest first saves most. Throws `damaged` where something cannot be read (`repair` first), `invalid-argument` where chunks of the
 * source are larger than packs of the target.
 *
 * @example
 * await copySnapshots(repository, offsite, snapshots, { host, user });
 */
export async function copySnapshots(
  source: Repository,
  target: Repository,
  snapshots: readonly Snapshot[],
  options: CopyOptions,
): Promise<readonly TransformedSnapshot[]> {
  if (source.id === target.id) {
    throw new BackupError('invalid-argument', {
      attempted: 'copy snapshots',
      detail: 'both are one repository',
    });
  }
  expectRoom(source, target);
  return withCompression(target, async (compression) => {
    const copying = new Copying({ source, target, compression }, options);
    const copies = await copying.findCopies();
    const results: TransformedSnapshot[] = [];
    for (const snapshot of snapshots) {
      options.signal?.throwIfAborted();
      const done = { done: results.length, total: snapshots.length };
      results.push(await copying.copy(snapshot, copies, done));
      options.onProgress?.({ ...done, done: results.length, chunks: 0, bytes: 0 });
    }
    return results;
  });
}

/** Chunks keep their cuts. What a pack has besides its largest chunk is far less than the smallest one. */
function expectRoom(source: Repository, target: Repository): void {
  const [chunk, pack] = [source.config.chunkBytes.max, target.config.packBytes];
  if (chunk + chunkBytesLowest <= pack) return;
  throw new BackupError('invalid-argument', {
    attempted: 'copy snapshots',
    detail: `chunks of the source have up to ${chunk} bytes, and packs of the target no more than ${pack}`,
  });
}

class Copying {
  readonly #source: Repository;
  readonly #target: Repository;
  readonly #options: CopyOptions;
  readonly #compression: ChunkCompression;
  readonly #translator: TreeTranslator | undefined;

  constructor(
    between: {
      readonly source: Repository;
      readonly target: Repository;
      readonly compression: ChunkCompression;
    },
    options: CopyOptions,
  ) {
    const { source, target, compression } = between;
    this.#compression = compression;
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#translator = shareFingerprints(source, target) ? undefined : new TreeTranslator(source);
  }

  /** Ids of snapshots of the source, and of those in the target that hold the same. */
  async findCopies(): Promise<Map<string, string>> {
    const { snapshots } = await this.#target.snapshots();
    const copies = new Map<string, string>();
    for (const { id, copiedFrom } of snapshots) {
      if (copiedFrom?.repository === this.#source.id) copies.set(copiedFrom.snapshot, id);
    }
    const there = new Set(snapshots.map(({ id }) => id));
    for (const { id, copiedFrom } of (await this.#source.snapshots()).snapshots) {
      if (copiedFrom?.repository === this.#target.id && there.has(copiedFrom.snapshot))
        copies.set(id, copiedFrom.snapshot);
    }
    return copies;
  }

  async copy(
    snapshot: Snapshot,
    copies: Map<string, string>,
    done: { readonly done: number; readonly total: number },
  ): Promise<TransformedSnapshot> {
    if (copies.has(snapshot.id)) return { snapshot: snapshot.id, skipped: 'already-there' };
    if (this.#options.dryRun) return { snapshot: snapshot.id };
    const { host, user, signal, onProgress, openService } = this.#options;
    const compression = this.#compression;
    const writing = { purpose: 'copy', host, user, compression, openService } as const;
    const made = await commitTransformed(this.#target, writing, async (store) => {
      const onChunk = () => onProgress?.({ ...done, chunks: store.chunks, bytes: store.rawBytes });
      const carrying = { source: this.#source, store, signal, onChunk };
      if (this.#translator !== undefined) {
        const root = await this.#translator.translate(snapshot.root, carrying);
        return this.#content(snapshot, copies, root);
      }
      await carryTree(snapshot.root, carrying);
      return this.#content(snapshot, copies, snapshot.root);
    });
    copies.set(snapshot.id, made!);
    return { snapshot: snapshot.id, made: made! };
  }

  /** Ids of the source mean nothing in the target, except for copies. */
  #content(snapshot: Snapshot, copies: ReadonlyMap<string, string>, root: Snapshot['root']): SnapshotContent {
    const { kind: _kind, id, parent, original, ...content } = snapshot;
    const copiedParent = parent === undefined ? undefined : copies.get(parent);
    return {
      ...content,
      ...(copiedParent === undefined ? {} : { parent: copiedParent }),
      original: original ?? id,
      copiedFrom: { repository: this.#source.id, snapshot: id },
      root,
    };
  }
}

function shareFingerprints(source: Repository, target: Repository): boolean {
  return (
    source.config.fingerprint === target.config.fingerprint &&
    Buffer.compare(source.keyring.fingerprintKey, target.keyring.fingerprintKey) === 0
  );
}
