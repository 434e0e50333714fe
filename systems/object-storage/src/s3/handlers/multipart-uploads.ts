// AbortMultipartUpload, ListParts and ListMultipartUploads.

import { abortHeaders, expirationRules } from '../headers/expiration.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { listMultipartUploadsResult } from '../xml/list-multipart-uploads-result.ts';
import { listPartsResult } from '../xml/list-parts-result.ts';
import { type Handler, noContent, xmlResponse } from './handler.ts';
import { encodingType, integerParameter, pageLimit, uploadId } from './parameters.ts';

export const abortMultipartUpload: Handler = async (request, { storage }) => {
  const { bucket, key, query, headers } = request;
  requireSupportedHeaders(headers);
  await storage.abortUpload({ bucket, key, uploadId: uploadId(query) });
  return noContent;
};

export const listParts: Handler = async ({ bucket, key, query }, { storage }) => {
  const name = { bucket, key, uploadId: uploadId(query) };
  const maxParts = pageLimit(query, 'max-parts');
  const partNumberMarker = integerParameter(query, 'part-number-marker') ?? 0;
  const page = await storage.listParts({ ...name, afterPart: partNumberMarker, limit: maxParts });
  const rules = await expirationRules(storage, bucket);
  const text = listPartsResult({ ...name, partNumberMarker, maxParts, page });
  return xmlResponse(text, abortHeaders(rules, { key, initiatedMs: page.initiatedMs }));
};

export const listMultipartUploads: Handler = async ({ bucket, query }, { storage }) => {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const keyMarker = query.get('key-marker') ?? '';
  // Without a key to be after, an upload id says nothing.
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const maxUploads = pageLimit(query, 'max-uploads');
  const page = await storage.listUploads({
    bucket,
    prefix,
    delimiter,
    afterKey: keyMarker,
    afterUploadId: uploadIdMarker,
    limit: maxUploads,
  });
  const names = { bucket, prefix, delimiter, keyMarker, uploadIdMarker, encodingType: encodingType(query) };
  return xmlResponse(listMultipartUploadsResult({ ...names, maxUploads, page }));
};
