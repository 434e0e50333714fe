// `tag`: changes the tags of snapshots. A snapshot is never rewritten: a new one with the same tree is committed, then the old
// one is forgotten, replaced by it (DESIGN.md, "Concurrency").

import { forgetSnapshots } from '../core/forget-snapshots.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { carryTree } from './carry-tree.ts';
import { commitTransformed, expectThere } from './commit-transformed.ts';
import type { TransformedSnapshot, TransformOptions } from './transform-options.ts';
import { TwinSnapshots } from './twin-snapshots.ts';

export type TagChange =
  /** These and no others. */
  | { readonly set: readonly string[] }
  | { readonly add?: readonly string[]; readonly remove?: readonly string[] };

/**
 * One result for each of `snapshots`, in their order. An append-only key may not: `denied`. A crash in between leaves the old
 * and the new one of a snapshot; running it again ends it.
 *
 * @example
 * await tagSnapshots(repository, [snapshot], { host, user, change: { add: ['keep'], remove: ['daily'] } });
 */
export async function tagSnapshots(
  repository: Repository,
  snapshots: readonly Snapshot[],
  options: TransformOptions & { readonly change: TagChange },
): Promise<readonly TransformedSnapshot[]> {
  expectMayForget(repository, 'change tags');
  const results: TransformedSnapshot[] = [];
  const twins = new TwinSnapshots(repository);
  for (const snapshot of snapshots) {
    options.signal?.throwIfAborted();
    results.push(await tagSnapshot(repository, snapshot, { ...options, twins }));
    options.onProgress?.({ done: results.length, total: snapshots.length, chunks: 0, bytes: 0 });
  }
  return results;
}

/** Asked before anything is written, so that no half of a replacement is left. */
export function expectMayForget(repository: Repository, attempted: string): void {
  if (!repository.key.appendOnly) return;
  throw new BackupError('denied', { attempted, detail: 'an append-only key cannot forget the old snapshot' });
}

async function tagSnapshot(
  repository: Repository,
  snapshot: Snapshot,
  options: TransformOptions & { readonly change: TagChange; readonly twins: TwinSnapshots },
): Promise<TransformedSnapshot> {
  const tags = changedTags(snapshot.tags, options.change);
  if (tags.join('\n') === snapshot.tags.join('\n')) return { snapshot: snapshot.id, skipped: 'unchanged' };
  if (options.dryRun) return { snapshot: snapshot.id };
  const { host, user, signal } = options;
  const { kind: _kind, id, ...content } = snapshot;
  const tagged = { ...content, tags, original: snapshot.original ?? id };
  await expectThere(repository, id);
  const made =
    (await options.twins.find(tagged)) ??
    (await commitTransformed(repository, { purpose: 'tag', host, user }, async (store, session) => {
      await expectThere(repository, id);
      if (session.index.condemnations.length > 0)
        await carryTree(snapshot.root, { source: repository, store, signal });
      return tagged;
    }));
  await forgetSnapshots(repository, [id], { replacedBy: made! });
  return { snapshot: snapshot.id, made: made! };
}

/** Each once, in the order in which they came. */
function changedTags(tags: readonly string[], change: TagChange): readonly string[] {
  if ('set' in change) return [...new Set(change.set)];
  const removed = new Set(change.remove);
  return [...new Set([...tags.filter((tag) => !removed.has(tag)), ...(change.add ?? [])])];
}
