// An entry on its way to a worker, and the directory that it goes to.

import type { TreeEntry } from '../../format/tree-entry.ts';
import { joinPath } from '../../manifest/join-path.ts';

export type RestoreDirectory = {
  /** In the snapshot, absolute; empty for the root. */
  readonly path: Uint8Array;
  /** In the target, relative; empty for the target itself. */
  readonly relative: Uint8Array;
  readonly parent: RestoreDirectory | undefined;
  /** Undefined for the target itself. */
  readonly entry: TreeEntry | undefined;
  readonly selected: boolean;
  /**
   * `fresh`: made by this restore, so nothing is in the way in it. `existed`: was there before. `refused`: something is in its place
   * that stays, or it cannot be made. `unknown`: on the way to something that may be selected, not looked at yet.
   */
  status: 'unknown' | 'fresh' | 'existed' | 'refused';
  /** Of all entries the snapshot has in it, when what it lacks is to be removed. */
  readonly names: Set<string> | undefined;
};

export type RestoreItem = { readonly directory: RestoreDirectory; readonly entry: TreeEntry };

export function itemPath({ directory, entry }: RestoreItem): Uint8Array {
  return joinPath(directory.path, entry.name);
}

/** Below the target, whose own path is empty. */
export function joinRelative(directory: Uint8Array, name: Uint8Array): Uint8Array {
  return directory.length === 0 ? Uint8Array.from(name) : joinPath(directory, name);
}
