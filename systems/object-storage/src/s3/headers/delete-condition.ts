// Conditions of deletions: `If-Match`, and of what directory buckets have at Amazon `x-amz-if-match-last-modified-time`
// and `x-amz-if-match-size`, here for every bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html

import type { DeleteCondition } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { parseTimestamp } from './object-lock-headers.ts';

/** As it is written, in a header or in the list of DeleteObjects. */
export type WrittenCondition = {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  readonly size: string | undefined;
};

/** Undefined without one. Throws InvalidArgument. */
export function deleteCondition(headers: RequestHeaders): DeleteCondition | undefined {
  return parseDeleteCondition({
    etag: headers['if-match'],
    modified: headers['x-amz-if-match-last-modified-time'],
    size: headers['x-amz-if-match-size'],
  });
}

/** Undefined without one. Throws InvalidArgument. */
export function parseDeleteCondition({
  etag,
  modified,
  size,
}: WrittenCondition): DeleteCondition | undefined {
  if (etag === undefined && modified === undefined && size === undefined) return undefined;
  return {
    ifMatch: etag?.trim().replaceAll('"', ''),
    ifModifiedSecond: modified === undefined ? undefined : secondOf(modified),
    ifSizeBytes: size === undefined ? undefined : sizeOf(size),
  };
}

const httpDateForm = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** A date of HTTP in the header; ISO 8601 in XML. */
function secondOf(text: string): number {
  const timeMs = parseTimestamp(text) ?? (httpDateForm.test(text) ? Date.parse(text) : Number.NaN);
  if (!Number.isNaN(timeMs)) return Math.floor(timeMs / 1_000);
  throw invalid('x-amz-if-match-last-modified-time', text);
}

function sizeOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid('x-amz-if-match-size', text);
}

function invalid(name: string, value: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    fields: { ArgumentName: name, ArgumentValue: value },
  });
}
