// `local:BUCKET[/PREFIX]`: a place in the object storage of this process. Text after `local:` is taken as it is, with
// percent escapes as in the URLs of S3.

import { BlobsError, blobNameBytesMax } from '@cairn/engines';
import { checkBucketName } from '../core/names.ts';
import { keyBytesMax } from '../limits.ts';

export type LocalPlace = {
  readonly bucket: string;
  /** Empty, or what all keys start with, `/` at its end. */
  readonly keyPrefix: string;
};

/** Fails with `invalid-url`. */
export function parseLocalUrl(url: string): LocalPlace {
  const path = url.slice('local:'.length);
  if (/[?#]/.test(path)) throw invalid(`it takes no ? and no #, as in ${url}`);
  const [bucket = '', ...segments] = path.split('/');
  try {
    checkBucketName(bucket);
  } catch (cause) {
    throw invalid(`${url} names no bucket: wanted is local:BUCKET or local:BUCKET/PREFIX`, cause);
  }
  const prefix = decode(segments.join('/'), url).replace(/\/+$/, '');
  const keyPrefix = prefix === '' ? '' : `${prefix}/`;
  if (Buffer.byteLength(keyPrefix) > prefixBytesMax)
    throw invalid(`its prefix is over ${prefixBytesMax} bytes`);
  if (keyPrefix.includes('\0')) throw invalid('its prefix holds U+0000');
  return { bucket, keyPrefix };
}

function decode(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid(`${url} has a % that starts no escape`, cause);
  }
}

function invalid(detail: string, cause?: unknown): BlobsError {
  return new BlobsError('invalid-url', { attempted: 'open blobs in object storage', detail, cause });
}

const prefixBytesMax = keyBytesMax - blobNameBytesMax;
