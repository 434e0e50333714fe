// Reads of settings that every bucket has at their defaults.

import { accessControlPolicy, locationConstraint, versioningConfiguration } from '../xml/bucket-documents.ts';
import { type Handler, xmlResponse } from './handler.ts';

export const getBucketLocation: Handler = async ({ bucket }, { storage, region }) => {
  await storage.headBucket({ bucket });
  return xmlResponse(locationConstraint(region));
};

export const getBucketVersioning: Handler = async ({ bucket }, { storage }) => {
  await storage.headBucket({ bucket });
  return xmlResponse(versioningConfiguration());
};

export const getBucketAcl: Handler = async ({ bucket }, { storage, account }) => {
  await storage.headBucket({ bucket });
  return xmlResponse(accessControlPolicy(account));
};

export const getObjectAcl: Handler = async ({ bucket, key }, { storage, account }) => {
  await storage.headObject({ bucket, key });
  return xmlResponse(accessControlPolicy(account));
};
