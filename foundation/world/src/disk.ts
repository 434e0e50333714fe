// Files as a core sees them, with the promises POSIX really makes and no others:
//
// - A write is durable only after `sync` of its file; until then a crash keeps any subset of its sectors.
// - A name (created, renamed, removed) is durable only after `syncDirectory` of its folder.
// - After a failed `sync` nothing is known about the unsynced bytes: the owner must not sync again and hope, it has to
//   stop writing to that file (PostgreSQL's fsync lesson of 2018).
// - Reads may fail (EIO), writes may fail (EIO, ENOSPC), and bits may rot; a read never lies about its length.
//
// Paths are absolute or relative to the process's working folder, with `/` between names.

export type Disk = {
  /** Opens a file. Fails with `not-found` (read, write) or `exists` (create). */
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Names in a folder, sorted by code point; empty when the folder does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** Creates the folder and its parents, durably; succeeds when it exists. */
  makeDirectory(directory: string): Promise<void>;
  /** Replaces `to` atomically. Durable after `syncDirectory`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; fails with `not-found`. Durable after `syncDirectory`. */
  remove(path: string): Promise<void>;
  syncDirectory(directory: string): Promise<void>;
  /** Undefined when there is no such file. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Bytes that may still be written to the file system of `directory`. */
  freeBytes(directory: string): Promise<number>;
  /**
   * Takes the folder for this process until release or its death; undefined when it is held, by this process or
   * another. Leaves a file named `directoryLockName` in the folder, which nothing else may touch.
   */
  lockDirectory(directory: string): Promise<DirectoryLock | undefined>;
};

/** `read`: read only. `write`: read and write an existing file. `create`: a new file, read and write. */
export type OpenMode = 'read' | 'write' | 'create';

export type FileStat = { readonly sizeBytes: number; readonly modifiedMs: number };

/** The file that `lockDirectory` makes and keeps locked; it shows in `list`. */
export const directoryLockName = 'lock.sqlite';

export type DirectoryLock = { release(): Promise<void> };

export type DiskFile = {
  readonly path: string;
  /** Fills `into` from `position`; returns the bytes read, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * The same on the calling thread. Only for what is likely in the page cache and at most 64 KiB: the blueprint allows
   * it on the loop that serves sockets where it measurably wins, and the owner's DESIGN.md says what a slow disk does.
   */
  readNow(into: Uint8Array, position: number): number;
  /**
   * What memory has of the same, on the calling thread: never waits for the disk. The bytes that `into` has from its start;
   * fewer than `read` would give when the others are not at hand, and 0 where none is or nobody can tell. Tells of no error:
   * `read` does. For some 256 KiB on the loop that serves sockets: 25 us.
   */
  readCached(into: Uint8Array, position: number): number;
  /** Writes all buffers one after the other from `position` (they must not change until it resolves), or fails. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /**
   * The same on the calling thread, into the page cache: of a few KiB, while no sync of the file is under way, since a write
   * waits for that. The owner's DESIGN.md says what a slow disk does.
   */
  writeNow(buffers: readonly Uint8Array[], position: number): void;
  /** Makes all completed writes and the size durable (fdatasync). */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  /** Idempotent. Does not sync. */
  close(): Promise<void>;
};
