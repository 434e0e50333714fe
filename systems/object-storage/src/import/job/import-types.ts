// What an import is asked for, and what it tells. Plain data: it goes through the management routes and into the state file.

/** Of buckets of another S3 server. */
export type ImportRequest = {
  /** `http(s)://HOST[:PORT]` or `s3://` for all buckets, with `/BUCKET[/PREFIX]` for one. */
  readonly from: string;
  /** Which buckets, and what they are called here; all of the source when empty. */
  readonly buckets: readonly { readonly bucket: string; readonly as: string }[];
  /** Name of credentials in the configuration. */
  readonly credentials?: string | undefined;
  /** Goes on with passes until it is stopped or the switch is asked for, and deletes here what is deleted there. */
  readonly follow: boolean;
  /** Versions that move at the same time. */
  readonly jobs: number;
  readonly bytesPerSecond?: number | undefined;
  /** Lists and compares, and changes nothing. */
  readonly dryRun: boolean;
};

export type ImportCounts = {
  /** Versions and delete markers of the source that were looked at. */
  readonly listed: number;
  /** Those that were here already. */
  readonly present: number;
  readonly importedObjects: number;
  readonly importedMarkers: number;
  readonly importedBytes: number;
  /** Deleted here because they were deleted there. */
  readonly removed: number;
  /** Of the imported ones: nothing but their size could be compared. */
  readonly unverified: number;
  /** Of the imported ones: their ids could not be kept. */
  readonly renamedVersions: number;
  readonly failed: number;
  /** Bytes that came, also those of attempts that failed. */
  readonly receivedBytes: number;
};

export type ImportFailure = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly reason: string;
};

export type ImportStateName = 'running' | 'following' | 'done' | 'failed' | 'stopped' | 'waiting';

export type ImportStatus = {
  readonly id: string;
  readonly request: ImportRequest;
  /**
   * `following`: between two passes. `done`: nothing more will happen; some versions may have failed. `failed`: it could not
   * go on. `waiting`: it needs credentials that only the command that began it had.
   */
  readonly state: ImportStateName;
  readonly reason?: string | undefined;
  readonly startedMs: number;
  readonly finishedMs?: number | undefined;
  /** All that the source had when that moment came is here. */
  readonly inSyncMs?: number | undefined;
  /** Passes that ended. */
  readonly passes: number;
  /** What the pass under way is looking at. */
  readonly at?: { readonly bucket: string; readonly key: string } | undefined;
  /** What the source has, when that was counted. */
  readonly total?: { readonly versions: number; readonly bytes: number } | undefined;
  /** Since the import began. */
  readonly counts: ImportCounts;
  /** Of the pass under way or the last one: the first thousand. */
  readonly failures: readonly ImportFailure[];
  /** What was not taken, and what is worth knowing. */
  readonly notices: readonly string[];
};

export const noCounts: ImportCounts = {
  ...{ listed: 0, present: 0, importedObjects: 0, importedMarkers: 0, importedBytes: 0, removed: 0 },
  ...{ unverified: 0, renamedVersions: 0, failed: 0, receivedBytes: 0 },
};
