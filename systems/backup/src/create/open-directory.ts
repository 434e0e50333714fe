// A directory that the walk is in, or whose entries are not all known yet.

import type { TreeEntry } from '../format/tree-entry.ts';
import type { DirectoryBuilder, Slot } from './directory-builder.ts';
import type { EntryStat } from './entry-stat.ts';
import type { DirectoryRules } from './exclude-rules.ts';
import type { StoredDirectory } from './parent-directories.ts';
import type { TargetNode } from './target-tree.ts';

export type OpenDirectory = {
  /** One byte per character, no slash at its end: empty for `/`. */
  readonly path: string;
  /** Undefined for `/`, which is no entry of any directory. */
  readonly place: DirectoryPlace | undefined;
  readonly rules: DirectoryRules;
  readonly node: TargetNode | undefined;
  /** All of it belongs to the backup, not only what `node` names. */
  readonly whole: boolean;
  /** The filesystem of the path that was asked for. */
  readonly device: bigint;
  readonly names: readonly string[];
  /** Index in `names` of the next one to visit. */
  next: number;
  /** Stored directory of the parent that has to come before entries can be compared. */
  awaits: StoredDirectory | undefined;
  builder: DirectoryBuilder | undefined;
  closed: boolean;
};

/** Where a directory goes in the one above, and what is known of it. */
export type DirectoryPlace = {
  readonly above: OpenDirectory;
  readonly name: string;
  readonly slot: Slot;
  readonly stat: EntryStat;
  /** Its entry in the parent snapshot, and which one that is. */
  readonly known: TreeEntry | undefined;
  readonly ordinal: number;
  /** The time when it was looked at, of the clock. */
  readonly sinceMs: number;
};
