// What an S3 server and the SDK say, as an error of the port.
//
// The SDK's errors are not kept as causes: they carry the request, access key id included, and a log would print it.

import { BlobsError, type BlobsErrorCode } from '../blobs-error.ts';

/** S3's error codes, and those of Node and the SDK for a server that was not reached. */
const codes: Readonly<Record<string, BlobsErrorCode>> = {
  NoSuchBucket: 'no-bucket',
  InvalidRange: 'invalid-range',
  KeyTooLongError: 'invalid-name',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  CredentialsProviderError: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  ExpiredToken: 'denied',
  InvalidToken: 'denied',
  EntityTooLarge: 'full',
  QuotaExceeded: 'full',
  XMinioStorageFull: 'full',
  NotImplemented: 'failed',
  // These also of one name among those of a DeleteObjects that was answered with 200.
  AccessDenied: 'denied',
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  SlowDown: 'unavailable',
  // With 400: the request came too slowly.
  RequestTimeout: 'unavailable',
  TimeoutError: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
};

export type S3Failure = {
  readonly name: string;
  readonly status: number | undefined;
  /** How often the request was sent before this answer. */
  readonly attempts: number;
};

export function failureOf(error: unknown): S3Failure {
  const { name, code, $metadata } = error as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
  const known = [name, code].find((candidate) => candidate !== undefined && candidate in codes);
  return {
    name: known ?? name ?? 'Error',
    status: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts ?? 1,
  };
}

/** 404 for a blob; a bucket that is missing is something else. */
export function isMissing(error: unknown): boolean {
  const { name, status } = failureOf(error);
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket');
}

export function toBlobsError(error: unknown, attempted: string): BlobsError {
  if (error instanceof BlobsError) return error;
  const failure = failureOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return new BlobsError(codeOf(failure), { attempted, detail: `${failure.name}: ${message}` });
}

function codeOf({ name, status }: S3Failure): BlobsErrorCode {
  const known = codes[name];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return 'denied';
  if (status === 507) return 'full';
  if (status === 429 || (status !== undefined && status >= 500)) return 'unavailable';
  return 'failed';
}
