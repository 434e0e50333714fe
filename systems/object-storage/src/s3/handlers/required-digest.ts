// Requests whose body has to be protected against what networks do to bytes: Amazon refuses them without a digest.

import { ObjectStorageError } from '../../errors.ts';
import { s3ChecksumAlgorithms } from '../body/checksum-claim.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

const digestHeaders = [
  'content-md5',
  'x-amz-trailer',
  ...s3ChecksumAlgorithms.map((name) => `x-amz-checksum-${name}`),
];

const missing = 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*';

/** Throws InvalidRequest. */
export function requireDigest(headers: RequestHeaders, message = missing): void {
  if (digestHeaders.some((name) => headers[name] !== undefined)) return;
  throw new ObjectStorageError('InvalidRequest', { message });
}
