// What `tag`, `rewrite` and `copy` have in common: which snapshots, on whose behalf, and what became of each.

export type TransformOptions = {
  readonly host: string;
  readonly user: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TransformProgress) => void;
};

export type TransformProgress = {
  /** Snapshots. */
  readonly done: number;
  readonly total: number;
  /** Of the snapshot under way: chunks and raw bytes that were stored for it. */
  readonly chunks: number;
  readonly bytes: number;
};

export type TransformedSnapshot = {
  /** Of the snapshot that was given. */
  readonly snapshot: string;
  /** Of the one that was made from it; absent where nothing had to be done, and in a dry run. */
  readonly made?: string;
  /** Why nothing was made, or would be. */
  readonly skipped?: 'unchanged' | 'already-there';
};
