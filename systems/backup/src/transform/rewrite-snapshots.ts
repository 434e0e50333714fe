// `rewrite`: leaves files out of snapshots that were made before their exclusion was thought of. Only the directories around what
// is left out are written anew; contents stay where they are until `gc` finds them unreachable.

import { keyOf } from '../check/chunk-copies.ts';
import { fileChunks } from '../check/visit-entries.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { Repository, WriterSession } from '../core/repository.ts';
import { ExcludeScope } from '../create/exclude-scope.ts';
import { matchableText } from '../create/matchable-text.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { entryTypes } from '../format/tree-entry.ts';
import { DirectoryLoader } from '../manifest/directory-loader.ts';
import { carryChunks } from './carry-tree.ts';
import type { ChunkStore } from './chunk-store.ts';
import { commitTransformed, expectThere, type SnapshotContent } from './commit-transformed.ts';
import { type DirectoryReference, type RewrittenTree, rewriteTree, type TreeChange } from './rewrite-tree.ts';
import { expectMayForget } from './tag-snapshots.ts';
import type { TransformedSnapshot, TransformOptions } from './transform-options.ts';
import { TwinSnapshots } from './twin-snapshots.ts';

export type RewriteOptions = TransformOptions & {
  /** As `create` takes them. */
  readonly excludes: readonly string[];
  /** The old snapshots become tombstones. Without it they stay, and the new ones get the tag `rewrite`. */
  readonly forget: boolean;
};

export const rewriteTag = 'rewrite';

/**
 * One result for each of `snapshots`, in their order: `unchanged` where nothing matches. Throws `damaged` where a directory
 * cannot be read (`repair` first), `denied` for an append-only key that is to forget.
 *
 * @example
 * await rewriteSnapshots(repository, snapshots, { host, user, excludes: ['*.iso'], forget: true });
 */
export async function rewriteSnapshots(
  repository: Repository,
  snapshots: readonly Snapshot[],
  options: RewriteOptions,
): Promise<readonly TransformedSnapshot[]> {
  if (options.forget) expectMayForget(repository, 'rewrite snapshots and forget the old ones');
  const results: TransformedSnapshot[] = [];
  const clean = new Set<string>();
  const twins = new TwinSnapshots(repository);
  for (const snapshot of snapshots) {
    options.signal?.throwIfAborted();
    results.push(await rewriteSnapshot(repository, snapshot, { ...options, clean, twins }));
    options.onProgress?.({ done: results.length, total: snapshots.length, chunks: 0, bytes: 0 });
  }
  return results;
}

/** `clean` holds directory objects below which nothing matches, by key, and by path where rules name paths; of all snapshots so far. */
type OneRewrite = RewriteOptions & { readonly clean: Set<string>; readonly twins: TwinSnapshots };

async function rewriteSnapshot(
  repository: Repository,
  snapshot: Snapshot,
  options: OneRewrite,
): Promise<TransformedSnapshot> {
  if (options.dryRun) {
    const { outcome } = await rewriteTree(snapshot.root, excluding(repository, options, undefined));
    return outcome === 'changed' ? { snapshot: snapshot.id } : unchanged(snapshot);
  }
  const { host, user } = options;
  let twin: string | undefined;
  const committed = await commitTransformed(
    repository,
    { purpose: 'rewrite', host, user },
    async (store, session) => {
      await expectThere(repository, snapshot.id);
      const tree = await rewriteTree(snapshot.root, excluding(repository, options, { store, session }));
      if (tree.outcome !== 'changed') return undefined;
      const content = rewritten(snapshot, tree, options);
      twin = options.forget ? await options.twins.find(content) : undefined;
      return twin === undefined ? content : undefined;
    },
  );
  const made = committed ?? twin;
  if (made === undefined) return unchanged(snapshot);
  if (options.forget) await forgetSnapshots(repository, [snapshot.id], { replacedBy: made });
  return { snapshot: snapshot.id, made };
}

function unchanged({ id }: Snapshot): TransformedSnapshot {
  return { snapshot: id, skipped: 'unchanged' };
}

/** Without `writing` it is a dry run: directories are made and thrown away. */
function excluding(
  repository: Repository,
  { excludes, clean, signal }: OneRewrite,
  writing: { readonly store: ChunkStore; readonly session: WriterSession } | undefined,
): TreeChange {
  const scope = ExcludeScope.ofCommand(excludes);
  const loader = new DirectoryLoader(repository);
  const asking = writing !== undefined && writing.session.index.condemnations.length > 0;
  const carry = { source: repository, signal };
  const namesPaths = excludes.some(namesPath);
  const placeOf = (reference: Pick<DirectoryReference, 'fingerprints'>, path: string) => {
    const key = keyOf(reference.fingerprints);
    return namesPaths ? `${key}${path}` : key;
  };
  return {
    storesAll: false,
    sameEverywhere: !namesPaths,
    decide(cursor, path) {
      const isDirectory = cursor.type === entryTypes.directory;
      return scope.decide(matchableText(`/${path}`), isDirectory) === 'excluded' ? 'drop' : 'keep';
    },
    descends: (cursor, path) =>
      asking || cursor.chunkCount === 0 || !clean.has(placeOf({ fingerprints: cursor.fingerprints() }, path)),
    async read(reference) {
      signal?.throwIfAborted();
      if (asking) await carryChunks('manifest', reference.fingerprints, { ...carry, store: writing.store });
      return loader.load(reference);
    },
    async prepare(bytes) {
      if (asking) await carryChunks('data', fileChunks(bytes), { ...carry, store: writing.store });
    },
    unchanged: (reference, path) => clean.add(placeOf(reference, path)),
    store: async (bytes) => (writing === undefined ? new Uint8Array() : writing.store.putDirectory(bytes)),
  };
}

/** Whether a rule depends on where a directory lies, not only on names in it. */
function namesPath(rule: string): boolean {
  return rule.replace(/\/+$/, '').includes('/');
}

function rewritten(
  snapshot: Snapshot,
  tree: Extract<RewrittenTree, { outcome: 'changed' }>,
  { excludes, forget }: RewriteOptions,
): SnapshotContent & { readonly original: string } {
  const { kind: _kind, id, ...content } = snapshot;
  const tags = forget ? snapshot.tags : [...new Set([...snapshot.tags, rewriteTag])];
  return {
    ...content,
    tags,
    excludes: [...new Set([...snapshot.excludes, ...excludes])],
    original: snapshot.original ?? id,
    root: tree.root,
    summary: { ...snapshot.summary, ...tree.summary },
  };
}
