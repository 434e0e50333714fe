// PutObject with `x-amz-write-offset-bytes`: appends to an object, on every bucket without versioning.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html

import { ObjectStorageError } from '../../errors.ts';
import { encryptionHeaders, requestedEncryption } from '../headers/encryption-headers.ts';
import { checksumHeaders } from '../headers/object-headers.ts';
import { writeCondition } from '../headers/write-condition.ts';
import type { Handler } from './handler.ts';
import { attributesToWrite } from './object-to-write.ts';

export const offsetHeader = 'x-amz-write-offset-bytes';

/** Attributes count only for an object that is made; one that is there keeps its own, and so its encryption. */
export const appendObject: Handler = async (request, context) => {
  const { bucket, key, headers: all, access, ground } = request;
  const { [offsetHeader]: offset = '', ...headers } = all;
  const attributes = await attributesToWrite({ bucket, key, headers, access, ground }, context);
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
    },
  };
};

function parseOffset(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ObjectStorageError('InvalidArgument', {
    fields: { ArgumentName: offsetHeader, ArgumentValue: text },
  });
}
