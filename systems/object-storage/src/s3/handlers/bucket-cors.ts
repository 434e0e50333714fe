// GetBucketCors, PutBucketCors, DeleteBucketCors.

import { ObjectStorageError } from '../../errors.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { corsConfiguration, parseCorsConfiguration } from '../xml/cors-configuration.ts';
import { done, type Handler, noContent, xmlResponse } from './handler.ts';

export const getBucketCors: Handler = async ({ bucket }, { storage }) => {
  const rules = documentOf(await storage.bucketConfiguration({ bucket }), 'cors');
  if (rules === undefined) throw new ObjectStorageError('NoSuchCORSConfiguration', { bucket });
  return xmlResponse(corsConfiguration(rules));
};

export const putBucketCors: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  await storage.configureBucket({ bucket, documents: documentText('cors', parseCorsConfiguration(bytes)) });
  return done;
};

export const deleteBucketCors: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText('cors', undefined) });
  return noContent;
};
