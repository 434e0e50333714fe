// Takes a body into the data store, within the size that the protocol allows.

import { BlobTooLargeError, type DataStore, type StoredBlob } from '../data/data-store.ts';
import { ObjectStorageError } from '../errors.ts';
import type { ObjectBody } from './object-body.ts';

/** Throws EntityTooLarge as soon as the body passes `sizeBytesMax`; then, as at every error, nothing is stored. */
export async function storedBody(
  data: DataStore,
  body: ObjectBody,
  { sizeBytesMax }: { sizeBytesMax: number },
): Promise<StoredBlob> {
  const { sizeBytes } = body;
  if ((sizeBytes ?? 0) > sizeBytesMax) throw tooLarge(sizeBytesMax);
  return data.write(body.chunks, { sizeBytes, sizeBytesMax }).catch((error: unknown) => {
    throw error instanceof BlobTooLargeError ? tooLarge(sizeBytesMax) : error;
  });
}

function tooLarge(sizeBytesMax: number): ObjectStorageError {
  return new ObjectStorageError('EntityTooLarge', {
    message: `Your proposed upload exceeds the maximum allowed size of ${sizeBytesMax} bytes.`,
  });
}
