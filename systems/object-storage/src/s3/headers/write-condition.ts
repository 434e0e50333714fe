// Conditions of writes: `If-None-Match: *` (nothing there yet) and `If-Match: "etag"` (still what I know).
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

import type { WriteCondition } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

/** Throws NotImplemented for what S3 does not take either: both, an entity tag not to match, a list. */
export function writeCondition(headers: RequestHeaders): WriteCondition | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch === undefined && ifMatch !== undefined) {
    const tag = ifMatch.trim().replaceAll('"', '');
    if (!tag.includes(',')) return { ifMatch: tag };
  }
  if (ifMatch === undefined && ifNoneMatch?.trim() === '*') return { ifNoneMatch: '*' };
  throw new ObjectStorageError('NotImplemented', {
    fields: { Header: ifMatch === undefined ? 'If-None-Match' : 'If-Match' },
  });
}
