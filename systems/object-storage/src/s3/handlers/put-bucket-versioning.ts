// PutBucketVersioning: enabled or suspended; there is no way back to never.

import { readWholeBody } from '../body/whole-body.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { parseVersioningConfiguration } from '../xml/versioning-configuration.ts';
import type { Handler } from './handler.ts';

export const putBucketVersioning: Handler = async (request, { storage }) => {
  const body = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  // First what the document asks for: its refusal says why.
  const versioning = parseVersioningConfiguration(body);
  requireSupportedHeaders(request.headers);
  await storage.setBucketVersioning({ bucket: request.bucket, versioning });
  return { status: 200 };
};
