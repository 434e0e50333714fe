// The snapshot that a user means: `latest`, an id or the beginning of one.

import { BackupError } from '../errors.ts';
import { idOf, objectName } from '../format/object-names.ts';
import { decodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { Repository } from './repository.ts';
import { listObjects } from './store/list-all.ts';
import { isDamage } from './store/store-error.ts';

/** What is absent lets all through; the rules are restic's. */
export type SnapshotFilter = {
  /** Of one of these. */
  readonly hosts?: readonly string[];
  /** Of all of these, and perhaps of others. */
  readonly paths?: readonly string[];
  /** With all tags of one of these lists; the empty tag stands for having none. */
  readonly tags?: readonly (readonly string[])[];
};

/**
 * `latest` is the youngest that the filter lets through. A forgotten snapshot that another replaced (`tag`, `rewrite`) leads to
 * that one. Throws `no-snapshot`, `ambiguous-snapshot` with the candidates, `damaged` for one that cannot be read.
 *
 * ```ts
 * const snapshot = await resolveSnapshot(repository, 'latest', { hosts: ['laptop'] });
 * ```
 */
export async function resolveSnapshot(
  repository: Repository,
  wanted: string,
  filter: SnapshotFilter = {},
): Promise<Snapshot> {
  const { snapshots, damaged } = await repository.snapshots();
  const attempted = `find snapshot ${wanted}`;
  if (wanted === 'latest') {
    const latest = snapshots.findLast((snapshot) => matches(snapshot, filter));
    if (latest !== undefined) return latest;
    throw new BackupError('no-snapshot', { attempted, ...(damaged[0] && { detail: damaged[0].problem }) });
  }
  const found = snapshots.filter(({ id }) => id.startsWith(wanted));
  const hurt = damaged.filter(
    ({ name }) => wanted !== '' && name.startsWith(objectName('snapshots', wanted)),
  );
  if (wanted === '' || found.length + hurt.length > 1) throw ambiguous(attempted, found, hurt.length);
  if (found[0] !== undefined) return found[0];
  if (hurt[0] !== undefined) throw new BackupError('damaged', { attempted, detail: hurt[0].problem });
  return replacementOf(repository, wanted, { attempted, snapshots });
}

/**
 * The id of the snapshot that `resolveSnapshot` finds, also where the snapshot itself is hurt: it can still be forgotten. Throws as that does,
 * but for `damaged`.
 */
export async function resolveSnapshotId(repository: Repository, wanted: string): Promise<string> {
  try {
    return (await resolveSnapshot(repository, wanted)).id;
  } catch (error) {
    if (!isDamage(error)) throw error;
    const { damaged } = await repository.snapshots();
    const hurt = damaged.flatMap(({ name }) => idOf('snapshots', name) ?? []);
    const [id] = hurt.filter((one) => one.startsWith(wanted));
    if (id === undefined) throw error;
    return id;
  }
}

export function matches(snapshot: Snapshot, filter: SnapshotFilter): boolean {
  const { hosts, paths = [], tags } = filter;
  if (hosts !== undefined && !hosts.includes(snapshot.host)) return false;
  if (!paths.every((path) => snapshot.paths.includes(path))) return false;
  return tags === undefined || tags.some((wanted) => hasTags(snapshot, wanted));
}

/** Whether it has all of them; the empty tag stands for having none. */
export function hasTags({ tags }: Pick<Snapshot, 'tags'>, wanted: readonly string[]): boolean {
  return wanted.every((tag) => (tag === '' ? tags.length === 0 : tags.includes(tag)));
}

/** Follows the tombstones of what was replaced, as far as they lead to a snapshot that is there. */
async function replacementOf(
  repository: Repository,
  wanted: string,
  { attempted, snapshots }: { readonly attempted: string; readonly snapshots: readonly Snapshot[] },
): Promise<Snapshot> {
  const forgotten = (await listObjects(repository.blobs, 'tombstones')).map(({ id }) => id);
  const candidates = forgotten.filter((id) => id.startsWith(wanted));
  if (candidates[0] === undefined) throw new BackupError('no-snapshot', { attempted });
  if (candidates.length > 1)
    throw new BackupError('ambiguous-snapshot', { attempted, detail: list(candidates) });
  const visited = new Set<string>();
  for (let id: string | undefined = candidates[0]; id !== undefined && !visited.has(id); ) {
    visited.add(id);
    const next: string | undefined = await replacedBy(repository, id);
    const found = snapshots.find((snapshot) => snapshot.id === next);
    if (found !== undefined) return found;
    id = next;
  }
  throw new BackupError('no-snapshot', { attempted, detail: `${candidates[0]} was forgotten` });
}

async function replacedBy(repository: Repository, id: string): Promise<string | undefined> {
  const object = objectName('tombstones', id);
  const payload = await repository.objects.read({ kind: 'snapshot', name: object });
  const record = payload && decodeSnapshotRecord(payload, { id, object });
  return record?.kind === 'tombstone' ? record.replacedBy : undefined;
}

const candidatesNamed = 5;

function ambiguous(attempted: string, found: readonly Snapshot[], hurt: number): BackupError {
  const named = list(found.map(({ id, time }) => `${id} of ${time}`));
  const detail = hurt > 0 ? `${named} and ${hurt} that cannot be read` : named;
  return new BackupError('ambiguous-snapshot', { attempted, detail });
}

function list(candidates: readonly string[]): string {
  const more = candidates.length - candidatesNamed;
  return candidates.slice(0, candidatesNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
