// Snapshots without what is lost: of a hurt file what is readable is joined, a file of which nothing is readable is left out, a
// directory that cannot be read becomes empty. The hurt snapshot stays unless it is to be forgotten; the repaired one is tagged.

import { type ChunkCopies, keyOf } from '../check/chunk-copies.ts';
import { findChunks } from '../check/examine-directory.ts';
import type { HurtGraph } from '../check/hurt-graph.ts';
import { fileChunks } from '../check/visit-entries.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { Repository } from '../core/repository.ts';
import { isDamage } from '../core/store/store-error.ts';
import { entryAt } from '../format/decode-directory.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes } from '../format/tree-entry.ts';
import { hurtFilesNamedMax } from '../limits.ts';
import { DirectoryLoader } from '../manifest/directory-loader.ts';
import { pathText } from '../manifest/path-text.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';
import { carryChunks } from '../transform/carry-tree.ts';
import type { ChunkStore } from '../transform/chunk-store.ts';
import { commitTransformed, expectThere, type SnapshotContent } from '../transform/commit-transformed.ts';
import {
  type DirectoryReference,
  type EntryDecision,
  type RewrittenTree,
  rewriteTree,
  type TreeChange,
} from '../transform/rewrite-tree.ts';
import type { TwinSnapshots } from '../transform/twin-snapshots.ts';
import type { RepairedFile, RepairedSnapshot, RepairOptions } from './repair-report.ts';

export const repairedTag = 'repaired';

const keptBytesMax = 32 * 1024 * 1024;

export type RepairSnapshotOptions = Pick<RepairOptions, 'host' | 'user' | 'dryRun' | 'forget' | 'signal'> & {
  readonly copies: ChunkCopies;
  readonly graph: HurtGraph;
  readonly twins: TwinSnapshots;
};

/** For a snapshot in which something is hurt. */
export async function repairSnapshot(
  repository: Repository,
  snapshot: Snapshot,
  options: RepairSnapshotOptions,
): Promise<RepairedSnapshot> {
  const { host, user, forget } = options;
  const files = await lostFiles(repository, snapshot, options);
  const rootIsLost = files.some(({ path }) => path === '/');
  const report = { snapshot: snapshot.id, files };
  if (options.dryRun) return report;
  if (rootIsLost) {
    if (forget) await forgetSnapshots(repository, [snapshot.id]);
    return report;
  }
  let twin: string | undefined;
  const committed = await commitTransformed(
    repository,
    { purpose: 'repair', host, user },
    async (store, session) => {
      await expectThere(repository, snapshot.id);
      const asking = session.index.condemnations.length > 0;
      const tree = await rewriteTree(snapshot.root, new Mending(repository, options, store, asking));
      if (tree.outcome !== 'changed') return undefined;
      const content = repairedSnapshot(snapshot, tree);
      twin = await options.twins.find(content);
      return twin === undefined ? content : undefined;
    },
  );
  const repaired = committed ?? twin;
  if (repaired === undefined) return report;
  if (forget) await forgetSnapshots(repository, [snapshot.id], { replacedBy: repaired });
  return { ...report, repaired };
}

/** What a repair leaves out. */
async function lostFiles(
  repository: Repository,
  snapshot: Snapshot,
  options: RepairSnapshotOptions,
): Promise<readonly RepairedFile[]> {
  const mending = new Mending(repository, options, undefined, false);
  await rewriteTree(snapshot.root, mending);
  return mending.files;
}

/** Without `store` nothing is stored. */
class Mending implements TreeChange {
  readonly storesAll = false;
  /** What is made is the same under every path; what is told names each, as far as anybody can read. */
  readonly sameEverywhere: boolean;
  readonly files: RepairedFile[] = [];
  readonly #repository: Repository;
  readonly #options: RepairSnapshotOptions;
  readonly #store: ChunkStore | undefined;
  readonly #asking: boolean;
  readonly #loader: DirectoryLoader;
  /** Directories that were read, as far as there is room: one that lies under many paths is asked for again and again. */
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(
    repository: Repository,
    options: RepairSnapshotOptions,
    store: ChunkStore | undefined,
    asking: boolean,
  ) {
    this.#repository = repository;
    this.#options = options;
    this.#store = store;
    this.#asking = asking;
    this.#loader = new DirectoryLoader(repository);
    this.sameEverywhere = store !== undefined;
  }

