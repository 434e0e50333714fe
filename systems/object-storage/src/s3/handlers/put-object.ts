// PutObject. As Amazon's, it does not name the version that it made when that is the null version.

import { objectAttributes } from '../headers/object-attributes.ts';
import { checksumHeaders } from '../headers/object-headers.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { versionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import type { Handler } from './handler.ts';

export const putObject: Handler = async (request, { storage }) => {
  const { bucket, key, headers } = request;
  requireSupportedHeaders(headers);
  const info = await storage.putObject({
    bucket,
    key,
    attributes: objectAttributes(headers),
    condition: writeCondition(headers),
    body: request.body(),
  });
  const headersOfVersion = info.versionId === 'null' ? {} : versionHeaders(info);
  return {
    status: 200,
    headers: { etag: `"${info.etag}"`, ...checksumHeaders(info.checksum), ...headersOfVersion },
  };
};
