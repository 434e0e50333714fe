// What S3 keeps beside an object's bytes, between headers and the core.

import type { ObjectAttributes } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { userMetadataBytesMax } from '../../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { decodeHeader } from './header-text.ts';

export const keptHeaders = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;

export const userMetadataPrefix = 'x-amz-meta-';

/** Throws MetadataTooLarge, InvalidArgument. */
export function objectAttributes(headers: RequestHeaders): ObjectAttributes {
  return { headers: systemHeaders(headers), userMetadata: userMetadata(headers) };
}

function systemHeaders(headers: RequestHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = headers[name];
    if (value === undefined) continue;
    const text = name === 'content-encoding' ? withoutChunking(value) : value;
    if (text !== '') kept[name] = decodeHeader(text);
  }
  return kept;
}

/** `aws-chunked` says how the request was sent, not what the object is. */
function withoutChunking(contentEncoding: string): string {
  if (!contentEncoding.includes('aws-chunked')) return contentEncoding;
  const codings = contentEncoding.split(',').map((coding) => coding.trim());
  return codings.filter((coding) => coding !== 'aws-chunked').join(',');
}

function userMetadata(headers: RequestHeaders): Record<string, string> {
  const metadata: [name: string, value: string][] = [];
  let sizeBytes = 0;
  for (const header in headers) {
    if (!header.startsWith(userMetadataPrefix)) continue;
    const name = header.slice(userMetadataPrefix.length);
    const value = headers[header] ?? '';
    // Latin-1: one character is one byte as it was sent.
    sizeBytes += name.length + value.length;
    metadata.push([name, decodeHeader(value)]);
  }
  // Not by assignment, which for `__proto__` does something else.
  if (sizeBytes <= userMetadataBytesMax) return Object.fromEntries(metadata);
  throw new ObjectStorageError('MetadataTooLarge', {
    fields: { Size: String(sizeBytes), MaxSizeAllowed: String(userMetadataBytesMax) },
  });
}
