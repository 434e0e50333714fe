// URLs of S3, as the blueprint's contract "S3 URLs" has them.
//
//   s3://BUCKET[/PREFIX]                        AWS, or the endpoint in AWS_ENDPOINT_URL
//   http(s)://HOST[:PORT]/BUCKET[/PREFIX]       any S3, path style

import { blobNameBytesMax } from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';

export type S3Place = {
  /** Undefined: the environment or AWS decides. */
  readonly endpoint: string | undefined;
  readonly bucket: string;
  /** Empty, or what all keys start with, `/` at its end. */
  readonly keyPrefix: string;
};

/** Fails with `invalid-url`. What it says about the URL never includes credentials in it. */
export function parseS3Url(text: string): S3Place {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalid('it cannot be parsed');
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'it holds credentials, which belong into AWS_* variables, an AWS profile or the configuration',
    );
  }
  if (url.search !== '' || url.hash !== '') throw invalid(`it takes no ? and no #, as in ${text}`);
  const segments = url.pathname
    .split('/')
    .slice(1)
    .map((segment) => decode(segment, text));
  const isAws = url.protocol === 's3:';
  const bucket = isAws ? url.host : segments.shift();
  if (bucket === undefined || !bucketPattern.test(bucket)) {
    throw invalid(`${text} names no bucket, which has 3 to 63 lower-case letters, digits, - and .`);
  }
  const prefix = segments.join('/').replace(/\/+$/, '');
  const keyPrefix = prefix === '' ? '' : `${prefix}/`;
  if (Buffer.byteLength(keyPrefix) > prefixBytesMax)
    throw invalid(`its prefix is over ${prefixBytesMax} bytes`);
  return { endpoint: isAws ? undefined : url.origin, bucket, keyPrefix };
}

function decode(segment: string, text: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw invalid(`${text} has a % that starts no escape`, cause);
  }
}

function invalid(detail: string, cause?: unknown): BlobsError {
  return new BlobsError('invalid-url', { attempted: 'open blobs in S3', detail, cause });
}

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const keyBytesMax = 1024;
const prefixBytesMax = keyBytesMax - blobNameBytesMax;
