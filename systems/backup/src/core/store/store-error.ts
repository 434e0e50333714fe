// What the blobs port says, as an error of backup.

import { BlobsError, type BlobsErrorCode } from '@cairn/engines/blobs';
import { BackupError, type BackupErrorCode } from '../../errors.ts';
import { MissingKey } from '../../format/damaged.ts';

const codes = {
  'invalid-url': 'invalid-url',
  'invalid-name': 'store',
  'invalid-range': 'store',
  'no-bucket': 'no-repository',
  denied: 'denied',
  full: 'store',
  conflict: 'store',
  unreadable: 'store',
  unavailable: 'store',
  closed: 'closed',
  failed: 'store',
} as const satisfies Record<BlobsErrorCode, BackupErrorCode>;

/** Runs calls of the blobs port; a `BlobsError` becomes a `BackupError` with it as the cause, all else passes. */
export async function onStore<T>(attempted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toBackupError(error, attempted);
  }
}

export function toBackupError(error: unknown, attempted: string): unknown {
  if (!(error instanceof BlobsError)) return error;
  if (isOverQuota(error.cause)) {
    const { detail } = error.cause;
    return new BackupError('quota-exceeded', { attempted, ...(detail && { detail }), cause: error });
  }
  const code = isUnknownKey(error) ? 'unauthenticated' : codes[error.code];
  // Of what has a code of its own the message would say the same twice.
  const detail = code === 'store' ? error.message : error.detail;
  return new BackupError(code, { attempted, ...(detail !== undefined && { detail }), cause: error });
}

/** What the backup service says of it: to the port a quota is a store that is full. */
function isOverQuota(cause: unknown): cause is { readonly detail: string | undefined } {
  return cause instanceof Error && 'code' in cause && cause.code === 'quota-exceeded' && 'detail' in cause;
}

/** What the backup service, or an S3 server, says of an access key: to the port nobody may do that. */
function isUnknownKey({ code, cause, detail = '' }: BlobsError): boolean {
  if (code !== 'denied') return false;
  return (cause instanceof Error && 'status' in cause && cause.status === 401) || keyRefusals.test(detail);
}

/** The port keeps of an S3 server's error the code, in front of its text. */
const keyRefusals =
  /^(?:CredentialsProviderError|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken):/;

/**
 * Whether it is sure that nobody reads it any more as it was: its bytes were altered, or the store cannot give them. Not what a newer
 * version wrote, nor what is sealed under a key that came with a rotation since the repository was opened.
 */
export function isHurt(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === 'damaged' && !(error.cause instanceof MissingKey);
}

/** Whether there was no room for what was put: on the disk, or within the quota. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof BackupError)) return false;
  return (
    error.code === 'quota-exceeded' || (error.cause instanceof BlobsError && error.cause.code === 'full')
  );
}

/** Whether an object cannot be read for what it holds: hurt, or of a newer version. */
export function isDamage(error: unknown): error is BackupError {
  return error instanceof BackupError && (error.code === 'damaged' || error.code === 'unknown-format');
}
