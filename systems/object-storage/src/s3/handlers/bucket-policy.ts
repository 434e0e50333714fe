// GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus.

import { ObjectStorageError } from '../../errors.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import { checkBucketPolicy, isPublicPolicy } from '../access/bucket-policy.ts';
import { policyDocument } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { policyStatus } from '../xml/public-access-block.ts';
import { type Handler, noContent, textResponse, xmlResponse } from './handler.ts';

export const getBucketPolicy: Handler = async ({ bucket }, { storage }) => {
  const { documents } = await storage.bucketConfiguration({ bucket });
  const text = documents[policyDocument];
  if (text === undefined) throw new ObjectStorageError('NoSuchBucketPolicy', { bucket });
  return textResponse(text, 'application/json');
};

/** The text is kept as it is, so that clients get back what they put. */
export const putBucketPolicy: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const text = bytes.toString('utf8');
  checkBucketPolicy(text, bucket);
  const { block } = bucketAccess(await storage.bucketConfiguration({ bucket }));
  if (block.blockPublicPolicy && isPublicPolicy(text)) {
    throw new ObjectStorageError('AccessDenied', {
      message: 'The bucket blocks public policies, and this policy lets everyone in.',
    });
  }
  await storage.configureBucket({ bucket, documents: { [policyDocument]: text } });
  return noContent;
};

export const deleteBucketPolicy: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: { [policyDocument]: undefined } });
  return noContent;
};

/** Unlike Amazon, of a bucket without a policy too, and by its list as well: public is public. */
export const getBucketPolicyStatus: Handler = async ({ bucket }, { storage }) => {
  const { isPublic } = bucketAccess(await storage.bucketConfiguration({ bucket }));
  return xmlResponse(policyStatus(isPublic));
};
