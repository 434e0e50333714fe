// PutObject.

import { encryptionHeaders, requestedEncryption } from '../headers/encryption-headers.ts';
import { expirationHeaders, expirationRulesOf } from '../headers/expiration.ts';
import { checksumHeaders } from '../headers/object-headers.ts';
import { putVersionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import { appendObject, offsetHeader } from './append-object.ts';
import type { Handler } from './handler.ts';
import { requireDigestOfLocked } from './lock-to-write.ts';
import { attributesToWrite } from './object-to-write.ts';

export const putObject: Handler = async (request, context) => {
  const { bucket, key, headers } = request;
  if (headers[offsetHeader] !== undefined) return appendObject(request, context);
  const written = attributesToWrite(request, context);
  const attributes = written instanceof Promise ? await written : written;
  const known = context.storage.bucketConfiguration({ bucket });
  const configuration = known instanceof Promise ? await known : known;
  requireDigestOfLocked(request, { lock: attributes.lock, configuration });
  const rules = expirationRulesOf(configuration);
  const info = await context.storage.putObject({
    bucket,
    key,
    attributes,
    condition: writeCondition(headers),
    body: request.body(),
    origin: () => request.origin(),
    encryption: requestedEncryption(headers),
  });
  return {
    status: 200,
    headers: {
      etag: `"${info.etag}"`,
      ...checksumHeaders(info.checksum),
      ...encryptionHeaders(info.encryption, headers),
      ...putVersionHeaders(info),
      ...expirationHeaders(rules, info),
    },
  };
};
