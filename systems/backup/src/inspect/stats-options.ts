// What `stats` is asked, and what it answers.

import type { Snapshot } from '../format/snapshot-record.ts';
import type { ChunkCounts } from './chunk-owners.ts';

export const statsModes = ['restore-size', 'files-by-contents', 'raw-data'] as const;
export type StatsMode = (typeof statsModes)[number];

export type RepositoryStats =
  | (SizeStats & { readonly mode: 'restore-size' | 'files-by-contents' })
  | (RawDataStats & { readonly mode: 'raw-data' });

export type SizeStats = {
  readonly snapshots: number;
  readonly files: number;
  readonly bytes: number;
};

export type RawDataStats = ChunkCounts & {
  readonly snapshots: number;
  /** Of all snapshots, as `restore-size` counts. */
  readonly restoreBytes: number;
  /** restoreBytes / rawBytes: how often a byte is used. */
  readonly deduplication: number;
  /** rawBytes / storedBytes. */
  readonly compression: number;
  /** All packs that are there. */
  readonly packs: number;
  readonly packBytes: number;
  /** Chunks that a snapshot needs and no index object knows; see `verify`. */
  readonly chunksMissing: number;
  readonly perSnapshot: readonly SnapshotShare[];
};

export type SnapshotShare = {
  readonly snapshot: string;
  readonly files: number;
  readonly restoreBytes: number;
  /** What no other of the snapshots reaches: what forgetting it would free. */
  readonly unique: ChunkCounts;
};

export type StatsOptions = {
  readonly mode: StatsMode;
  /** All snapshots when absent. */
  readonly snapshots?: readonly Snapshot[];
  readonly signal?: AbortSignal;
};
