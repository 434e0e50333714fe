// Owner, extended attributes, mode and mtime of an entry that is held open, in the one order that keeps them all: a change of
// owner clears setuid and file capabilities, an ACL changes the mode, and every one of them but the last may be followed by
// one that changes it.

import type { ExtendedAttribute, Timestamp } from '../format/tree-entry.ts';
import { atFlags, cString, errnoOf, systemError } from './libc.ts';
import { descriptorPath, type SystemCalls } from './system-calls.ts';

export type Metadata = {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly attributes: readonly ExtendedAttribute[];
};

/** `owner`: this user may not give files away. `attributes`: not allowed, or not known to this file system. */
export type MetadataProblem = { readonly kind: 'owner' | 'attributes'; readonly detail: string };

const setIdBits = 0o6000;
const keep = 0xffff_ffff;
const omitTime = 0x3fff_fffen;
const times = new BigInt64Array(4);

/** Where metadata is written to: an open file, or one opened with O_PATH, which has to be named. */
type Place = {
  readonly calls: SystemCalls;
  readonly descriptor: number;
  /** Undefined for a file that is open itself. */
  readonly path: Uint8Array | undefined;
  readonly isSymlink: boolean;
};

/**
 * Of a file or directory that is open for reading or writing. Returns what could not be set because this user or the file
 * system does not allow it; any other failure throws the system's error.
 */
export function writeMetadata(
  calls: SystemCalls,
  descriptor: number,
  metadata: Metadata,
): readonly MetadataProblem[] {
  return write({ calls, descriptor, path: undefined, isSymlink: false }, metadata);
}

/** Of anything that was opened with O_PATH. */
export function writeMetadataByPath(
  calls: SystemCalls,
  descriptor: number,
  metadata: Metadata,
  { isSymlink }: { readonly isSymlink: boolean },
): readonly MetadataProblem[] {
  return write({ calls, descriptor, path: descriptorPath(descriptor), isSymlink }, metadata);
}

function write(place: Place, metadata: Metadata): readonly MetadataProblem[] {
  const owner = writeOwner(place, metadata);
  const attributes = metadata.attributes.flatMap((attribute) => writeAttribute(place, attribute) ?? []);
  // Symlinks have no mode of their own. Whoever could not be made the owner must not be who it runs as.
  const mode = owner === undefined ? metadata.mode : metadata.mode & ~setIdBits;
  if (!place.isSymlink) check(place, setMode(place, mode), 'fchmod');
  writeTime(place, metadata.mtime);
  return owner === undefined ? attributes : [owner, ...attributes];
}

function writeOwner(place: Place, { uid, gid }: Metadata): MetadataProblem | undefined {
  if (setOwner(place, uid, gid) === 0) return undefined;
  const errno = place.calls.errno();
  if (errno !== errnoOf.EPERM && errno !== errnoOf.EINVAL)
    throw systemError(errno, 'fchown', new Uint8Array());
  // A group that this user is in can be set.
  setOwner(place, keep, gid);
  return { kind: 'owner', detail: `${uid}:${gid}` };
}

function setOwner({ calls, descriptor, path }: Place, uid: number, gid: number): number {
  return path === undefined
    ? calls.functions.fchown(descriptor, uid, gid)
    : calls.functions.fchownat(atFlags.currentDirectory, path, uid, gid, 0);
}

function setMode({ calls, descriptor, path }: Place, mode: number): number {
  return path === undefined
    ? calls.functions.fchmod(descriptor, mode)
    : calls.functions.fchmodat(atFlags.currentDirectory, path, mode, 0);
}

function writeAttribute(place: Place, { name, value }: ExtendedAttribute): MetadataProblem | undefined {
  const { calls, descriptor } = place;
  const size = BigInt(value.length);
  const result =
    place.path === undefined
      ? calls.functions.fsetxattr(descriptor, cString(name), value, size, 0)
      : calls.functions.setxattr(place.path, cString(name), value, size, 0);
  if (result === 0) return undefined;
  const errno = calls.errno();
  if (!refusals.has(errno)) throw systemError(errno, 'setxattr', name);
  return { kind: 'attributes', detail: Buffer.from(name).toString() };
}

const refusals: ReadonlySet<number> = new Set([
  errnoOf.ENOTSUP,
  errnoOf.EPERM,
  errnoOf.EACCES,
  errnoOf.EINVAL,
]);

/** The time of the last access is left as it is. */
function writeTime(place: Place, { seconds, nanoseconds }: Timestamp): void {
  times[1] = omitTime;
  times[2] = BigInt(seconds);
  times[3] = BigInt(nanoseconds);
  const { calls, descriptor, path } = place;
  const result =
    path === undefined
      ? calls.functions.futimens(descriptor, times)
      : calls.functions.utimensat(atFlags.currentDirectory, path, times, 0);
  check(place, result, 'utimensat');
}

function check({ calls }: Place, result: number, call: string): void {
  if (result < 0) throw systemError(calls.errno(), call, new Uint8Array());
}
