// What a restore is asked to do, and what it says when it is done.

export type RestoreOptions = {
  /** A directory, made when it is missing. Nothing outside of it is written, whatever the snapshot or the target holds. */
  readonly target: string;
  /**
   * Absolute path in the snapshot. What is below that directory goes right into the target; any other entry goes there under
   * its own name. The root when absent.
   */
  readonly path?: Uint8Array;
  /** Patterns (`compilePathPattern`) over paths of the snapshot. What matches one comes with all below it; all when empty. */
  readonly includes?: readonly string[];
  /** What matches one is left out, and all below it. */
  readonly excludes?: readonly string[];
  /** What becomes of an entry that the target has already; `always` when absent. */
  readonly overwrite?: OverwritePolicy;
  /** Removes what the target has in restored directories and the snapshot lacks, as far as the patterns select it. */
  readonly delete?: boolean;
  /** Reads every file that was written back and compares it with the snapshot before it gets its name. */
  readonly verify?: boolean;
  /** Writes nothing; the result says what would be done. */
  readonly dryRun?: boolean;
  /** Threads that open chunks and write files; one per core when absent. */
  readonly workers?: number;
  /**
   * Some of the work is done in the calling thread, whose event loop then stands still for up to 100 ms at a time. Saves a thread and its
   * heap, 15 to 20 MB: for programs that have nothing else to do meanwhile. Not when absent.
   */
  readonly inCallingThread?: boolean;
  readonly onProgress?: (progress: RestoreProgress) => void;
  /** Stops the restore: it rejects with the signal's reason. Files under way are discarded. */
  readonly signal?: AbortSignal;
};

/**
 * `always` replaces; `if-changed` leaves a file whose size and mtime are the snapshot's, and sets its metadata; `if-newer`
 * replaces what is older than in the snapshot; `never` leaves everything as it is.
 */
export type OverwritePolicy = 'always' | 'if-changed' | 'if-newer' | 'never';

/** Totals since the restore began. */
export type RestoreProgress = {
  /** Files of every kind besides directories that were written, or would be. */
  readonly files: number;
  readonly directories: number;
  /** Of files: their sizes. */
  readonly bytes: number;
  /** Files that were left as they are. */
  readonly filesKept: number;
  readonly filesDeleted: number;
  readonly problems: number;
};

export type RestoreResult = RestoreProgress & {
  /** What could not be restored, and why; the rest was. At most `problemsMax` of them, `problems` counts all. */
  readonly named: readonly RestoreProblem[];
  /** What concerns many files, once: owners cannot be set by this user, no extended attributes on this file system ... */
  readonly warnings: readonly string[];
};

export type RestoreProblem = { readonly path: Uint8Array; readonly problem: string };

export const problemsMax = 10_000;
