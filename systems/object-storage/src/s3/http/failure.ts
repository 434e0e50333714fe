// Whatever was thrown, as an error that S3 knows. Errors of the layers below that the core lets through are few and of
// known kinds; anything else is ours to explain, to the operator and not to the client.

import { SqlError } from '@cairn/engines';
import { DiskError } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';

export function failureOf(error: unknown): ObjectStorageError {
  if (error instanceof ObjectStorageError) return error;
  return new ObjectStorageError(codeOf(error), { cause: error });
}

function codeOf(error: unknown): 'InsufficientStorage' | 'ServiceUnavailable' | 'InternalError' {
  if (error instanceof DiskError || error instanceof SqlError) {
    if (error.code === 'full') return 'InsufficientStorage';
  }
  // Also those of identity and of other systems: they say so themselves.
  return isRetryable(error) ? 'ServiceUnavailable' : 'InternalError';
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
