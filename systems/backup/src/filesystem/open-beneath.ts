// Opens a directory by its path below another that is held open, and never one outside: no component may be a symlink, and
// `..` does not lead up. openat2 does it in one call since Linux 5.6; where the kernel or a sandbox refuses it, the path is
// descended name by name.

import { constants } from 'node:fs';
import { cString, errnoOf, systemError } from './libc.ts';
import { currentDirectory, openFlags, type SystemCalls } from './system-calls.ts';

const openat2Number = 437n;
const resolveBeneath = 0x08n;
const resolveNoSymlinks = 0x04n;
const resolveNoMagicLinks = 0x02n;
const howBytes = 24;

/** struct open_how: flags, mode, resolve. */
const how = new BigUint64Array([
  BigInt(constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | openFlags.closeOnExec),
  0n,
  resolveBeneath | resolveNoSymlinks | resolveNoMagicLinks,
]);

const slash = 0x2f;
let refused = false;

/**
 * `path` is relative, names with a slash between; the empty path is the directory itself. Throws the system's error:
 * ELOOP or ENOTDIR for a symlink on the way, ENOENT where a directory is missing.
 */
export function openBeneath(calls: SystemCalls, directory: number, path: Uint8Array): number {
  if (path.length === 0) return calls.openDirectory(directory, currentDirectory);
  if (refused || path.length >= pathBytesMax) return descend(calls, directory, path);
  const result = calls.functions.syscall(
    openat2Number,
    BigInt(directory),
    cString(path),
    how,
    BigInt(howBytes),
    0n,
  );
  if (result >= 0n) return Number(result);
  const errno = calls.errno();
  // EAGAIN: something was renamed meanwhile, and the kernel cannot tell whether it is still beneath.
  refused = errno === errnoOf.ENOSYS || errno === errnoOf.EPERM;
  if (refused || errno === errnoOf.EAGAIN) return descend(calls, directory, path);
  throw systemError(errno, 'openat2', path);
}

/** PATH_MAX; longer paths go name by name. */
const pathBytesMax = 4096;

/** The same with openat alone. */
export function descend(calls: SystemCalls, directory: number, path: Uint8Array): number {
  let held = calls.openDirectory(directory, currentDirectory);
  for (let start = 0; start <= path.length; ) {
    const found = path.indexOf(slash, start);
    const end = found === -1 ? path.length : found;
    const next = step(calls, held, path.subarray(start, end));
    held = next;
    start = end + 1;
  }
  return held;
}

function step(calls: SystemCalls, held: number, name: Uint8Array): number {
  try {
    if (isDotDot(name)) throw systemError(errnoOf.EXDEV, 'openat', name);
    return calls.openDirectory(held, cString(name));
  } finally {
    calls.close(held);
  }
}

function isDotDot(name: Uint8Array): boolean {
  return name.length === 2 && name[0] === 0x2e && name[1] === 0x2e;
}
