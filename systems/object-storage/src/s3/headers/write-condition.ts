// Conditions of writes: `If-None-Match: *` (nothing there yet), `If-Match: "etag"` (still what I know), and, which
// Amazon does not take, `If-None-Match: "etag"` (no longer what I know).
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

import type { WriteCondition } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

/** Throws NotImplemented for what S3 does not take either: both, a list. */
export function writeCondition(headers: RequestHeaders): WriteCondition | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  const tag = (ifMatch ?? ifNoneMatch)?.trim().replaceAll('"', '') ?? '';
  const single = (ifMatch === undefined || ifNoneMatch === undefined) && !tag.includes(',');
  if (single) return ifMatch === undefined ? { ifNoneMatch: tag } : { ifMatch: tag };
  throw new ObjectStorageError('NotImplemented', {
    fields: { Header: ifMatch === undefined ? 'If-None-Match' : 'If-Match' },
  });
}
