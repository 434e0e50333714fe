// A read that the disk refuses is made again before its bytes are given up: a failure that passes must not make sound records
// damaged.

import { DiskError, type DiskFile } from '@cairn/world';
import { unreadableReadTries } from '../limits.ts';

/**
 * The number of bytes that were read, as of `DiskFile.read`; the last DiskError `io` when all tries ended so. Throws every other
 * error.
 */
export async function readPersistently(
  file: DiskFile,
  into: Uint8Array,
  position: number,
): Promise<number | DiskError> {
  for (let triesLeft = unreadableReadTries; ; ) {
    try {
      return await file.read(into, position);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      triesLeft -= 1;
      if (triesLeft === 0) return error;
    }
  }
}

/** Whether the disk said that it cannot read what lies there; one that is late, or denies, says nothing of the bytes. */
export function isUnreadable(error: unknown): error is DiskError {
  return error instanceof DiskError && error.code === 'io';
}
