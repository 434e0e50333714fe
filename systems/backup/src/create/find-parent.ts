// Which snapshot a backup is compared with.

import type { Repository } from '../core/repository.ts';
import { compareTimes } from '../core/rfc3339.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { CreateOptions } from './create-options.ts';

/** The one that was asked for, or the newest of the same host and paths. `paths` as in the snapshot's record. */
export async function findParent(
  repository: Repository,
  options: Pick<CreateOptions, 'parent' | 'host'>,
  paths: readonly string[],
): Promise<Snapshot | undefined> {
  if (options.parent === 'none') return undefined;
  if (options.parent !== undefined) return options.parent;
  const { snapshots } = await repository.snapshots();
  return snapshots
    .filter((snapshot) => snapshot.host === options.host && isSameSet(snapshot.paths, paths))
    .reduce<Snapshot | undefined>(newer, undefined);
}

function newer(one: Snapshot | undefined, other: Snapshot): Snapshot {
  return one !== undefined && compareTimes(one.time, other.time) > 0 ? one : other;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const other = new Set(right);
  return new Set(left).size === other.size && left.every((path) => other.has(path));
}
