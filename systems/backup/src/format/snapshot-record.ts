// What `snapshots/<id>` holds: a snapshot or the fence of a session; and `tombstones/<id>`: that the snapshot is forgotten.

import type { TreeReference } from './tree-entry.ts';

export type SnapshotRecord = Snapshot | { readonly kind: 'fence' } | Tombstone;
export type Tombstone = { readonly kind: 'tombstone'; readonly replacedBy?: string };

export type Snapshot = {
  readonly kind: 'snapshot';
  /** That of the session that committed it: 32 hex digits. */
  readonly id: string;
  /** RFC 3339 with nanoseconds and `Z`. */
  readonly time: string;
  readonly host: string;
  readonly user: string;
  /** Absolute; bytes that are not UTF-8 as `%xx` behind a leading `raw:`. */
  readonly paths: readonly string[];
  readonly tags: readonly string[];
  readonly excludes: readonly string[];
  readonly parent?: string;
  /** The snapshot that this one was made from by `tag`, `rewrite` or `copy`. */
  readonly original?: string;
  /** Where `copy` took it from. */
  readonly copiedFrom?: { readonly repository: string; readonly snapshot: string };
  readonly root: Extract<TreeReference, { kind: 'chunks' }>;
  readonly users: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, string>>;
  readonly summary: SnapshotSummary;
  readonly program: string;
};

export type SnapshotSummary = {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  /** Files that could not be read, or changed while they were. */
  readonly errors: number;
  readonly chunksNew: number;
  /** Bytes that this backup added to the repository, packs and index objects. */
  readonly bytesAdded: number;
  readonly durationMs: number;
};
