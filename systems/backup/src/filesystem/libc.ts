// libc through node:ffi, for what node:fs lacks (extended attributes, device nodes, calls relative to an open directory).
//
// Symbols are looked up in the running process, so it is the libc that Node itself uses, glibc or musl. Elsewhere (macOS),
// or where Node was built without FFI, `libc` is undefined: the caller says once what it cannot do then.

import type * as Ffi from 'node:ffi';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { libcFunctions } from './libc-functions.ts';

export type Libc = {
  readonly functions: ReturnType<typeof openFunctions>;
  /** Of the last call of this thread that failed. Ask before anything else is called. */
  errno(): number;
  /** The text that a pointer points to; undefined for a null pointer. */
  textAt(pointer: bigint): string | undefined;
  /** The pointer that lies where `pointer` points. */
  pointerAt(pointer: bigint): bigint;
};

/** Flags of the calls above, where node:os and node:fs have none. */
export const atFlags = { currentDirectory: -100, noFollow: 0x100, removeDirectory: 0x200 } as const;

let opened: { readonly libc: Libc | undefined } | undefined;

/** This thread's libc; undefined where it cannot be had. */
export function libc(): Libc | undefined {
  opened ??= { libc: open() };
  return opened.libc;
}

/** `bytes` as C takes a path or name: with a NUL behind. */
export function cString(bytes: Uint8Array): Uint8Array {
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

/** What node:fs would throw for a call that failed with `errno`. */
export function systemError(errno: number, call: string, path: Uint8Array): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  const error: NodeJS.ErrnoException = new Error(`${code}: ${call} '${Buffer.from(path).toString()}'`);
  return Object.assign(error, { errno: -errno, code, syscall: call });
}

export const errnoOf = constants.errno;

function open(): Libc | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const ffi = loadFfi();
    const functions = openFunctions(ffi);
    const errnoAt = functions.__errno_location();
    return {
      functions,
      errno: () => ffi.getInt32(errnoAt, 0),
      textAt: (pointer) => (pointer === 0n ? undefined : (ffi.toString(pointer) ?? undefined)),
      pointerAt: (pointer) => ffi.getUint64(pointer, 0),
    };
  } catch {
    return undefined;
  }
}

function openFunctions(ffi: typeof Ffi) {
  return ffi.dlopen(null, libcFunctions).functions;
}

/**
 * Node says at the first use that FFI is experimental, which is nothing that a user of a backup could act on. Only that
 * one warning is kept back: emitWarning is Node's own again before any other code runs.
 */
function loadFfi(): typeof Ffi {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:ffi');
  } finally {
    process.emitWarning = emitWarning;
  }
}
