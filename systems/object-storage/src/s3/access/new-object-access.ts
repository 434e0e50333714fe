// Who will own an object that is about to be written, and who may reach it: decided by the bucket's ownership setting,
// what the request asks for, and on what ground the writer was let in.
//
//   let in by                         the object belongs to
//   a policy of identity, as root     the bucket's owner: he writes for the account
//   ownership of the bucket           the same
//   the bucket's policy, its list     the writer, unless the bucket's ownership setting says else;
//                                     what an anonymous client writes, to the bucket's owner: nobody else could see to it

import type { ObjectAccess } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { type Acl, type AclOwners, cannedAcls, isPrivateAcl, isPublicAcl } from './acl.ts';
import type { BucketAccess } from './bucket-access.ts';
import type { RequestedAcl } from './grant-headers.ts';
import type { ObjectOwnership } from './object-ownership.ts';
import type { Ground } from './request-access.ts';

export type Writer = { readonly id: string; readonly anonymous: boolean; readonly ground: Ground };

type Bucket = BucketAccess & { readonly ownership: ObjectOwnership };

/** Undefined when the bucket's owner has it alone. Throws AccessControlListNotSupported, AccessDenied. */
export function newObjectAccess(
  bucket: Bucket,
  { writer, requested }: { writer: Writer; requested: RequestedAcl | undefined },
): ObjectAccess | undefined {
  if (bucket.ownership === 'BucketOwnerEnforced') {
    requireNoAcl(requested, bucket.owner);
    return undefined;
  }
  const owner = ownerOf(bucket, writer, requested);
  const acl = aclOf(requested, { owner, bucketOwner: bucket.owner });
  requireAllowed(acl, bucket);
  const grants = isPrivateAcl(acl, owner) ? undefined : acl;
  if (owner === bucket.owner) return grants && { grants };
  return { owner, grants };
}

function ownerOf(bucket: Bucket, writer: Writer, requested: RequestedAcl | undefined): string {
  const stranger = !writer.anonymous && (writer.ground === 'policy' || writer.ground === 'acl');
  if (!stranger) return bucket.owner;
  const given = requested?.kind === 'canned' && requested.name === 'bucket-owner-full-control';
  return given && bucket.ownership === 'BucketOwnerPreferred' ? bucket.owner : writer.id;
}

/** What a request asks for, of an object or bucket that has these owners; private when it asks for nothing. */
export function aclOf(requested: RequestedAcl | undefined, owners: AclOwners): Acl {
  if (requested?.kind === 'grants') return requested.acl;
  return cannedAcls[requested?.name ?? 'private'](owners);
}

/** Where lists are switched off, one that says what holds anyway is let pass. Throws AccessControlListNotSupported. */
export function requireNoAcl(requested: RequestedAcl | undefined, bucketOwner: string): void {
  if (requested === undefined) return;
  if (requested.kind === 'canned' && requested.name === 'bucket-owner-full-control') return;
  if (requested.kind === 'grants' && isPrivateAcl(requested.acl, bucketOwner)) return;
  throw new ObjectStorageError('AccessControlListNotSupported');
}

/** Throws AccessDenied for a list that the bucket's block of public access refuses. */
export function requireAllowed(acl: Acl, { block }: Pick<BucketAccess, 'block'>): void {
  if (block.blockPublicAcls && isPublicAcl(acl)) throw new ObjectStorageError('AccessDenied');
}
