// The lock of a version in the answer to a read, as far as whoever reads may know it.

import type { ObjectInfo } from '../../core/object-storage.ts';
import { lockHeaders } from '../headers/object-lock-headers.ts';
import { versionName } from '../headers/version.ts';
import type { S3Request, S3Response } from './handler.ts';

/** Versions without a lock cost nothing. */
export async function withLock(
  response: S3Response,
  { info, request }: { info: ObjectInfo; request: S3Request },
): Promise<S3Response> {
  const { lock } = info;
  if (lock === undefined) return response;
  const name = versionName(request);
  const retention = (await request.allows('s3:GetObjectRetention', name)) ? lock.retention : undefined;
  const legalHold = (await request.allows('s3:GetObjectLegalHold', name)) ? lock.legalHold : undefined;
  return { ...response, headers: { ...response.headers, ...lockHeaders({ retention, legalHold }) } };
}
