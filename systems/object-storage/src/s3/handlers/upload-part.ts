// UploadPart. A part's checksum has to be of the algorithm that the upload was created with; when the client sends none
// it is computed.

import type { ListPartsPage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { claimedChecksum } from '../body/checksum-claim.ts';
import { encryptionHeaders, existingObjectKey } from '../headers/encryption-headers.ts';
import { checksumHeaders } from '../headers/object-headers.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import type { Handler, S3Request } from './handler.ts';
import { partNumber, uploadId } from './parameters.ts';

export const uploadPart: Handler = async (request, { storage }) => {
  const { bucket, key, query, headers } = request;
  requireSupportedHeaders(headers);
  const customerKey = existingObjectKey(headers);
  const name = { bucket, key, uploadId: uploadId(query) };
  const number = partNumber(query);
  const { checksum } = await storage.listParts({ ...name, afterPart: 0, limit: 0 });
  requireSameAlgorithm(request, checksum);
  const body = request.body({ keep: checksum?.algorithm });
  const part = await storage.uploadPart({ ...name, partNumber: number, body, customerKey });
  const { 'x-amz-checksum-type': _, ...partChecksum } = checksumHeaders(part.checksum);
  return {
    status: 200,
    headers: { etag: `"${part.etag}"`, ...partChecksum, ...encryptionHeaders(part.encryption, headers) },
  };
};

/** An upload created without a checksum keeps none: what comes with a part is verified and let go. */
function requireSameAlgorithm({ headers }: S3Request, wanted: ListPartsPage['checksum']): void {
  const trailer = headers['x-amz-trailer'] !== undefined;
  const claimed = claimedChecksum(headers, { trailer })?.algorithm;
  if (claimed === undefined || wanted === undefined || claimed === wanted.algorithm) return;
  throw new ObjectStorageError('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${wanted.algorithm}, actual checksum Type: ${claimed}`,
  });
}
