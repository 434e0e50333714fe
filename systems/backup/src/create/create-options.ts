// What a backup is asked to do, and what it says when it is done.

import type { Snapshot, SnapshotSummary } from '../format/snapshot-record.ts';
import type { OpenFingerprintService } from '../service/fingerprint-service.ts';
import type { ExcludeRules, WalkProblem } from './walker-messages.ts';

export type CreateOptions = {
  /** What to back up; relative ones count from `workingDirectory`. Empty only with `stdin`. */
  readonly paths: readonly (string | Uint8Array)[];
  /** Absolute; the process's own when absent. */
  readonly workingDirectory?: string;
  /** One file whose content comes as a stream, as `/name`, in a snapshot of its own. */
  readonly stdin?: { readonly name: string; readonly source: AsyncIterable<Uint8Array> };
  /** Patterns are in gitignore's grammar, and count from any directory unless they begin with `/`. A path of `paths` is taken even if a rule excludes it. */
  readonly excludes?: Partial<ExcludeRules>;
  /** Does not enter directories where another filesystem is mounted: they are kept as empty ones. */
  readonly oneFileSystem?: boolean;
  /** Compare with this snapshot; when absent, with the newest of the same host and paths; `none` reads all files. */
  readonly parent?: Snapshot | 'none';
  readonly host: string;
  readonly user: string;
  readonly tags?: readonly string[];
  /** RFC 3339, UTC. When the backup began, when absent. */
  readonly time?: string;
  /** Reads and compares, and stores nothing. */
  readonly dryRun?: boolean;
  /** Threads that read, cut, compress and seal; one per core when absent. */
  readonly archivers?: number;
  /**
   * Some of the work is done in the calling thread, whose event loop then stands still for up to 40 ms at a time. Saves a thread and its
   * heap, 15 to 20 MB: for programs that have nothing else to do meanwhile. Not when absent.
   */
  readonly inCallingThread?: boolean;
  /** How much of packs is on its way to the store at most, or two packs; it is memory. 32 MiB when absent, which a store nearby needs less of. */
  readonly uploadBytesAtOnce?: number | undefined;
  /** Commands for `/bin/sh -c`. The backup is not begun when `before` fails; `after` runs however it ended. */
  readonly hooks?: { readonly before?: string; readonly after?: string };
  /** Asks a service which chunks are known, for this session, which does not read the index then. */
  readonly openService?: OpenFingerprintService;
  /** Who made the snapshot, as `cairn 0.1.0`. */
  readonly program?: string;
  readonly onProgress?: (progress: CreateProgress) => void;
  /** Stops the backup; what was stored is indexed, so the next one goes on from there. */
  readonly signal?: AbortSignal;
};

/** Totals since the backup began. */
export type CreateProgress = {
  /** Entries met: files of every kind besides directories, directories, and bytes of files. */
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  /** Of those, files whose content is stored or known, and bytes read or known. */
  readonly filesDone: number;
  readonly bytesDone: number;
  readonly bytesUploaded: number;
  readonly errors: number;
  /** Printable path of what was met last. */
  readonly current: string;
};

export type CreateResult = {
  /** Undefined for a dry run. */
  readonly snapshot: Snapshot | undefined;
  readonly summary: SnapshotSummary;
  /** What could not be read, or not as it was at one moment; the snapshot lacks it or says so. */
  readonly problems: readonly WalkProblem[];
  /** What concerns no single file: the hook `after` failed, no extended attributes on this system ... */
  readonly warnings: readonly string[];
};
