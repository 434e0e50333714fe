// Told apart where work that has to go on, as upkeep does, meets a disk without room.

import { DiskError } from '@cairn/world';

/** Gives the error of a full disk, as a log tells it or the disk; throws any other. */
export function fullDisk(error: unknown): Error {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof DiskError && at.code === 'full') return error as Error;
  throw error;
}
