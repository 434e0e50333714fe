// GetObjectLockConfiguration, PutObjectLockConfiguration. There is no way back: object lock is never switched off.

import { objectLockOf } from '../../core/object-lock.ts';
import { ObjectStorageError } from '../../errors.ts';
import { documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { objectLockConfiguration, parseObjectLockConfiguration } from '../xml/object-lock-configuration.ts';
import { done, type Handler, xmlResponse } from './handler.ts';
import { requireDigest } from './required-digest.ts';

export const getObjectLockConfiguration: Handler = async ({ bucket }, { storage }) => {
  const setting = objectLockOf(await storage.bucketConfiguration({ bucket }));
  if (setting === undefined) throw new ObjectStorageError('ObjectLockConfigurationNotFoundError', { bucket });
  return xmlResponse(objectLockConfiguration(setting));
};

export const putObjectLockConfiguration: Handler = async (request, { storage }) => {
  const { bucket, headers } = request;
  requireDigest(headers);
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const setting = parseObjectLockConfiguration(bytes);
  await storage.configureBucket({ bucket, documents: documentText('object-lock', setting) });
  return done;
};
