// UploadPartCopy: a part from an object, or from a range of one.

import { parseCopyRange } from '../headers/byte-range.ts';
import { encryptionHeaders, existingObjectKey, sourceCustomerKeyOf } from '../headers/encryption-headers.ts';
import { copySourceConditions, requireCopyConditions } from '../headers/read-conditions.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { sourceVersionHeaders } from '../headers/version.ts';
import { copyPartResult } from '../xml/copy-result.ts';
import { readableSource } from './copy-object.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';
import { partNumber, uploadId } from './parameters.ts';

export const uploadPartCopy: Handler = async (request, { storage }) => {
  const { bucket, key, query, headers } = request;
  requireSupportedHeaders(headers);
  const customerKey = existingObjectKey(headers);
  const sourceKey = sourceCustomerKeyOf(headers);
  const conditions = copySourceConditions(headers);
  const range = headers['x-amz-copy-source-range'];
  const { source, judge } = await readableSource(request);
  const copying = storage.uploadPartCopy({
    bucket,
    key,
    uploadId: uploadId(query),
    partNumber: partNumber(query),
    customerKey,
    source: { ...source, customerKey: sourceKey, judge },
    select(info) {
      requireCopyConditions(conditions, info);
      return range === undefined ? undefined : parseCopyRange(range, info.sizeBytes);
    },
  });
  const part = await hidingAbsence(request, copying, source);
  return xmlResponse(copyPartResult(part), {
    ...sourceVersionHeaders(part.source),
    ...encryptionHeaders(part.encryption, headers),
  });
};
