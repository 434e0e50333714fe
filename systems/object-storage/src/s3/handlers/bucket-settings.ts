// Reads of settings that every bucket and object has at their defaults, because there is no way yet to change them.

import { requireCurrentVersion } from '../headers/version.ts';
import {
  accessControlPolicy,
  locationConstraint,
  tagging,
  versioningConfiguration,
} from '../xml/bucket-documents.ts';
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

export const getObjectAcl: Handler = async ({ bucket, key, query }, { storage, account }) => {
  requireCurrentVersion(query.get('versionId'));
  await storage.headObject({ bucket, key });
  return xmlResponse(accessControlPolicy(account));
};

export const getObjectTagging: Handler = async ({ bucket, key, query }, { storage }) => {
  requireCurrentVersion(query.get('versionId'));
  await storage.headObject({ bucket, key });
  return xmlResponse(tagging());
};
