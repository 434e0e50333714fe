// PutObject with `x-amz-write-offset-bytes`: appends to an object, on every bucket; with versioning that makes a version.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html

import { ObjectStorageError } from '../../errors.ts';
import { encryptionHeaders, requestedEncryption } from '../headers/encryption-headers.ts';
import { expirationHeaders, expirationRulesOf } from '../headers/expiration.ts';
import { checksumHeaders } from '../headers/object-headers.ts';
import { putVersionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import type { Handler } from './handler.ts';
import { requireDigestOfLocked } from './lock-to-write.ts';
import { attributesToWrite } from './object-to-write.ts';

export const offsetHeader = 'x-amz-write-offset-bytes';

/** Attributes count only for an object that is made; one that is there keeps its own, and so its encryption. A lock counts for every version. */
export const appendObject: Handler = async (request, context) => {
  const { bucket, key, headers: all, access, ground } = request;
  const { [offsetHeader]: offset = '', ...headers } = all;
  const attributes = await attributesToWrite({ bucket, key, headers, access, ground }, context);
  const configuration = await context.storage.bucketConfiguration({ bucket });
  requireDigestOfLocked({ headers }, { lock: attributes.lock, configuration });
  const info = await context.storage.appendObject({
    ...{ bucket, key, attributes, offset: parseOffset(offset) },
    condition: writeCondition(headers),
    encryption: requestedEncryption(headers),
    body: request.body(),
    origin: () => request.origin(),
  });
  return {
    status: 200,
    headers: {
      etag: `"${info.etag}"`,
      'x-amz-object-size': String(info.sizeBytes),
      ...checksumHeaders(info.checksum),
      ...encryptionHeaders(info.encryption, headers),
      ...putVersionHeaders(info),
      ...expirationHeaders(expirationRulesOf(configuration), info),
    },
  };
};

function parseOffset(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ObjectStorageError('InvalidArgument', {
    fields: { ArgumentName: offsetHeader, ArgumentValue: text },
  });
}
