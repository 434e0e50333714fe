// GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption. Amazon encrypts every bucket since 2023; here a bucket
// without a setting does not, because it costs, and Get says so as Amazon did before.

import { ObjectStorageError } from '../../errors.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { encryptionConfiguration, parseEncryptionConfiguration } from '../xml/encryption-configuration.ts';
import { done, type Handler, noContent, xmlResponse } from './handler.ts';

export const getBucketEncryption: Handler = async ({ bucket }, { storage }) => {
  const encryption = documentOf(await storage.bucketConfiguration({ bucket }), 'encryption');
  if (encryption !== undefined) return xmlResponse(encryptionConfiguration(encryption));
  throw new ObjectStorageError('ServerSideEncryptionConfigurationNotFoundError', { bucket });
};

export const putBucketEncryption: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const encryption = parseEncryptionConfiguration(bytes);
  await storage.configureBucket({ bucket, documents: documentText('encryption', encryption) });
  return done;
};

export const deleteBucketEncryption: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText('encryption', undefined) });
  return noContent;
};
