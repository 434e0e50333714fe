// Whether a key exists is known only to those who may list the bucket; others are refused as if they might not read it.

import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import type { S3Request } from './handler.ts';

/** Throws AccessDenied in place of NoSuchKey and NoSuchVersion. */
export async function hidingAbsence<Result>(request: S3Request, read: Promise<Result>): Promise<Result> {
  try {
    return await read;
  } catch (error) {
    const action = error instanceof ObjectStorageError ? listingActions[error.code] : undefined;
    if (action !== undefined && !(await maySeeAbsence(request, action))) {
      throw new ObjectStorageError('AccessDenied', { cause: error });
    }
    throw error;
  }
}

/** As if the key was what is listed. */
function maySeeAbsence(request: S3Request, action: string): Promise<boolean> {
  return request.allows(action, { bucket: request.bucket }, { 's3:prefix': request.key });
}

/** Who may list these knows that it is not there. */
const listingActions: { readonly [code in ObjectStorageErrorCode]?: string } = {
  NoSuchKey: 's3:ListBucket',
  NoSuchVersion: 's3:ListBucketVersions',
};
