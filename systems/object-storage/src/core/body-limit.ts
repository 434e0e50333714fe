// Takes a body into the data store, within the size that the protocol allows.

import { BlobTooLargeError, type DataStore, type StoredBlob, type WriteHooks } from '../data/data-store.ts';
import { ObjectStorageError } from '../errors.ts';
import type { ObjectBody } from './object-body.ts';

/**
 * Throws EntityTooLarge as soon as the body passes `sizeBytesMax`; then, as at every error, nothing is stored. `told` is
 * the limit that the client is told, when the body is larger than what it sent.
 */
export function storedBody(
  data: DataStore,
  body: Pick<ObjectBody, 'chunks' | 'sizeBytes'>,
  { sizeBytesMax, told = sizeBytesMax, onLetGo }: { sizeBytesMax: number; told?: number } & WriteHooks,
): Promise<StoredBlob> {
  const { sizeBytes } = body;
  if ((sizeBytes ?? 0) > sizeBytesMax) return Promise.reject(tooLarge(told));
  return data.write(body.chunks, { sizeBytes, sizeBytesMax, onLetGo }).catch((error: unknown) => {
    throw error instanceof BlobTooLargeError ? tooLarge(told) : error;
  });
}

function tooLarge(sizeBytesMax: number): ObjectStorageError {
  return new ObjectStorageError('EntityTooLarge', {
    message: `Your proposed upload exceeds the maximum allowed size of ${sizeBytesMax} bytes.`,
  });
}
