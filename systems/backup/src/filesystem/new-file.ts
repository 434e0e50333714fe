// A file that has no name until it is complete: what is found under its name in the target was written to its end, whatever
// was killed meanwhile, and what had the name before is replaced, never written to, so no hard link of it changes.
//
// O_TMPFILE gives such a file, and nothing is left of it when the process dies. Where the file system has none (NFS, some
// FUSE), the file has a temporary name in its directory.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { statusAt } from './file-status.ts';
import { cString, errnoOf } from './libc.ts';
import { currentDirectory, openFlags, type SystemCalls } from './system-calls.ts';

/** Plain data: descriptors are the process's, so another thread may write to it. */
export type NewFile = {
  readonly descriptor: number;
  /** Ends in NUL; undefined when it has none. */
  readonly temporaryName: Uint8Array | undefined;
};

/** What stands before the random part of temporary names, for whoever lists a directory during a restore. */
export const temporaryPrefix = '.cairn-restore-';

const unsupported: ReadonlySet<number> = new Set([
  errnoOf.EOPNOTSUPP,
  errnoOf.EISDIR,
  errnoOf.EINVAL,
  errnoOf.ENOENT,
]);
const temporaryFlags = constants.O_RDWR | constants.O_DIRECTORY | openFlags.temporary | openFlags.closeOnExec;
const namedFlags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

let named = false;

/** Readable and writable, mode 0600. `forceName` is for tests. */
export function createFile(calls: SystemCalls, directory: number, { forceName = false } = {}): NewFile {
  if (!named && !forceName) {
    const descriptor = calls.functions.openat(directory, currentDirectory, temporaryFlags, 0o600);
    if (descriptor >= 0) return { descriptor, temporaryName: undefined };
    named = unsupported.has(calls.errno());
  }
  const temporaryName = newTemporaryName();
  return { descriptor: calls.open(directory, temporaryName, namedFlags, 0o600), temporaryName };
}

/**
 * Gives the file its name and closes it. Without `replace`, false when the name is taken: then the file is gone. Throws, the
 * file gone as well, when a directory has the name.
 */
export function publishFile(
  calls: SystemCalls,
  file: NewFile,
  directory: number,
  name: Uint8Array,
  { replace }: { readonly replace: boolean },
): boolean {
  let published = false;
  try {
    published =
      file.temporaryName === undefined
        ? publishUnnamed(calls, file.descriptor, directory, name, replace)
        : publishNamed(calls, file.temporaryName, directory, name, replace);
    return published;
  } finally {
    if (published) calls.close(file.descriptor);
    else discardFile(calls, file, directory);
  }
}

export function discardFile(calls: SystemCalls, file: NewFile, directory: number): void {
  if (file.temporaryName !== undefined) calls.unlink(directory, file.temporaryName);
  calls.close(file.descriptor);
}

/** Makes something under a temporary name and puts it in the place of what has `name`. */
export function replaceName(
  calls: SystemCalls,
  directory: number,
  name: Uint8Array,
  make: (temporaryName: Uint8Array) => void,
): void {
  const temporaryName = newTemporaryName();
  try {
    make(temporaryName);
    calls.rename(directory, temporaryName, name);
  } catch (error) {
    calls.unlink(directory, temporaryName);
    throw error;
  }
}

function publishUnnamed(
  calls: SystemCalls,
  descriptor: number,
  directory: number,
  name: Uint8Array,
  replace: boolean,
): boolean {
  if (calls.linkOpen(descriptor, directory, name)) return true;
  if (!replace) return false;
  replaceName(calls, directory, name, (temporaryName) => {
    calls.linkOpen(descriptor, directory, temporaryName);
  });
  return true;
}

function publishNamed(
  calls: SystemCalls,
  temporaryName: Uint8Array,
  directory: number,
  name: Uint8Array,
  replace: boolean,
): boolean {
  if (replace) calls.rename(directory, temporaryName, name);
  else {
    const linked = linkIfPossible(calls, temporaryName, directory, name);
    if (linked === 'taken') return false;
    if (linked === 'linked') calls.unlink(directory, temporaryName);
    else calls.rename(directory, temporaryName, name);
  }
  return true;
}

/**
 * FAT, exFAT and many file systems in user space have no hard links, and say so by various errors: there a look has to do, and a name
 * that appears between it and the rename is replaced. It is never followed. A disk that fails otherwise fails the rename, too.
 */
function linkIfPossible(
  calls: SystemCalls,
  temporaryName: Uint8Array,
  directory: number,
  name: Uint8Array,
): 'linked' | 'taken' | 'free' {
  try {
    return calls.link({ directory, name: temporaryName }, directory, name) ? 'linked' : 'taken';
  } catch {
    return statusAt(calls, directory, name) === undefined ? 'free' : 'taken';
  }
}

function newTemporaryName(): Uint8Array {
  return cString(Buffer.from(temporaryPrefix + randomBytes(12).toString('hex')));
}
