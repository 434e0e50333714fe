// What the headers of an error say besides its document: the right region, and that a delete marker is in the way.

import type { ObjectStorageError } from '../../errors.ts';
import { httpDate } from './http-date.ts';
import type { ResponseHeaders } from './object-headers.ts';

export function failureHeaders({
  code,
  detail,
}: Pick<ObjectStorageError, 'code' | 'detail'>): ResponseHeaders {
  const headers: ResponseHeaders = {};
  const region = detail.fields?.Region;
  if (region !== undefined) headers['x-amz-bucket-region'] = region;
  if (detail.deleteMarker === undefined) return headers;
  headers['x-amz-delete-marker'] = 'true';
  headers['x-amz-version-id'] = detail.deleteMarker.versionId;
  if (code !== 'MethodNotAllowed') return headers;
  // It was asked for by its id: it is there, and all that can be done with it is to delete it.
  headers.allow = 'DELETE';
  headers['last-modified'] = httpDate(detail.deleteMarker.modifiedMs);
  return headers;
}
