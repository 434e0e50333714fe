// CreateBucket. Unlike Amazon's first region, and like all its others, creating one's own bucket again is refused.

import { ObjectStorageError } from '../../errors.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { parseCreateBucketConfiguration } from '../xml/create-bucket-configuration.ts';
import type { Handler, S3Request } from './handler.ts';

export const createBucket: Handler = async (request, { storage, region, account }) => {
  const { bucket } = request;
  requireSupportedHeaders(request.headers);
  const location = await locationConstraint(request);
  if (location !== undefined && location !== '' && location !== region) {
    throw new ObjectStorageError('IllegalLocationConstraintException', {
      message: `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    });
  }
  await storage.createBucket({ bucket, owner: account });
  return { status: 200, headers: { location: `/${bucket}` } };
};

async function locationConstraint(request: S3Request): Promise<string | undefined> {
  if (!request.hasBody) return undefined;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  return bytes.length === 0 ? undefined : parseCreateBucketConfiguration(bytes).locationConstraint;
}
