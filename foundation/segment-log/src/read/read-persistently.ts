// A read that the disk refuses is made again before its bytes are given up: a failure that passes must not make sound records
// damaged.

import { DiskError, type DiskFile } from '@cairn/world';
import { unreadableBlockBytes, unreadableBlocksMax, unreadableReadTries } from '../limits.ts';

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

export type ReadUpTo = {
  readonly bytesRead: number;
  /** Why it ended before the end, where the disk refuses what follows. */
  readonly unreadable?: DiskError;
  /** Blocks around can be read: a bad place, and no disk that has died, from which all may come back. */
  readonly isPlace?: boolean;
};

/**
 * Reads up to the first block that the disk cannot read; else as `DiskFile.read`. Of what follows little is asked for: on a disk that
 * has died every refusal takes its time. Throws DiskError but for `io`.
 */
export async function readUpToUnreadable(
  file: DiskFile,
  into: Uint8Array,
  position: number,
): Promise<ReadUpTo> {
  try {
    return { bytesRead: await file.read(into, position) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  for (let at = 0; at < into.length; ) {
    const toBorder = unreadableBlockBytes - ((position + at) % unreadableBlockBytes);
    const block = into.subarray(at, at + toBorder);
    const bytesRead = await readPersistently(file, block, position + at);
    if (typeof bytesRead !== 'number')
      return { bytesRead: at, unreadable: bytesRead, isPlace: await isReadableAround(file, position + at) };
    at += bytesRead;
    if (bytesRead < block.length) return { bytesRead: at };
  }
  return { bytesRead: into.length };
}

/**
 * Asked in growing steps. What lies behind says more than what lies before, which was read just now and may be in memory; that counts
 * where the bad place may reach to the end of the file.
 */
async function isReadableAround(file: DiskFile, position: number): Promise<boolean> {
  const block = position - (position % unreadableBlockBytes);
  const sizeBytes = await file.sizeBytes();
  const byte = Buffer.alloc(1);
  const isReadable = async (at: number) => (await file.read(byte, at).catch(ifUnreadable)) === 1;
  const steps: number[] = [];
  for (let blocks = 1; blocks <= unreadableBlocksMax; blocks *= 2) steps.push(blocks * unreadableBlockBytes);
  for (const step of steps) if (block + step < sizeBytes && (await isReadable(block + step))) return true;
  if (block + steps.at(-1)! < sizeBytes) return false;
  for (const step of steps) if (block >= step && (await isReadable(block - step))) return true;
  return false;
}

function ifUnreadable(error: unknown): undefined {
  if (!isUnreadable(error)) throw error;
}

/** Whether the disk said that it cannot read what lies there; one that is late, or denies, says nothing of the bytes. */
export function isUnreadable(error: unknown): error is DiskError {
  return error instanceof DiskError && error.code === 'io';
}
