// Whether a key exists is known only to those who may list the bucket; others are refused as if they might not read it.

import type { ObjectName } from '../../core/object-storage.ts';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import type { S3Request } from './handler.ts';

/** Throws AccessDenied in place of NoSuchKey and NoSuchVersion of `name`: what the request is about, or the source of a copy. */
export async function hidingAbsence<Result>(
  request: S3Request,
  read: Promise<Result>,
  name: ObjectName = request,
): Promise<Result> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof ObjectStorageError) || !isOf(error, name)) throw error;
    const action = listingActions[error.code];
    if (action === undefined || (await maySeeAbsence(request, { action, name }))) throw error;
    throw new ObjectStorageError('AccessDenied', { cause: error });
  }
}

/** A condition on the target of a copy may miss that. */
function isOf({ detail }: ObjectStorageError, { bucket, key }: ObjectName): boolean {
  return detail.key === undefined || (detail.bucket === bucket && detail.key === key);
}

/** As if the key was what is listed. */
function maySeeAbsence(
  request: S3Request,
  { action, name: { bucket, key } }: { action: string; name: ObjectName },
): Promise<boolean> {
  return request.allows(action, { bucket }, { 's3:prefix': key });
}

/** Who may list these knows that it is not there. */
const listingActions: { readonly [code in ObjectStorageErrorCode]?: string } = {
  NoSuchKey: 's3:ListBucket',
  NoSuchVersion: 's3:ListBucketVersions',
};
