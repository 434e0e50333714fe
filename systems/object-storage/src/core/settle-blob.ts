// Tells the data store when the metadata store knows a blob's fate, and what becomes of the blob when that failed.

import { SqlError } from '@cairn/engines';
import { ObjectStorageError } from '../errors.ts';
import type { CoreParts } from './parts.ts';

/**
 * Runs the transaction that decides a blob's fate: it names the blob in a row or puts it into the outbox. When it certainly
 * did neither, the blob is discarded; when nobody knows, it is left for the search after the next start.
 */
export async function settleBlob<T>(
  parts: Pick<CoreParts, 'data' | 'discard'>,
  blob: string,
  transaction: () => Promise<T>,
): Promise<T> {
  try {
    const result = await transaction();
    parts.data.decided(blob);
    return result;
  } catch (error) {
    settleFailed(parts, blob, error);
    throw error;
  }
}

/** After the transaction failed. */
export function settleFailed(parts: Pick<CoreParts, 'data' | 'discard'>, blob: string, error: unknown): void {
  if (certainlyNothingHappened(error)) parts.discard(blob);
  parts.data.leftOpen(blob);
}

/** As the port says. An error of ours was thrown before it was asked. */
function certainlyNothingHappened(error: unknown): boolean {
  if (error instanceof ObjectStorageError) return true;
  return error instanceof SqlError && !error.mayHaveHappened;
}
