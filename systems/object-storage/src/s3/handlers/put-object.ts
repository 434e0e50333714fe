// PutObject.

import { objectAttributes } from '../headers/object-attributes.ts';
import { checksumHeaders } from '../headers/object-headers.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
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
  return { status: 200, headers: { etag: `"${info.etag}"`, ...checksumHeaders(info.checksum) } };
};
