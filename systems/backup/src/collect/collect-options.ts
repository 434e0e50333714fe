// What `gc` is asked for and what it answers.

import type { DamagedObject } from '../core/repository.ts';

export type CollectOptions = {
  readonly host: string;
  readonly user: string;
  /** Reports what would be done, writes nothing, and opens no session. */
  readonly dryRun?: boolean;
  /** How much of what is stored may be of no use before packs are rewritten; 5 unless given. 0 to 100. */
  readonly maxUnusedPercent?: number;
  /** Bytes of chunks that are copied in this run at most; no bound unless given. */
  readonly maxRewriteBytes?: number;
  /** Packs below this are merged when there are several; a quarter of the repository's pack size unless given. */
  readonly minPackBytes?: number;
  /** Also rewrites what is sealed under an old epoch's key. */
  readonly reseal?: boolean;
  /** Stops it: the call rejects with the signal's reason. What was done is done, and the next run goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CollectProgress) => void;
};

export type CollectProgress = {
  readonly phase: 'mark' | 'rewrite' | 'delete';
  /** Snapshots, or bytes, or packs. */
  readonly done: number;
  readonly total: number;
};

export type CollectReport = {
  readonly dryRun: boolean;
  readonly snapshots: number;
  readonly chunksReachable: number;
  /** Stored bytes that snapshots need, and those of chunks in packs that nothing needs, as they were found. */
  readonly bytesUsed: number;
  readonly bytesUnused: number;
  /** Live chunks copied to new packs. */
  readonly packsRewritten: number;
  readonly bytesRewritten: number;
  /** The store had no room for what was to be rewritten: only packs that nothing needs went. The next run has more. */
  readonly noRoom: boolean;
  /** Packs that were condemned in this run, and those whose verdict was carried out in it (in a dry run, the former only). */
  readonly packsCondemned: number;
  readonly bytesCondemned: number;
  readonly packsDeleted: number;
  readonly bytesFreed: number;
  /** Packs of condemnations that wait for sessions, and these. */
  readonly packsWaiting: number;
  readonly waits: readonly SessionWait[];
  /** Writers that were taken for dead. */
  readonly sessionsFenced: number;
  /** When there is any, nothing was rewritten, condemned or deleted: it is not known what is needed. `repair` first. */
  readonly damaged: readonly DamagedObject[];
};

export type SessionWait = {
  readonly session: string;
  /** As its record says; undefined where that cannot be read. */
  readonly purpose: string | undefined;
  readonly host: string | undefined;
  readonly user: string | undefined;
  /** Since its last heartbeat, by the store's clock. */
  readonly ageMs: number;
};
