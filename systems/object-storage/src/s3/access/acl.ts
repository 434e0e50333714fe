// Access control lists: who has which permission on a bucket or an object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html

import type { Grant } from '../../core/object-storage.ts';

export type Acl = readonly Grant[];
export type Permission = Grant['permission'];

const groups = 'http://acs.amazonaws.com/groups/';
export const allUsers = `${groups}global/AllUsers`;
const authenticatedUsers = `${groups}global/AuthenticatedUsers`;
export const logDelivery = `${groups}s3/LogDelivery`;

const knownGroups: readonly string[] = [allUsers, authenticatedUsers, logDelivery];
const publicGroups: readonly string[] = [allUsers, authenticatedUsers];

/** No canonical id looks like one. */
export function isGroup(grantee: string): boolean {
  return grantee.startsWith(groups);
}

export function isKnownGroup(grantee: string): boolean {
  return knownGroups.includes(grantee);
}

export const permissions = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] as const;

/** Also to everyone who has a key: that is public as well, by Amazon's definition. */
export function isPublicAcl(acl: Acl): boolean {
  return acl.some(({ grantee }) => publicGroups.includes(grantee));
}

export function privateAcl(owner: string): Acl {
  return [{ grantee: owner, permission: 'FULL_CONTROL' }];
}

export function isPrivateAcl(acl: Acl, owner: string): boolean {
  return acl.length === 1 && acl[0]!.grantee === owner && acl[0]!.permission === 'FULL_CONTROL';
}

export type Requester = { readonly id: string; readonly anonymous: boolean };

/** Whether a list gives the requester a permission; groups of everyone do not count when they are to be ignored. */
export function grants(
  acl: Acl,
  asked: { requester: Requester; permission: Permission; ignorePublic: boolean },
): boolean {
  const { requester, permission, ignorePublic } = asked;
  const means = (grantee: string): boolean => {
    if (grantee === allUsers) return !ignorePublic;
    if (grantee === authenticatedUsers) return !ignorePublic && !requester.anonymous;
    return !requester.anonymous && grantee === requester.id;
  };
  return acl.some(
    (grant) =>
      (grant.permission === permission || grant.permission === 'FULL_CONTROL') && means(grant.grantee),
  );
}

const toGroup = (grantee: string, ...list: Permission[]): Acl =>
  list.map((permission) => ({ grantee, permission }));

/** Groups stand first and the owner last. `bucket-owner-*` mean only something for objects, `log-delivery-write` for buckets. */
export const cannedAcls = {
  private: ({ owner }) => privateAcl(owner),
  'public-read': ({ owner }) => [...toGroup(allUsers, 'READ'), ...privateAcl(owner)],
  'public-read-write': ({ owner }) => [...toGroup(allUsers, 'READ', 'WRITE'), ...privateAcl(owner)],
  'authenticated-read': ({ owner }) => [...toGroup(authenticatedUsers, 'READ'), ...privateAcl(owner)],
  // Amazon's machine images; there are none here, so nobody more gets anything.
  'aws-exec-read': ({ owner }) => privateAcl(owner),
  'bucket-owner-read': (owners) => withBucketOwner(owners, 'READ'),
  'bucket-owner-full-control': (owners) => withBucketOwner(owners, 'FULL_CONTROL'),
  'log-delivery-write': ({ owner }) => [...toGroup(logDelivery, 'WRITE', 'READ_ACP'), ...privateAcl(owner)],
} as const satisfies Record<string, (owners: AclOwners) => Acl>;

export type CannedAcl = keyof typeof cannedAcls;
export type AclOwners = { readonly owner: string; readonly bucketOwner: string };

export function isCannedAcl(name: string): name is CannedAcl {
  return Object.hasOwn(cannedAcls, name);
}

function withBucketOwner({ owner, bucketOwner }: AclOwners, permission: Permission): Acl {
  const own = privateAcl(owner);
  return owner === bucketOwner ? own : [...own, { grantee: bucketOwner, permission }];
}
