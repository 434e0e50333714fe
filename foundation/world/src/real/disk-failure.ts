// Turns what the operating system said into the few kinds of `DiskError` that a caller can act on.

import { DiskError, type DiskErrorCode } from '../disk-error.ts';

const codesByErrno = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'io',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
} as const satisfies Record<string, DiskErrorCode>;

export function diskFailure(operation: string, path: string, cause: unknown): DiskError {
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const code = isKnown(errno) ? codesByErrno[errno] : 'other';
  return new DiskError(code, { operation, path, cause });
}

function isKnown(errno: string): errno is keyof typeof codesByErrno {
  return Object.hasOwn(codesByErrno, errno);
}
