// Every other request is authorized before a byte of its body is taken. Where what is asked for stands in the body, an
// anonymous client is read only in a bucket where it may do something.

import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import type { S3Request } from './handler.ts';

/** Throws AccessDenied, NoSuchBucket. */
export async function requireNotShutOut(request: S3Request, storage: ObjectStorage): Promise<void> {
  const { policies, isPublic } = bucketAccess(await storage.bucketConfiguration(request));
  const open = policies.length > 0 || isPublic;
  if (request.principal.type === 'anonymous' && !open) throw new ObjectStorageError('AccessDenied');
}
