// What is kept beside the bytes of an object that a request writes: what its headers say, who owns it, who may reach it.

import type { ObjectAccess, ObjectAttributes, ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { replicaHeader } from '../../replication/s3-replica-headers.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import { asksForAcl, requestedAcl } from '../access/grant-headers.ts';
import { newObjectAccess } from '../access/new-object-access.ts';
import { objectAttributes } from '../headers/object-attributes.ts';
import { asksForLock } from '../headers/object-lock-headers.ts';
import { replicationToWrite } from '../headers/replica.ts';
import { storageClassOf } from '../headers/storage-class.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { taggingHeader, taggingOf } from '../tags/tagging-header.ts';
import type { S3Context, S3Request } from './handler.ts';
import { lockToWrite } from './lock-to-write.ts';

/** What of a request says what it writes. */
export type WriteRequest = Pick<S3Request, 'bucket' | 'key' | 'headers' | 'access' | 'ground'>;

/** Throws what headers that ask for something that is not there deserve. At once for most. */
export function attributesToWrite(
  request: WriteRequest,
  context: S3Context,
): ObjectAttributes | Promise<ObjectAttributes> {
  requireSupportedHeaders(request.headers);
  const attributes = objectAttributes(request.headers);
  if (asksForMore(request)) return attributesAskedFor(request, { attributes, context });
  const storageClass = storageClassOf(request.headers, context.storage.placedClasses);
  return { ...attributes, access: undefined, tags: undefined, lock: undefined, storageClass };
}

/** For what has to be allowed, or looked up. Hardly any does, and each promise would be paid by every put. */
function asksForMore({ headers, ground }: WriteRequest): boolean {
  return (
    headers[taggingHeader] !== undefined ||
    headers[replicaHeader] !== undefined ||
    asksForLock(headers) ||
    !isOwnersAlone({ headers, ground })
  );
}

async function attributesAskedFor(
  request: WriteRequest,
  { attributes, context }: { attributes: ObjectAttributes; context: S3Context },
): Promise<ObjectAttributes> {
  const tags = await tagsToWrite(request);
  const lock = await lockToWrite(request);
  const storageClass = storageClassOf(request.headers, context.storage.placedClasses);
  const access = await accessToWrite(request, context);
  const written = { ...attributes, access, tags, lock, storageClass };
  if (request.headers[replicaHeader] === undefined) return written;
  return { ...written, replication: await replicationToWrite(request) };
}

/** Whoever gives an object tags has to be allowed that too. Undefined for none. */
export function tagsToWrite(request: WriteRequest): undefined | Promise<readonly ObjectTag[]> {
  const tags = taggingOf(request.headers);
  return tags === undefined ? undefined : allowedTags(tags, request);
}

async function allowedTags(
  tags: readonly ObjectTag[],
  { bucket, key, access }: WriteRequest,
): Promise<readonly ObjectTag[]> {
  if (await access.groundOf('s3:PutObjectTagging', { bucket, key })) return tags;
  throw new ObjectStorageError('AccessDenied');
}

/** Throws AccessDenied also for who may write, and may not let others in to what he writes. */
export function accessToWrite(
  request: WriteRequest,
  context: S3Context,
): undefined | Promise<ObjectAccess | undefined> {
  return isOwnersAlone(request) ? undefined : allowedAccess(request, context);
}

/** What the bucket's owner, or the account, writes without a list is his: nothing to keep, nothing to ask. */
function isOwnersAlone({ headers, ground }: Pick<WriteRequest, 'headers' | 'ground'>): boolean {
  return (ground === 'account' || ground === 'owner') && !asksForAcl(headers);
}

async function allowedAccess(
  { bucket: name, key, headers, access, ground }: WriteRequest,
  { storage, users }: S3Context,
): Promise<ObjectAccess | undefined> {
  const requested = await requestedAcl(headers, users);
  const bucket = bucketAccess(await storage.bucketConfiguration({ bucket: name }));
  const ownership = access.ownershipOf(bucket);
  // Every operation that writes an object names the action that lets it, so there is a ground.
  const writer = { ...access.requester, ground: ground ?? 'acl' };
  const object = newObjectAccess({ ...bucket, ownership }, { writer, requested });
  if (object?.grants === undefined) return object;
  // At Amazon what anonymous clients write is theirs; where a list lets them write they choose its list here too.
  const makers = access.owns(object.owner ?? bucket.owner) || (ground === 'acl' && writer.anonymous);
  const { policies } = bucket;
  if (await access.maySet('s3:PutObjectAcl', { bucket: name, key }, { makers, policies })) return object;
  throw new ObjectStorageError('AccessDenied');
}
