// Errors of object storage as the management API tells them.

import { ApiError, type ApiErrorCode } from '@cairn/service';
import { ObjectStorageError } from '../errors.ts';

export async function explained<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (!(error instanceof ObjectStorageError)) throw error;
    throw new ApiError(apiCodeOf(error), error.message, { cause: error });
  }
}

/** By status: the management API needs fewer distinctions than S3 makes. */
function apiCodeOf(error: ObjectStorageError): ApiErrorCode {
  switch (error.status) {
    case 404:
      return 'not-found';
    case 503:
      return 'unavailable';
    case 507:
      return 'no-space';
    default:
      return error.status < 500 ? 'invalid-request' : 'internal';
  }
}
