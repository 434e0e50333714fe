// GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl.

import type { Grant, ObjectAccess, ObjectInfo } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { type Acl, isPrivateAcl, type Permission, privateAcl } from '../access/acl.ts';
import { type BucketAccess, bucketAccess } from '../access/bucket-access.ts';
import { documentText } from '../access/documents.ts';
import { type RequestedAcl, requestedAcl } from '../access/grant-headers.ts';
import { granteeOf } from '../access/grantees.ts';
import { aclOf, requireAllowed, requireNoAcl } from '../access/new-object-access.ts';
import type { Judge } from '../access/request-access.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { versionHeaders, versionName } from '../headers/version.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { accessControlPolicy, parseAccessControlPolicy } from '../xml/access-control-policy.ts';
import { done, type Handler, type S3Context, type S3Request, xmlResponse } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';

export const getBucketAcl: Handler = async (request, { storage }) => {
  const bucket = bucketAccess(await storage.bucketConfiguration(request));
  const enforced = request.access.ownershipOf(bucket) === 'BucketOwnerEnforced';
  return xmlResponse(accessControlPolicy(bucket.owner, enforced ? privateAcl(bucket.owner) : bucket.acl));
};

export const putBucketAcl: Handler = async (request, context) => {
  const bucket = bucketAccess(await context.storage.bucketConfiguration(request));
  const requested = await newAcl(request, context, { owner: bucket.owner });
  if (request.access.ownershipOf(bucket) === 'BucketOwnerEnforced') {
    requireNoAcl(requested, bucket.owner);
    return done;
  }
  const acl = aclOf(requested, { owner: bucket.owner, bucketOwner: bucket.owner });
  requireAllowed(acl, bucket);
  const document = isPrivateAcl(acl, bucket.owner) ? undefined : acl;
  await context.storage.configureBucket({
    bucket: request.bucket,
    documents: documentText('acl', document),
  });
  return done;
};

export const getObjectAcl: Handler = async (request, { storage }) => {
  const { info, owner, acl } = await objectAcl(request, { storage, permission: 'READ_ACP' });
  return xmlResponse(accessControlPolicy(owner, acl), versionHeaders(info));
};

export const putObjectAcl: Handler = async (request, context) => {
  const { storage } = context;
  const { info, bucket, owner, judge } = await objectAcl(request, { storage, permission: 'WRITE_ACP' });
  const requested = await newAcl(request, context, { owner });
  if (request.access.ownershipOf(bucket) === 'BucketOwnerEnforced') {
    requireNoAcl(requested, bucket.owner);
    return { ...done, headers: versionHeaders(info) };
  }
  await storage.changeAttributes({
    ...versionName(request),
    event: 'ObjectAcl:Put',
    origin: () => request.origin(),
    change(current) {
      judge?.(current);
      return { access: changedAccess(current, { bucket, requested }) };
    },
  });
  return { ...done, headers: versionHeaders(info) };
};

function changedAccess(
  { access }: ObjectInfo,
  { bucket, requested }: { bucket: BucketAccess; requested: RequestedAcl },
): ObjectAccess {
  const owner = access?.owner ?? bucket.owner;
  const acl = aclOf(requested, { owner, bucketOwner: bucket.owner });
  requireAllowed(acl, bucket);
  return { owner: access?.owner, grants: isPrivateAcl(acl, owner) ? undefined : acl };
}

type ObjectAcl = {
  readonly info: ObjectInfo;
  readonly bucket: BucketAccess;
  readonly judge: Judge | undefined;
  readonly owner: string;
  readonly acl: Acl;
};

/** Where lists are switched off, all of a bucket is its owner's alone. */
async function objectAcl(
  request: S3Request,
  { storage, permission }: Pick<S3Context, 'storage'> & { permission: Permission },
): Promise<ObjectAcl> {
  const bucket = bucketAccess(await storage.bucketConfiguration(request));
  const judge = await request.access.judgeOf(request.ground, { bucket: request.bucket, permission });
  const info = await hidingAbsence(request, storage.headObject(versionName(request)));
  judge?.(info);
  const { access } = info;
  const enforced = request.access.ownershipOf(bucket) === 'BucketOwnerEnforced';
  const owner = enforced ? bucket.owner : (access?.owner ?? bucket.owner);
  const grants = enforced ? undefined : access?.grants;
  return { info, bucket, judge, owner, acl: grants ?? privateAcl(owner) };
}

/** From the headers, or from the body: one of them. */
async function newAcl(
  request: S3Request,
  { users }: S3Context,
  { owner }: { owner: string },
): Promise<RequestedAcl> {
  const requested = await requestedAcl(request.headers, users);
  const bytes = request.hasBody
    ? await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax })
    : Buffer.alloc(0);
  if (requested !== undefined) {
    if (bytes.length === 0) return requested;
    throw new ObjectStorageError('UnexpectedContent');
  }
  if (bytes.length === 0) throw new ObjectStorageError('MissingSecurityHeader');
  const policy = parseAccessControlPolicy(bytes);
  // Owners do not change; a client that shows another one is mistaken about what this is.
  if (policy.owner !== owner) throw new ObjectStorageError('AccessDenied');
  const acl: Grant[] = [];
  for (const { grantee, permission } of policy.grants) {
    acl.push({ grantee: await granteeOf(grantee, users), permission });
  }
  return { kind: 'grants', acl };
}
