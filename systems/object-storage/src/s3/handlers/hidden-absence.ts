// Whether a key exists is known only to those who may list the bucket; others are refused as if they might not read it.

import { ObjectStorageError } from '../../errors.ts';
import type { S3Request } from './handler.ts';

/** Throws AccessDenied in place of NoSuchKey. */
export async function hidingAbsence<Result>(request: S3Request, read: Promise<Result>): Promise<Result> {
  try {
    return await read;
  } catch (error) {
    const absent = error instanceof ObjectStorageError && error.code === 'NoSuchKey';
    if (absent && !(await request.allows('s3:ListBucket', { bucket: request.bucket }))) {
      throw new ObjectStorageError('AccessDenied', { cause: error });
    }
    throw error;
  }
}
