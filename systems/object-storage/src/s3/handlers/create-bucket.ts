// CreateBucket. Creating one's own bucket again is refused, as in every region of Amazon's but the first, where it does
// nothing; there, one that shall have other settings is refused, so that no client takes it for done.

import type { ConfigurationDocuments, ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { isPrivateAcl } from '../access/acl.ts';
import { documentText } from '../access/documents.ts';
import { requestedAcl } from '../access/grant-headers.ts';
import { aclOf } from '../access/new-object-access.ts';
import { isObjectOwnership } from '../access/object-ownership.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { smallXmlBytesMax } from '../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { bucketTags } from '../tags/tag-set.ts';
import {
  type CreateBucketConfiguration,
  parseCreateBucketConfiguration,
} from '../xml/create-bucket-configuration.ts';
import type { Handler, S3Context, S3Request } from './handler.ts';

export const createBucket: Handler = async (request, context) => {
  const { bucket } = request;
  const { storage, region } = context;
  const { locationConstraint: location, tags } = await configurationOf(request);
  await requireAllowed(request, location);
  requireSupportedHeaders(request.headers);
  if (location !== undefined && location !== '' && location !== region) {
    throw new ObjectStorageError('IllegalLocationConstraintException', {
      message: `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    });
  }
  const owner = request.access.requester.id;
  const settings = await newBucketSettings(request, { context, tags: bucketTags(tags) });
  try {
    await storage.createBucket({ bucket, owner, documents: settings });
  } catch (error) {
    await acceptExisting(error, { bucket, settings, context });
  }
  return { status: 200, headers: { location: `/${bucket}` } };
};

/** As at Amazon there is no such key where the body names no place, as in us-east-1. Throws AccessDenied. */
async function requireAllowed(request: S3Request, location: string | undefined): Promise<void> {
  const keys = { 's3:LocationConstraint': location === '' ? undefined : location };
  if (await request.allows('s3:CreateBucket', { bucket: request.bucket }, keys)) return;
  throw new ObjectStorageError('AccessDenied');
}

/** Ownership, list, object lock and tags, as the request asks. Throws InvalidBucketAclWithObjectOwnership, AccessDenied. */
async function newBucketSettings(
  { headers, access, bucket }: S3Request,
  { context: { users }, tags }: { context: S3Context; tags: readonly ObjectTag[] },
): Promise<ConfigurationDocuments> {
  const ownership = headers['x-amz-object-ownership'];
  if (ownership !== undefined && !isObjectOwnership(ownership)) {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'Invalid x-amz-object-ownership header',
      fields: { ArgumentName: 'x-amz-object-ownership', ArgumentValue: ownership },
    });
  }
  const owner = access.requester.id;
  const acl = aclOf(await requestedAcl(headers, users), { owner, bucketOwner: owner });
  const isPrivate = isPrivateAcl(acl, owner);
  if (!isPrivate && access.ownershipOf({ ownership }) === 'BucketOwnerEnforced') {
    throw new ObjectStorageError('InvalidBucketAclWithObjectOwnership', { bucket });
  }
  const maySet = async (action: string) => access.maySet(action, { bucket }, { makers: access.owns(owner) });
  if (!isPrivate && !(await maySet('s3:PutBucketAcl'))) throw new ObjectStorageError('AccessDenied');
  if (ownership !== undefined && !(await maySet('s3:PutBucketOwnershipControls'))) {
    throw new ObjectStorageError('AccessDenied');
  }
  if (tags.length > 0 && !(await maySet('s3:TagResource'))) throw new ObjectStorageError('AccessDenied');
  return {
    ...(tags.length > 0 && documentText('tagging', tags)),
    ...(ownership !== undefined && documentText('object-ownership', ownership)),
    ...(!isPrivate && documentText('acl', acl)),
    ...(wantsObjectLock(headers) && documentText('object-lock', {})),
  };
}

/** Throws InvalidArgument. */
function wantsObjectLock(headers: RequestHeaders): boolean {
  const value = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new ObjectStorageError('InvalidArgument', {
    fields: { ArgumentName: 'x-amz-bucket-object-lock-enabled', ArgumentValue: value },
  });
}

/** Throws what the core refuses with, unless the bucket is there as this client wants it to be. */
async function acceptExisting(
  error: unknown,
  { bucket, settings, context }: { bucket: string; settings: ConfigurationDocuments; context: S3Context },
): Promise<void> {
  const owned = error instanceof ObjectStorageError && error.code === 'BucketAlreadyOwnedByYou';
  if (!owned || context.region !== 'us-east-1') throw error;
  const { documents } = await context.storage.bucketConfiguration({ bucket });
  const same =
    ['acl', 'object-ownership', 'tagging'].every((name) => documents[name] === settings[name]) &&
    (documents['object-lock'] === undefined) === (settings['object-lock'] === undefined);
  if (!same) throw new ObjectStorageError('BucketAlreadyExists', { bucket });
}

async function configurationOf(request: S3Request): Promise<CreateBucketConfiguration> {
  const none = { locationConstraint: undefined, tags: [] };
  // Nobody who did not sign makes buckets, as at Amazon: no byte of theirs is read.
  if (request.principal.type === 'anonymous') throw new ObjectStorageError('AccessDenied');
  if (!request.hasBody) return none;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  return bytes.length === 0 ? none : parseCreateBucketConfiguration(bytes);
}
