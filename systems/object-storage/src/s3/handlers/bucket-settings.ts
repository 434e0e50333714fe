// Reads of settings. All but versioning are at their defaults, because there is no way yet to change them.

import { versionHeaders, versionName } from '../headers/version.ts';
import { locationConstraint, tagging } from '../xml/bucket-documents.ts';
import { versioningConfiguration } from '../xml/versioning-configuration.ts';
import { type Handler, xmlResponse } from './handler.ts';

export const getBucketLocation: Handler = async ({ bucket }, { storage, region }) => {
  await storage.headBucket({ bucket });
  return xmlResponse(locationConstraint(region));
};

export const getBucketVersioning: Handler = async ({ bucket }, { storage }) => {
  const { versioning } = await storage.headBucket({ bucket });
  return xmlResponse(versioningConfiguration(versioning));
};

export const getObjectTagging: Handler = async (request, { storage }) => {
  const info = await storage.headObject(versionName(request));
  return xmlResponse(tagging(), versionHeaders(info));
};
