// GetBucketLogging, PutBucketLogging. There is no deleting: an empty one is put.

import type { BucketConfiguration } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import { documentText } from '../access/documents.ts';
import { granteeOf } from '../access/grantees.ts';
import { mayDeliver } from '../access-log/delivery-right.ts';
import { loggingRulesOf } from '../access-log/logging-rules.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { bucketLoggingStatus, parseBucketLoggingStatus } from '../xml/bucket-logging-status.ts';
import { done, type Handler, type S3Context, xmlResponse } from './handler.ts';

export const getBucketLogging: Handler = async ({ bucket }, { storage }) =>
  xmlResponse(bucketLoggingStatus(loggingRulesOf(await storage.bucketConfiguration({ bucket }))));

export const putBucketLogging: Handler = async (request, context) => {
  const { bucket, access } = request;
  const { storage, account, users } = context;
  const asked = parseBucketLoggingStatus(await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax }));
  if (asked === undefined) {
    await storage.configureBucket({ bucket, documents: documentText('logging', undefined) });
    return done;
  }
  const { targetBucket, targetPrefix, grants } = asked;
  const source = await storage.bucketConfiguration({ bucket });
  const target = await targetOf(targetBucket, context);
  const objectOwnership = access.ownershipOf(bucketAccess(target));
  if (!mayDeliver({ source, target, names: [targetPrefix], account, objectOwnership })) {
    throw new ObjectStorageError('AccessDenied', { message: deliveryDenied });
  }
  if (grants.length > 0 && objectOwnership === 'BucketOwnerEnforced') {
    throw new ObjectStorageError('AccessControlListNotSupported', { bucket: targetBucket });
  }
  const kept: { grantee: string; permission: (typeof grants)[number]['permission'] }[] = [];
  for (const { grantee, permission } of grants)
    kept.push({ grantee: await granteeOf(grantee, users), permission });
  await storage.configureBucket({ bucket, documents: documentText('logging', { ...asked, grants: kept }) });
  return done;
};

const deliveryDenied =
  'The policy of the target bucket has to allow s3:PutObject to the service logging.s3.amazonaws.com, or its list WRITE to the group of log delivery.';

/** Throws InvalidTargetBucketForLogging. */
async function targetOf(bucket: string, { storage }: S3Context): Promise<BucketConfiguration> {
  try {
    return await storage.bucketConfiguration({ bucket });
  } catch (error) {
    if (!(error instanceof ObjectStorageError) || error.status >= 500) throw error;
    throw new ObjectStorageError('InvalidTargetBucketForLogging', {
      fields: { TargetBucket: bucket },
      cause: error,
    });
  }
}
