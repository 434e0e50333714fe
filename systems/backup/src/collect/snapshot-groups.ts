// A policy is applied to each group of snapshots on its own, so that one host's backups do not push out another's.

import type { Snapshot } from '../format/snapshot-record.ts';

export const groupMembers = ['host', 'paths', 'tags'] as const;
export type GroupMember = (typeof groupMembers)[number];
export const groupByDefault: readonly GroupMember[] = ['host', 'paths'];

export type SnapshotGroup<S extends Pick<Snapshot, GroupMember>> = {
  /** What its snapshots have in common; members that were not asked for are absent. */
  readonly key: Readonly<Partial<Pick<Snapshot, GroupMember>>>;
  readonly snapshots: readonly S[];
};

/** Groups by equal host, set of paths and set of tags, as asked for; in the order in which the groups first occur. */
export function groupSnapshots<S extends Pick<Snapshot, GroupMember>>(
  snapshots: readonly S[],
  by: readonly GroupMember[] = groupByDefault,
): readonly SnapshotGroup<S>[] {
  const groups = new Map<string, { key: SnapshotGroup<S>['key']; snapshots: S[] }>();
  for (const snapshot of snapshots) {
    const key = keyOf(snapshot, by);
    const text = JSON.stringify(key);
    const group = groups.get(text) ?? { key, snapshots: [] };
    group.snapshots.push(snapshot);
    groups.set(text, group);
  }
  return [...groups.values()];
}

function keyOf(
  snapshot: Pick<Snapshot, GroupMember>,
  by: readonly GroupMember[],
): SnapshotGroup<never>['key'] {
  return {
    ...(by.includes('host') && { host: snapshot.host }),
    ...(by.includes('paths') && { paths: [...new Set(snapshot.paths)].toSorted() }),
    ...(by.includes('tags') && { tags: [...new Set(snapshot.tags)].toSorted() }),
  };
}