  decide(cursor: TreeCursor, path: string): EntryDecision {
    if (cursor.type !== entryTypes.file || cursor.chunkCount === 0) return 'keep';
    const { causes, bytes } = findChunks(cursor.fingerprints(), this.#options.copies);
    if (causes.length === 0 && bytes === cursor.sizeBytes) return 'keep';
    const bytesLost = Math.max(0, cursor.sizeBytes - bytes);
    this.#tell({ path: textOf(path), outcome: bytes === 0 ? 'dropped' : 'shortened', bytesLost });
    return bytes === 0 ? 'drop' : this.#shortened(cursor, bytes);
  }

  descends(cursor: TreeCursor): boolean {
    if (this.#store === undefined && this.files.length === hurtFilesNamedMax) return false;
    if (this.#asking || cursor.chunkCount === 0) return true;
    return this.#options.graph.isHurt(keyOf(cursor.fingerprints()));
  }

  async read(reference: DirectoryReference, path: string): Promise<Uint8Array | undefined> {
    this.#options.signal?.throwIfAborted();
    try {
      await this.#carry('manifest', reference.fingerprints);
      return await this.#load(reference);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const ending = path === '' ? '' : '/';
      this.#tell({ path: `${textOf(path)}${ending}`, outcome: 'emptied', bytesLost: 0 });
      return undefined;
    }
  }

  async #load(reference: DirectoryReference): Promise<Uint8Array> {
    const key = keyOf(reference.fingerprints);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const bytes = await this.#loader.load(reference);
    if (this.#keptBytes + bytes.length > keptBytesMax) return bytes;
    this.#keptBytes += bytes.length;
    this.#kept.set(key, bytes);
    return bytes;
  }

  prepare(bytes: Uint8Array): Promise<void> {
    return this.#asking ? this.#carry('data', this.#readable(fileChunks(bytes))) : Promise.resolve();
  }

  async store(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#store === undefined ? new Uint8Array() : this.#store.putDirectory(bytes);
  }

  #tell(file: RepairedFile): void {
    if (this.files.length < hurtFilesNamedMax) this.files.push(file);
  }

  #shortened(cursor: TreeCursor, sizeBytes: number): EntryDecision {
    const entry = entryAt(cursor);
    if (entry.content.kind !== 'file') return 'keep';
    const fingerprints = this.#readable(entry.content.fingerprints);
    return { ...entry, content: { ...entry.content, sizeBytes, fingerprints } };
  }

  #readable(fingerprints: Uint8Array): Uint8Array {
    const readable: Uint8Array[] = [];
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes) {
      if ('cause' in this.#options.copies.find(fingerprints, offset)) continue;
      readable.push(fingerprints.subarray(offset, offset + fingerprintBytes));
    }
    return Buffer.concat(readable);
  }

  async #carry(type: 'manifest' | 'data', fingerprints: Uint8Array): Promise<void> {
    if (!this.#asking || this.#store === undefined) return;
    const { signal } = this.#options;
    await carryChunks(type, fingerprints, { source: this.#repository, store: this.#store, signal });
  }
}

function repairedSnapshot(
  snapshot: Snapshot,
  tree: Extract<RewrittenTree, { outcome: 'changed' }>,
): SnapshotContent & { readonly original: string } {
  // It is no copy of what it was copied from any more: `copy` makes a whole one again.
  const { kind: _kind, id, copiedFrom: _copiedFrom, ...content } = snapshot;
  return {
    ...content,
    tags: [...new Set([...snapshot.tags, repairedTag])],
    original: snapshot.original ?? id,
    root: tree.root,
    summary: { ...snapshot.summary, ...tree.summary },
  };
}

function textOf(path: string): string {
  return pathText(Buffer.from(`/${path}`, 'latin1'));
}
