// What an entry of a held directory is, through statx: its layout is the same on every machine, and its flags make it look at
// a symlink itself and at an open file by number.
//
//    0 mask  16 links  20 uid  24 gid  28 mode  32 inode  40 size  48 blocks  112 mtime: seconds, 120 ns  136 device: major, minor

import { constants } from 'node:fs';
import { atFlags, errnoOf, systemError } from './libc.ts';
import type { SystemCalls } from './system-calls.ts';

export type FileStatus = {
  readonly type: FileType;
  /** Permission bits, setuid, setgid and sticky bit. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: bigint;
  readonly device: bigint;
  readonly sizeBytes: number;
  readonly mtime: { readonly seconds: number; readonly nanoseconds: number };
};

export type FileType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'fifo'
  | 'character-device'
  | 'block-device'
  | 'socket';

const typeBits = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  fifo: constants.S_IFIFO,
  'character-device': constants.S_IFCHR,
  'block-device': constants.S_IFBLK,
  socket: constants.S_IFSOCK,
} as const satisfies Record<FileType, number>;

const typesByBits = new Map(Object.entries(typeBits).map(([type, bits]) => [bits, type as FileType]));

/** The bits of a mode that say what kind of file it is. */
export function bitsOfType(type: FileType): number {
  return typeBits[type];
}

const statxNumber = process.arch === 'x64' ? 332n : 291n;
const emptyPathFlag = 0x1000;
const basicStats = 0x7ffn;
const status = Buffer.alloc(256);
const noName = Uint8Array.of(0);

/** Of a name in a directory; undefined when there is none. Never follows a symlink. */
export function statusAt(calls: SystemCalls, directory: number, name: Uint8Array): FileStatus | undefined {
  return read(calls, directory, name, atFlags.noFollow);
}

/** Of an open file. */
export function statusOf(calls: SystemCalls, descriptor: number): FileStatus {
  return read(calls, descriptor, noName, emptyPathFlag | atFlags.noFollow)!;
}

function read(
  calls: SystemCalls,
  directory: number,
  name: Uint8Array,
  flags: number,
): FileStatus | undefined {
  const result = calls.functions.syscall(
    statxNumber,
    BigInt(directory),
    name,
    BigInt(flags),
    basicStats,
    status,
  );
  if (result === 0n) return decode();
  const errno = calls.errno();
  if (errno === errnoOf.ENOENT && name.length > 1) return undefined;
  throw systemError(errno, 'statx', name.subarray(0, -1));
}

function decode(): FileStatus {
  const mode = status.readUInt16LE(28);
  return {
    type: typesByBits.get(mode & constants.S_IFMT)!,
    mode: mode & 0o7777,
    links: status.readUInt32LE(16),
    uid: status.readUInt32LE(20),
    gid: status.readUInt32LE(24),
    inode: status.readBigUInt64LE(32),
    device: status.readBigUInt64LE(136),
    sizeBytes: Number(status.readBigUInt64LE(40)),
    mtime: { seconds: Number(status.readBigInt64LE(112)), nanoseconds: status.readUInt32LE(120) },
  };
}
