// GetBucketTagging, PutBucketTagging, DeleteBucketTagging.

import { ObjectStorageError } from '../../errors.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { bucketTags } from '../tags/tag-set.ts';
import { parseTagging, tagging } from '../xml/tagging.ts';
import { done, type Handler, noContent, xmlResponse } from './handler.ts';

export const getBucketTagging: Handler = async ({ bucket }, { storage }) => {
  const tags = documentOf(await storage.bucketConfiguration({ bucket }), 'tagging');
  if (tags === undefined) throw new ObjectStorageError('NoSuchTagSet', { bucket });
  return xmlResponse(tagging(tags));
};

/**
 * An empty set is none. Answered with 200, as the conformance suite and the syntax in Amazon's reference have it; the example
 * there has 204.
 */
export const putBucketTagging: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const tags = bucketTags(parseTagging(bytes));
  const document = tags.length === 0 ? undefined : tags;
  await storage.configureBucket({ bucket, documents: documentText('tagging', document) });
  return done;
};

export const deleteBucketTagging: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText('tagging', undefined) });
  return noContent;
};
