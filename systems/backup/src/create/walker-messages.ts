// What the main thread and the walker (a worker, `create/walker-worker.ts`) say to each other. The walker owns the order of
// the tree: it reads directories, compares with the parent's manifest, gives out files to be read, takes their
// chunks back, and builds the manifest bottom up.

import type { TreeReference, TreeSummary } from '../format/tree-entry.ts';
import type { ArchiverCounts, ArchiverInit } from '../packing/archiver-messages.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';

export type WalkerInit = ArchiverInit & {
  /** Absolute, without `.`, `..` and doubled slashes. */
  readonly paths: readonly Uint8Array[];
  readonly excludes: ExcludeRules;
  readonly parentRoot: Extract<TreeReference, { kind: 'chunks' }> | undefined;
  readonly oneFileSystem: boolean;
  /** How many there are to take what is given out. */
  readonly archivers: number;
};

/** In gitignore's grammar, later rules win; see `create/exclude-rules.ts`. */
export type ExcludeRules = {
  readonly patterns: readonly string[];
  readonly caches: boolean;
  /** Names of files in a directory whose lines are rules for what is below it (`.gitignore`). */
  readonly ignoreFiles: readonly string[];
  readonly largerThanBytes?: number;
};

export type WalkerInput = {
  /** As archivers gave them: each for `decodeArchivedFiles`. */
  readonly results: readonly Uint8Array[];
  /** Raw bytes of chunks of the parent's manifest that the walker asked for; undefined where one cannot be read. */
  readonly chunks: readonly { readonly fingerprint: Uint8Array; readonly bytes: Uint8Array | undefined }[];
};

export type WalkerOutput = {
  readonly jobs: readonly JobBatch[];
  /** Chunks of the parent's manifest wanted next, some ahead of need. */
  readonly wanted: readonly Uint8Array[];
  readonly packs: readonly SealedPack[];
  readonly problems: readonly WalkProblem[];
  /** Of what is done since the last answer. */
  readonly progress: WalkProgress;
  readonly counts: ArchiverCounts;
  /** Nothing more can be done before results or chunks come. */
  readonly blocked: boolean;
  /** At the end, when nothing is open any more. */
  readonly done?: WalkDone;
};

/** Files for one archiver. */
export type JobBatch = {
  /** Of `encodeFileJobs`. */
  readonly files: Uint8Array;
  readonly count: number;
  readonly sizeBytes: number;
};

export type WalkProblem = {
  readonly path: Uint8Array;
  readonly problem: string;
  readonly kind: 'vanished' | 'unreadable' | 'changed' | 'unsupported';
};
export type WalkProgress = {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly filesDone: number;
  readonly bytesDone: number;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  /** What was met last, one byte per character. */
  readonly current: string;
};
export type WalkDone = {
  readonly root: Extract<TreeReference, { kind: 'chunks' }>;
  readonly summary: TreeSummary;
  /** Names of the ids of users and groups that occur. */
  readonly users: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, string>>;
  /** What concerns no single file: what this system cannot tell of any, what of the parent is not understood. */
  readonly warnings: readonly string[];
};
