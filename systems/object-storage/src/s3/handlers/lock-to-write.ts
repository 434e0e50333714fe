// What a new version is locked with, as far as its request says so: who sets a lock needs the right to.

import { objectLockOf } from '../../core/object-lock.ts';
import type { BucketConfiguration, ObjectLock } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { requestedLock } from '../headers/object-lock-headers.ts';
import type { S3Request } from './handler.ts';
import { requireDigest } from './required-digest.ts';

type LockRequest = Pick<S3Request, 'bucket' | 'key' | 'headers' | 'access'>;

/** At once for most, who ask for none. Throws InvalidArgument, AccessDenied. */
export function lockToWrite(request: LockRequest): undefined | Promise<ObjectLock> {
  const lock = requestedLock(request.headers);
  return lock === undefined ? undefined : allowedLock(lock, request);
}

async function allowedLock(lock: ObjectLock, { bucket, key, access }: LockRequest): Promise<ObjectLock> {
  const actions = [
    ...(lock.retention === undefined ? [] : ['s3:PutObjectRetention']),
    ...(lock.legalHold === undefined ? [] : ['s3:PutObjectLegalHold']),
  ];
  for (const action of actions) {
    if ((await access.groundOf(action, { bucket, key })) === undefined)
      throw new ObjectStorageError('AccessDenied');
  }
  return lock;
}

/** Bytes that shall be kept for years have to be the right ones. Throws InvalidRequest. */
export function requireDigestOfLocked(
  { headers }: Pick<S3Request, 'headers'>,
  { lock, configuration }: { lock: ObjectLock | undefined; configuration: BucketConfiguration },
): void {
  const setting = objectLockOf(configuration);
  if (lock === undefined && setting?.defaultRetention === undefined) return;
  requireDigest(
    headers,
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  );
}
