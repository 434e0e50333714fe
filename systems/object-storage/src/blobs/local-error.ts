// What object storage throws, as an error of the blobs port.

import { BlobsError, type BlobsErrorCode } from '@cairn/engines';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../errors.ts';

const codes: Partial<Record<ObjectStorageErrorCode, BlobsErrorCode>> = {
  NoSuchBucket: 'no-bucket',
  KeyTooLongError: 'invalid-name',
  InsufficientStorage: 'full',
  EntityTooLarge: 'full',
  ServiceUnavailable: 'unavailable',
};

/** Anything that is no expected failure passes through as it is. */
export function toBlobsError(error: unknown, attempted: string): unknown {
  if (!(error instanceof ObjectStorageError)) return error;
  const detail = `${error.code}: ${error.message}`;
  return new BlobsError(codes[error.code] ?? 'failed', { attempted, detail, cause: error });
}

/** The promise's outcome, with the errors of the port. */
export async function onStorage<T>(attempted: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toBlobsError(error, attempted);
  }
}

/** The outcome, or undefined when there is no such object. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ObjectStorageError && error.code === 'NoSuchKey') return undefined;
    throw error;
  }
}
