// What the headers of a request say about its body, before a byte of it arrives: length, framing, digests to expect.

import { ObjectStorageError } from '../../errors.ts';
import type { PayloadMode } from '../signature/payload-mode.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { type ChecksumClaim, claimedChecksum } from './checksum-claim.ts';

export type BodyDescription = {
  /** Of the payload, without what chunks add. Undefined for a plain body that ends where HTTP's own chunks end. */
  readonly sizeBytes: number | undefined;
  /** Undefined for a body that is sent as it is. */
  readonly chunked: { readonly signed: boolean; readonly trailer: boolean } | undefined;
  /** MD5 in 16 bytes, from Content-MD5. */
  readonly md5: Buffer | undefined;
  /** SHA-256 in hexadecimal, from x-amz-content-sha256. */
  readonly sha256: string | undefined;
  readonly checksum: ChecksumClaim | undefined;
};

/** Throws MissingContentLength, InvalidDigest, InvalidRequest. */
export function describeBody(
  headers: RequestHeaders,
  payload: PayloadMode,
  /** False where `x-amz-checksum-*` is about something else than this body. */
  { checksumIsOfBody = true }: { checksumIsOfBody?: boolean } = {},
): BodyDescription {
  const chunked = payload.kind === 'chunked' ? payload : undefined;
  return {
    sizeBytes: sizeOf(headers, { chunked: chunked !== undefined }),
    chunked,
    md5: parseContentMd5(headers['content-md5']),
    sha256: payload.kind === 'hashed' ? payload.sha256 : undefined,
    checksum: checksumIsOfBody ? claimedChecksum(headers, { trailer: chunked?.trailer ?? false }) : undefined,
  };
}

/**
 * S3 wants to know before it takes anything; also of an empty body. Amazon refuses HTTP's chunks without a length; here, as
 * at radosgw, a program may send what it does not have yet: it costs nothing, and limits are watched as bytes arrive.
 */
function sizeOf(headers: RequestHeaders, { chunked }: { chunked: boolean }): number | undefined {
  if (chunked) return parseLength(headers['x-amz-decoded-content-length']);
  const length = headers['content-length'];
  return length === undefined && headers['transfer-encoding'] !== undefined ? undefined : parseLength(length);
}

function parseLength(value: string | undefined): number {
  const length = value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw new ObjectStorageError('MissingContentLength');
  return length;
}

function parseContentMd5(value: string | undefined): Buffer | undefined {
  if (value === undefined) return undefined;
  const digest = Buffer.from(value, 'base64');
  if (digest.length === 16 && digest.toString('base64') === value) return digest;
  throw new ObjectStorageError('InvalidDigest', { fields: { 'Content-MD5': value } });
}
