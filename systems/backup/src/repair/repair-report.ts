// What a repair is asked to do, and what it did.

import type { Finding } from '../check/finding.ts';

export type RepairOptions = {
  readonly host: string;
  readonly user: string;
  /** Nothing is written; the report says what would be. */
  readonly dryRun: boolean;
  /** Read every pack whole to find damaged chunks. Without it only packs whose size or footer is wrong are read. */
  readonly readData: boolean;
  /** Ids of packs to read whole: those that a `verify` named. */
  readonly packs?: readonly string[];
  /** Threads that examine packs; one for each core when absent. */
  readonly workers?: number;
  /** Snapshots that were repaired are replaced: the hurt originals become tombstones. Without it both stay. */
  readonly forget: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RepairProgress) => void;
};

export type RepairProgress = {
  readonly stage: 'objects' | 'packs' | 'snapshots';
  readonly done: number;
  readonly total: number;
};

export type RepairReport = {
  /** What was wrong, as `verify` would name it. */
  readonly findings: readonly Finding[];
  readonly index: {
    /** Packs whose entries were read from their footers, as no index object had them. */
    readonly packsAdded: readonly string[];
    /** Packs that are missing or damaged: their entries were dropped. */
    readonly packsDropped: readonly string[];
    readonly objectsWritten: number;
    readonly objectsRemoved: readonly string[];
  };
  readonly salvage: {
    /** Readable chunks of damaged packs that were stored anew. */
    readonly chunks: number;
    readonly bytes: number;
    /** Chunks of which no copy is readable any more; of packs that are gone, those that hurt a file. */
    readonly chunksLost: number;
  };
  /** Of `config`, the keyring and their second copies those that were hurt or missing, written anew from the other. */
  readonly copiesMended: readonly string[];
  /** Condemnations, their waits and verdicts that were hurt. */
  readonly listsRemoved: readonly string[];
  readonly snapshots: readonly RepairedSnapshot[];
  /** Ids of snapshots whose own object is hurt: nothing leads to their files any more. Forgotten with `forget`. */
  readonly snapshotsLost: readonly string[];
  /** False in a dry run that would add packs to the index: what is lost is known only with them. */
  readonly snapshotsExamined: boolean;
};

export type RepairedSnapshot = {
  readonly snapshot: string;
  /** The id of the repaired copy; absent in a dry run, and where the snapshot's root cannot be read at all. */
  readonly repaired?: string;
  /** The first 20,000 of them. */
  readonly files: readonly RepairedFile[];
};

export type RepairedFile = {
  /** As `manifest/path-text.ts` writes it; directories end with `/`. */
  readonly path: string;
  /** `shortened`: what is readable was joined. `dropped`: nothing of it is readable. `emptied`: a directory. */
  readonly outcome: 'shortened' | 'dropped' | 'emptied';
  readonly bytesLost: number;
};
