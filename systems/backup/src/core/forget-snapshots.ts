// Forgetting: a tombstone beside each snapshot. What only they referred to goes at a later gc.

import { BackupError } from '../errors.ts';
import { objectName } from '../format/object-names.ts';
import { encodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { Repository } from './repository.ts';
import { inParallel } from './store/in-parallel.ts';
import { onStore } from './store/store-error.ts';

export type ForgetOptions = {
  /** The snapshot that takes the place of the one forgotten; it has been committed. */
  readonly replacedBy?: string;
};

const putsAtOnce = 8;

/**
 * Forgets snapshots by their whole ids. Of one that is forgotten already nothing changes. Throws `denied` for an append-only key,
 * `no-snapshot` before anything was forgotten, `store` when some may have been.
 */
export async function forgetSnapshots(
  repository: Repository,
  ids: readonly string[],
  options: ForgetOptions = {},
): Promise<void> {
  const attempted = `forget ${ids.length === 1 ? `snapshot ${ids[0]}` : `${ids.length} snapshots`}`;
  if (repository.key.appendOnly) {
    throw new BackupError('denied', { attempted, detail: `key ${repository.key.id} may only add` });
  }
  await inParallel(ids, putsAtOnce, async (id) => {
    const name = objectName('snapshots', id);
    const info = await onStore(attempted, () => repository.blobs.head(name));
    if (info === undefined) throw new BackupError('no-snapshot', { attempted, detail: id });
  });
  const payload = encodeSnapshotRecord({
    kind: 'tombstone',
    ...(options.replacedBy !== undefined && { replacedBy: options.replacedBy }),
  });
  await inParallel(ids, putsAtOnce, async (id) => {
    await repository.objects.putIfAbsent({ kind: 'snapshot', name: objectName('tombstones', id) }, payload);
  });
}
