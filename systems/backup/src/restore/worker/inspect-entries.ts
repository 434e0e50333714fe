// What the target has already, and what the overwrite policy says to it. Nothing is opened: a FIFO or a device is only looked at.

import { type FileStatus, statusAt } from '../../filesystem/file-status.ts';
import { cString } from '../../filesystem/libc.ts';
import type { SystemCalls } from '../../filesystem/system-calls.ts';
import type { OverwritePolicy } from '../restore-options.ts';
import { type DirectoryHandles, splitPath } from './directory-handles.ts';
import type { UnpackedEntry } from './entry-batch.ts';
import type { Decision, Mtime } from './restore-messages.ts';

/** What to do about an entry, given what has its name. */
export function decide(
  status: FileStatus | undefined,
  entry: Pick<UnpackedEntry, 'type' | 'mtime' | 'sizeBytes' | 'hardLink'>,
  policy: OverwritePolicy,
): Decision {
  if (status === undefined) return 'create';
  switch (policy) {
    case 'never':
      return 'keep';
    case 'if-newer':
      return isNewer(entry.mtime, status.mtime) ? 'replace' : 'keep';
    case 'if-changed':
      return isUnchanged(status, entry) ? 'describe' : 'replace';
    case 'always':
      return 'replace';
    default:
      return policy satisfies never;
  }
}

/** One that has other names is replaced: what its metadata is set to would change under those, too. */
function isUnchanged(status: FileStatus, entry: Parameters<typeof decide>[1]): boolean {
  return (
    entry.type === 'file' &&
    status.type === 'file' &&
    status.links === 1 &&
    !entry.hardLink &&
    status.sizeBytes === entry.sizeBytes &&
    status.mtime.seconds === entry.mtime.seconds &&
    status.mtime.nanoseconds === entry.mtime.nanoseconds
  );
}

function isNewer(left: Mtime, right: Mtime): boolean {
  return left.seconds === right.seconds ? left.nanoseconds > right.nanoseconds : left.seconds > right.seconds;
}

export type EnterContext = {
  readonly calls: SystemCalls;
  readonly handles: DirectoryHandles;
  readonly overwrite: OverwritePolicy;
  readonly dryRun: boolean;
};

export type EnteredDirectory = {
  readonly directory: Uint8Array;
  readonly mtime: Mtime;
  /** Its mode is set at the end, so it may change meanwhile. */
  readonly describedLater: boolean;
};

/**
 * A directory whose parent existed before. What is not a directory is replaced by one as the policy says, also a symlink to
 * one: what it points to may be anywhere.
 */
export function enterDirectory(
  { calls, handles, overwrite, dryRun }: EnterContext,
  { directory: path, mtime, describedLater }: EnteredDirectory,
): 'created' | 'existed' | 'kept' {
  const { parent, name: bare } = splitPath(path);
  const within = handles.open(parent);
  const name = cString(bare);
  const status = statusAt(calls, within, name);
  if (status?.type === 'directory') {
    if (describedLater && !dryRun) makeAccessible(calls, within, name, status);
    return 'existed';
  }
  const decision = decide(status, { type: 'directory', mtime, sizeBytes: 0, hardLink: false }, overwrite);
  if (decision === 'keep') return 'kept';
  if (dryRun) return 'created';
  if (decision !== 'create') calls.unlink(within, name);
  return handles.make(path).created ? 'created' : 'existed';
}

/** Whoever is not root needs these bits to write into it. */
function makeAccessible(calls: SystemCalls, within: number, name: Uint8Array, status: FileStatus): void {
  const user = process.geteuid?.();
  if ((status.mode & 0o700) === 0o700 || user === 0 || user !== status.uid) return;
  const descriptor = calls.openDirectory(within, name);
  calls.functions.fchmod(descriptor, status.mode | 0o700);
  calls.close(descriptor);
}

export function inspectEntry(
  { calls, handles, overwrite }: EnterContext,
  directory: Uint8Array,
  entry: UnpackedEntry,
): Decision {
  return decide(statusAt(calls, handles.open(directory), entry.name), entry, overwrite);
}
