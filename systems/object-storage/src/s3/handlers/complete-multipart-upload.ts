// CompleteMultipartUpload: the parts named become the object.

import { readWholeBody } from '../body/whole-body.ts';
import { customerKeyOf, encryptionHeaders } from '../headers/encryption-headers.ts';
import { expirationHeaders, expirationRules } from '../headers/expiration.ts';
import { putVersionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import { xmlBytesMax } from '../limits.ts';
import { parseCompleteMultipartUpload } from '../xml/complete-multipart-upload.ts';
import { completeMultipartUploadResult } from '../xml/multipart-results.ts';
import { inTurns } from '../xml/steps.ts';
import { requireExpectedObject } from './expected-object.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { uploadId } from './parameters.ts';

export const completeMultipartUpload: Handler = async (request, { storage }) => {
  const { bucket, key, query, headers, location } = request;
  const condition = writeCondition(headers);
  const body = await readWholeBody(request.body({ checksumIsOfBody: false }), { bytesMax: xmlBytesMax });
  const parts = await inTurns(parseCompleteMultipartUpload(body), () => request.turn());
  const upload = { bucket, key, uploadId: uploadId(query), parts };
  await requireExpectedObject(storage, { upload, headers });
  const rules = await expirationRules(storage, bucket);
  const info = await storage.completeUpload({
    ...{ ...upload, condition, customerKey: customerKeyOf(headers) },
    origin: () => request.origin(),
  });
  return xmlResponse(completeMultipartUploadResult(info, { location }), {
    ...putVersionHeaders(info),
    ...encryptionHeaders(info.encryption, headers),
    ...expirationHeaders(rules, info),
  });
};
