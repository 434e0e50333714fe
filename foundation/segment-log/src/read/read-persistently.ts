// A read that the disk refuses is made again before its bytes are given up: a failure that passes must not make sound records
// damaged.

import { DiskError, type DiskFile } from '@cairn/world';
import { unreadableBlockBytes, unreadableReadTries } from '../limits.ts';

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

/**
 * Reads up to the first block that the disk cannot read, which is named then; else as `DiskFile.read`. Nothing behind it is asked
 * for: on a disk that has died every refusal takes its time. Throws every other DiskError.
 */
export async function readUpToUnreadable(
  file: DiskFile,
  into: Uint8Array,
  position: number,
): Promise<{ readonly bytesRead: number; readonly unreadable: DiskError | undefined }> {
  try {
    return { bytesRead: await file.read(into, position), unreadable: undefined };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  for (let at = 0; at < into.length; ) {
    const toBorder = unreadableBlockBytes - ((position + at) % unreadableBlockBytes);
    const block = into.subarray(at, at + toBorder);
    const bytesRead = await readPersistently(file, block, position + at);
    if (typeof bytesRead !== 'number') return { bytesRead: at, unreadable: bytesRead };
    at += bytesRead;
    if (bytesRead < block.length) return { bytesRead: at, unreadable: undefined };
  }
  return { bytesRead: into.length, unreadable: undefined };
}

/** Whether the disk said that it cannot read what lies there; one that is late, or denies, says nothing of the bytes. */
export function isUnreadable(error: unknown): error is DiskError {
  return error instanceof DiskError && error.code === 'io';
}
