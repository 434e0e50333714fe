// A start that finds the index of the blobs damaged says what to do: nothing is lost, it can be made anew.

import { SqlError } from '@cairn/engines';
import { ObjectStorageError } from '../errors.ts';

/** Throws ServiceUnavailable where the index is damaged. Not made anew at once: all segments have to be read for it. */
export async function explainingIndex<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof SqlError) || error.code !== 'corrupt') throw error;
    throw new ObjectStorageError('ServiceUnavailable', {
      message: `The index of the blobs is damaged, and nothing can be served without it. \`cairn object-storage repair\` makes it anew from the segments: ${error.message}`,
      cause: error,
    });
  }
}
