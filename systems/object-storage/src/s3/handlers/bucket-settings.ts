// Reads of settings that have no documents: location, versioning.

import { locationConstraint } from '../xml/bucket-documents.ts';
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
