// Calls on names below a directory that is held open, as functions that throw the system's error. Not one of them follows a
// symlink, and none takes a path of more than one name, so they stay in that directory whatever is planted in it.
//
// They serve restore (DESIGN.md, "Restore"). They need a libc: see `requireSystemCalls`.

import { constants } from 'node:fs';
import { BackupError } from '../errors.ts';
import { atFlags, cString, errnoOf, type Libc, libc, systemError } from './libc.ts';

export const currentDirectory = cString(Uint8Array.of(0x2e));
/** Flags that node:fs does not name; equal on all machines that Node runs on. */
export const openFlags = { path: 0o10000000, closeOnExec: 0o2000000, temporary: 0o20000000 } as const;
const openDirectoryFlags =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | openFlags.closeOnExec;

/** `name` in all of these ends in NUL (`cString`). */
export class SystemCalls {
  readonly #libc: Libc;
  #linksByNumber = true;

  constructor(opened: Libc) {
    this.#libc = opened;
  }

  get functions(): Libc['functions'] {
    return this.#libc.functions;
  }

  /** Of the call that failed last. */
  errno(): number {
    return this.#libc.errno();
  }

  open(directory: number, name: Uint8Array, flags: number, mode = 0): number {
    const safe = flags | constants.O_NOFOLLOW | openFlags.closeOnExec;
    return this.#checked(this.functions.openat(directory, name, safe, mode), 'openat', name);
  }

  openDirectory(directory: number, name: Uint8Array): number {
    return this.#checked(this.functions.openat(directory, name, openDirectoryFlags, 0), 'openat', name);
  }

  close(descriptor: number): void {
    this.functions.close(descriptor);
  }

  /** False when the name is taken. */
  makeDirectory(directory: number, name: Uint8Array, mode: number): boolean {
    return this.#unlessTaken(this.functions.mkdirat(directory, name, mode), 'mkdirat', name);
  }

  /** `mode` with its type. False when the name is taken. */
  makeNode(directory: number, name: Uint8Array, mode: number, device: bigint): boolean {
    return this.#unlessTaken(this.functions.mknodat(directory, name, mode, device), 'mknodat', name);
  }

  /** False when the name is taken. */
  makeSymlink(target: Uint8Array, directory: number, name: Uint8Array): boolean {
    return this.#unlessTaken(this.functions.symlinkat(target, directory, name), 'symlinkat', name);
  }

  /** Another name for an entry; for a symlink itself, not for what it points to. False when the name is taken. */
  link(from: { directory: number; name: Uint8Array }, directory: number, name: Uint8Array): boolean {
    const result = this.functions.linkat(from.directory, from.name, directory, name, 0);
    return this.#unlessTaken(result, 'linkat', name);
  }

  /** A name for an open file that has none (O_TMPFILE). False when the name is taken. */
  linkOpen(descriptor: number, directory: number, name: Uint8Array): boolean {
    return this.#unlessTaken(this.#linkOpen(descriptor, directory, name), 'linkat', name);
  }

  /** By its number where that is allowed, which saves a walk through /proc: to root, and since Linux 6.10 to who opened it. */
  #linkOpen(descriptor: number, directory: number, name: Uint8Array): number {
    if (this.#linksByNumber) {
      const result = this.functions.linkat(descriptor, noName, directory, name, emptyPath);
      if (result === 0 || this.errno() !== errnoOf.ENOENT) return result;
      this.#linksByNumber = false;
    }
    const path = descriptorPath(descriptor);
    return this.functions.linkat(atFlags.currentDirectory, path, directory, name, followSymlink);
  }

  /** In place of what has the name `to`, in the same directory. */
  rename(directory: number, from: Uint8Array, to: Uint8Array): void {
    this.#checked(this.functions.renameat(directory, from, directory, to), 'renameat', to);
  }

  /** No error when there is nothing of the name. */
  unlink(directory: number, name: Uint8Array): void {
    this.#unlessMissing(this.functions.unlinkat(directory, name, 0), 'unlinkat', name);
  }

  removeDirectory(directory: number, name: Uint8Array): void {
    this.#unlessMissing(this.functions.unlinkat(directory, name, atFlags.removeDirectory), 'unlinkat', name);
  }

  #checked(result: number, call: string, name: Uint8Array): number {
    if (result < 0) throw this.#error(call, name);
    return result;
  }

  #unlessTaken(result: number, call: string, name: Uint8Array): boolean {
    if (result === 0) return true;
    if (this.errno() === errnoOf.EEXIST) return false;
    throw this.#error(call, name);
  }

  #unlessMissing(result: number, call: string, name: Uint8Array): void {
    if (result < 0 && this.errno() !== errnoOf.ENOENT) throw this.#error(call, name);
  }

  #error(call: string, name: Uint8Array): Error {
    return systemError(this.errno(), call, name.subarray(0, -1));
  }
}

const followSymlink = 0x400;
const emptyPath = 0x1000;
const noName = Uint8Array.of(0);

/** A name of an open file, whatever it is: also of one opened with O_PATH, be it a symlink. Ends in NUL. */
export function descriptorPath(descriptor: number): Uint8Array {
  return Buffer.from(`/proc/self/fd/${descriptor}\0`);
}

let made: SystemCalls | undefined;

/** This thread's. Throws `target` where there is no libc to call: restoring safely needs openat and its kin. */
export function requireSystemCalls(): SystemCalls {
  if (made !== undefined) return made;
  const opened = libc();
  if (opened === undefined)
    throw new BackupError('target', {
      attempted: 'restore files',
      detail: 'this needs Linux and a Node with node:ffi, to stay within the target',
    });
  made = new SystemCalls(opened);
  return made;
}
