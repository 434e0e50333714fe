// Owner, extended attributes, mode and mtime of an entry that is held open, in the one order that keeps them all: a change of
// owner clears setuid and file capabilities, an ACL changes the mode, and every one of them but the last may be followed by
// one that changes it.
//
// What cannot be set is told and costs neither the content nor the rest: file systems of other systems have no owners, no modes or no
// attributes, refuse by any error that they like, and the largest attribute that one takes is more than another does (ENOSPC).

import { getSystemErrorName } from 'node:util';
import type { ExtendedAttribute, Timestamp } from '../format/tree-entry.ts';
import { atFlags, cString } from './libc.ts';
import { descriptorPath, type SystemCalls } from './system-calls.ts';

export type Metadata = {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly attributes: readonly ExtendedAttribute[];
};

export type MetadataProblem = {
  readonly kind: 'owner' | 'attributes' | 'mode' | 'time';
  /** What it was to be, and the system's error. */
  readonly detail: string;
};

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
 * Of a file or directory that is open for reading or writing. Returns what could not be set, as this user or the file system
 * does not allow it.
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
  const attributes = metadata.attributes.map((attribute) => writeAttribute(place, attribute));
  // Symlinks have no mode of their own. Whoever could not be made the owner must not be who it runs as.
  const mode = owner === undefined ? metadata.mode : metadata.mode & ~setIdBits;
  const others = [place.isSymlink ? undefined : writeMode(place, mode), writeTime(place, metadata.mtime)];
  return [owner, ...attributes, ...others].filter((problem) => problem !== undefined);
}

function writeOwner(place: Place, { uid, gid }: Metadata): MetadataProblem | undefined {
  const problem = problemOf(place, 'owner', `${uid}:${gid}`, setOwner(place, uid, gid));
  // A group that this user is in can be set.
  if (problem !== undefined) setOwner(place, keep, gid);
  return problem;
}

function setOwner({ calls, descriptor, path }: Place, uid: number, gid: number): number {
  return path === undefined
    ? calls.functions.fchown(descriptor, uid, gid)
    : calls.functions.fchownat(atFlags.currentDirectory, path, uid, gid, 0);
}

function writeMode(place: Place, mode: number): MetadataProblem | undefined {
  const { calls, descriptor, path } = place;
  const result =
    path === undefined
      ? calls.functions.fchmod(descriptor, mode)
      : calls.functions.fchmodat(atFlags.currentDirectory, path, mode, 0);
  return problemOf(place, 'mode', mode.toString(8).padStart(4, '0'), result);
}

function writeAttribute(place: Place, { name, value }: ExtendedAttribute): MetadataProblem | undefined {
  const { calls, descriptor, path } = place;
  const size = BigInt(value.length);
  const result =
    path === undefined
      ? calls.functions.fsetxattr(descriptor, cString(name), value, size, 0)
      : calls.functions.setxattr(path, cString(name), value, size, 0);
  return problemOf(place, 'attributes', Buffer.from(name).toString(), result);
}

/** The time of the last access is left as it is. */
function writeTime(place: Place, { seconds, nanoseconds }: Timestamp): MetadataProblem | undefined {
  times[1] = omitTime;
  times[2] = BigInt(seconds);
  times[3] = BigInt(nanoseconds);
  const { calls, descriptor, path } = place;
  const result =
    path === undefined
      ? calls.functions.futimens(descriptor, times)
      : calls.functions.utimensat(atFlags.currentDirectory, path, times, 0);
  return problemOf(place, 'time', `${seconds} s`, result);
}

/** `result` is that of the call of this place which was the last. */
function problemOf(
  { calls }: Place,
  kind: MetadataProblem['kind'],
  wanted: string,
  result: number,
): MetadataProblem | undefined {
  if (result >= 0) return undefined;
  return { kind, detail: `${wanted}: ${getSystemErrorName(-calls.errno())}` };
}
