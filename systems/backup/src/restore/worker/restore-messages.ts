// What the main thread and a restore worker (`restore-worker.ts`) say to each other. The main thread walks the manifest and
// reads packs; workers open chunks and do all that touches the target, below one directory that is held open.

import type { MetadataProblem } from '../../filesystem/write-metadata.ts';
import type { Keyring, RepositoryConfig } from '../../format/repository-config.ts';
import type { OverwritePolicy } from '../restore-options.ts';
import type { ChunkBatch } from './chunk-batch.ts';
import type { EntryBatch } from './entry-batch.ts';

export type RestoreWorkerInit = {
  readonly config: RepositoryConfig;
  readonly keyring: Keyring;
  /** A descriptor of the target, which the main thread keeps open. */
  readonly root: number;
  readonly overwrite: OverwritePolicy;
  /** A directory that is in the way of something else may be removed with all below it. */
  readonly delete: boolean;
  readonly verify: boolean;
  readonly dryRun: boolean;
};

/** Paths of directories are relative to the target; names have no NUL. */
export type RestoreInput =
  /** Looks at a directory whose parent existed before, and makes it when it is missing. */
  | {
      readonly kind: 'enter';
      readonly directory: Uint8Array;
      readonly mtime: Mtime;
      /** Its mode is set at the end, so it may change meanwhile. */
      readonly describedLater: boolean;
    }
  /** What is in the places of entries whose directories existed before. */
  | { readonly kind: 'inspect'; readonly entries: EntryBatch }
  | { readonly kind: 'write'; readonly entries: EntryBatch; readonly chunks: ChunkBatch }
  /** A file that comes in pieces: opened, written to by any worker, and closed with its name. */
  | { readonly kind: 'open'; readonly directory: Uint8Array }
  | {
      readonly kind: 'piece';
      readonly descriptor: number;
      readonly offset: number;
      readonly sparse: boolean;
      readonly chunks: ChunkBatch;
      /** Numbers of `chunks`, in the file's order. */
      readonly order: Uint32Array;
    }
  | { readonly kind: 'finish'; readonly file: OpenedFile; readonly entries: EntryBatch }
  | { readonly kind: 'discard'; readonly file: OpenedFile; readonly directory: Uint8Array }
  /** Further names of files, then metadata of directories, all in order. */
  | { readonly kind: 'complete'; readonly links: readonly HardLink[]; readonly directories: EntryBatch }
  | { readonly kind: 'list'; readonly directory: Uint8Array }
  | { readonly kind: 'remove'; readonly directory: Uint8Array; readonly names: readonly Uint8Array[] };

export type Mtime = { readonly seconds: number; readonly nanoseconds: number };
export type OpenedFile = { readonly descriptor: number; readonly temporaryName: Uint8Array | undefined };

export type HardLink = {
  readonly directory: Uint8Array;
  readonly name: Uint8Array;
  readonly from: { readonly directory: Uint8Array; readonly name: Uint8Array };
  /** Of the file that was restored: another in its place is not linked to. */
  readonly inode: bigint;
  readonly replace: boolean;
};

export type RestoreOutput = {
  /** Of `enter`. `kept`: something else is in the way and stays. */
  readonly state?: 'created' | 'existed' | 'kept';
  /** Of `inspect`: a decision for each entry. */
  readonly decisions?: readonly Decision[];
  readonly file?: OpenedFile;
  readonly names?: readonly Uint8Array[];
  /** Entries (or links, then directories) that failed; those not named are done. */
  readonly failures: readonly Failure[];
  /** What was left out of an entry that is restored otherwise. */
  readonly notices: readonly Notice[];
  /** Of files that have further names. */
  readonly inodes: readonly { readonly entry: number; readonly inode: bigint }[];
};

export type Decision = 'create' | 'replace' | 'describe' | 'keep';

export type Failure = {
  readonly entry: number;
  /** `chunk`: its content could not be had. `full`: the target is full, and nothing more was tried. */
  readonly kind: 'chunk' | 'target' | 'full';
  readonly problem: string;
};

export type Notice = {
  readonly entry: number;
  readonly kind: MetadataProblem['kind'];
  readonly detail: string;
};
