// What the file system says, as an error of the port.

import { BlobsError, type BlobsErrorCode } from '../blobs-error.ts';

const codes: Readonly<Record<string, BlobsErrorCode>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'unavailable',
  ESTALE: 'unavailable', // a network file system went away
  ENOTDIR: 'invalid-url',
  EEXIST: 'invalid-url', // a file where the folder should be
};

/** Runs calls of node:fs; what they throw becomes a `BlobsError`. */
export async function onFileSystem<T>(attempted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toBlobsError(error, attempted);
  }
}

export function toBlobsError(error: unknown, attempted: string): unknown {
  const code = errorCodeOf(error);
  if (code === undefined) return error; // not the file system's
  const detail = (error as Error).message;
  return new BlobsError(codes[code] ?? 'failed', { attempted, detail, cause: error });
}

/**
 * Of bytes of an open file: where the disk cannot read them all other blobs may be sound, so that is `unreadable` and not a store that
 * is away.
 */
export function toReadError(error: unknown, attempted: string): unknown {
  if (errorCodeOf(error) !== 'EIO') return toBlobsError(error, attempted);
  return new BlobsError('unreadable', { attempted, detail: (error as Error).message, cause: error });
}

/** The system's error code (`ENOENT`); undefined for any other error. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Undefined when the call failed because there is no such file. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
