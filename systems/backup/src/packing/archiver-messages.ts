// What the main thread and an archiver (a worker, `packing/archiver-worker.ts`) say to each other. An archiver reads files
// synchronously, cuts, fingerprints, asks the shared table, compresses, seals, packs. It handles at most
// `bytesPerTurn` of source per input, so packs leave it as they fill and its memory is bounded.

import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import type { FingerprintTableHandle } from './fingerprint-table.ts';
import type { PackBuffersHandle } from './pack-buffers.ts';
import type { PackType, SealedPack } from './sealed-pack.ts';

export type ArchiverInit = {
  readonly config: RepositoryConfig;
  readonly keyring: Keyring;
  readonly table: FingerprintTableHandle;
  /** What packs are filled in; whoever stored one gives its memory back. */
  readonly buffers: PackBuffersHandle;
  /** `ask`: answers are given by the main thread (the service); else the table knows all. */
  readonly lookup: 'table' | 'ask';
  /** `dry`: chunks are counted, not compressed or sealed. */
  readonly dry: boolean;
};

export type ArchiverInput =
  /** `encodeFileJobs` of file-batch.ts. */
  | { readonly kind: 'files'; readonly files: Uint8Array }
  /** Goes on with what the last answer left open: a long file, or files whose questions `known` answers. */
  | { readonly kind: 'continue'; readonly known?: Uint8Array }
  /**
   * Content that does not come from a file: standard input, bytes of the manifest. One stream of a type after the other;
   * its answer has it among `files` once `end` came.
   */
  | {
      readonly kind: 'bytes';
      readonly id: number;
      readonly type: PackType;
      readonly bytes: Uint8Array;
      readonly end: boolean;
    }
  /** Gives out packs that are not full. */
  | { readonly kind: 'flush' };

export type FileJob = {
  readonly id: number;
  /** Absolute. */
  readonly path: Uint8Array;
  readonly sizeBytes: number;
  /** As its directory entry was looked at, which saves looking again before a small file is read; 0 where nobody did. */
  readonly mtimeNs?: bigint;
  readonly ctimeNs?: bigint;
};

export type ArchiverOutput = {
  /** Those that were completed: for `decodeArchivedFiles` of file-batch.ts. */
  readonly files: Uint8Array;
  readonly packs: readonly SealedPack[];
  /**
   * There is more: send `continue`. With `questions` (n x 32 bytes) its `known` must hold a byte of 0 or 1 for each; outputs are
   * answered in their order, and before `flush`.
   */
  readonly open: boolean;
  readonly questions?: Uint8Array;
  readonly counts: ArchiverCounts;
};

export type ArchivedFile = {
  readonly id: number;
  readonly sizeBytes: number;
  /** n x 32 bytes. */
  readonly fingerprints: Uint8Array;
  /** `changed`: it changed while it was read, three times; what was read is stored. */
  readonly outcome: 'stored' | 'changed' | 'vanished' | 'unreadable';
  /** The system's code and message, where it could not be read. */
  readonly problem?: string;
  /** Taken from the open file after it was read, so that the entry describes what was read; absent for `bytes`. */
  readonly stat?: FileStatAfter;
};

export type FileStatAfter = {
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  /** 512-byte blocks that it takes: fewer than its size has means holes. */
  readonly blocks: bigint;
};

/** Since the last answer. */
export type ArchiverCounts = {
  readonly bytesRead: number;
  readonly chunks: number;
  readonly chunksNew: number;
  readonly bytesNew: number;
  readonly bytesStored: number;
};
