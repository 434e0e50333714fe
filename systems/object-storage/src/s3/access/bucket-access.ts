// What a bucket's configuration means for access, worked out once for each state of it. Most buckets have no document at
// all, and cost nothing here.

import type { CompiledPolicy } from '@cairn/identity';
import type { BucketConfiguration } from '../../core/object-storage.ts';
import { type Acl, isPublicAcl, privateAcl } from './acl.ts';
import { compileBucketPolicy, isPublicPolicy } from './bucket-policy.ts';
import { documentOf, policyDocument } from './documents.ts';
import type { ObjectOwnership } from './object-ownership.ts';
import { noBlock, type PublicAccessBlock } from './public-access-block.ts';

export type BucketAccess = {
  readonly owner: string;
  /** The bucket's policy, as far as it counts; none or one. */
  readonly policies: readonly CompiledPolicy[];
  /** Undefined when it was never set: then the server's default is what counts. */
  readonly ownership: ObjectOwnership | undefined;
  readonly acl: Acl;
  readonly block: PublicAccessBlock;
  /** Whether policy or list let everyone in, as far as they count. */
  readonly isPublic: boolean;
};

const known = new WeakMap<BucketConfiguration, BucketAccess>();

export function bucketAccess(configuration: BucketConfiguration): BucketAccess {
  const found = known.get(configuration);
  if (found !== undefined) return found;
  const access = workedOut(configuration);
  known.set(configuration, access);
  return access;
}

function workedOut(configuration: BucketConfiguration): BucketAccess {
  const { owner, documents } = configuration;
  const block = documentOf(configuration, 'public-access-block') ?? noBlock;
  const acl = documentOf(configuration, 'acl') ?? privateAcl(owner);
  const text = documents[policyDocument];
  const publicPolicy = text !== undefined && isPublicPolicy(text);
  const policy = text === undefined ? undefined : compileBucketPolicy(text);
  return {
    owner,
    policies:
      policy === undefined ? [] : [publicPolicy && block.restrictPublicBuckets ? denials(policy) : policy],
    ownership: documentOf(configuration, 'object-ownership'),
    acl,
    block,
    isPublic: (publicPolicy && !block.restrictPublicBuckets) || (isPublicAcl(acl) && !block.ignorePublicAcls),
  };
}

/** Of a policy that lets everyone in, what is left when public buckets are restricted. */
function denials(policy: CompiledPolicy): CompiledPolicy {
  return { ...policy, statements: policy.statements.filter(({ effect }) => effect === 'Deny') };
}
