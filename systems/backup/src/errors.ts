// The errors of backup: one table. Each code is explained in ERRORS.md.

import type { ApiErrorCode } from '@cairn/service';

export const backupErrorCodes = {
  'invalid-url': {
    status: 'invalid-request',
    retryable: false,
    message: 'the URL does not name a repository',
  },
  'invalid-argument': { status: 'invalid-request', retryable: false, message: 'this is not understood' },
  'no-repository': { status: 'not-found', retryable: false, message: 'there is no repository' },
  'repository-exists': { status: 'conflict', retryable: false, message: 'there is a repository already' },
  'repository-replaced': {
    status: 'conflict',
    retryable: false,
    message: 'the repository was removed meanwhile, or made anew',
  },
  'wrong-password': { status: 'forbidden', retryable: false, message: 'no key opens with this password' },
  'no-snapshot': { status: 'not-found', retryable: false, message: 'there is no such snapshot' },
  'ambiguous-snapshot': {
    status: 'conflict',
    retryable: false,
    message: 'several snapshots begin like this',
  },
  'no-path': { status: 'not-found', retryable: false, message: 'the snapshot has no such path' },
  damaged: { status: 'internal', retryable: false, message: 'the repository is damaged' },
  'unknown-format': { status: 'internal', retryable: false, message: 'a newer version wrote this' },
  'unsafe-store': { status: 'conflict', retryable: false, message: 'the store lets two writers win' },
  unauthenticated: {
    status: 'unauthenticated',
    retryable: false,
    message: 'the store does not know this access key, or has another secret for it',
  },
  denied: { status: 'forbidden', retryable: false, message: 'this key may not do that' },
  'quota-exceeded': {
    status: 'conflict',
    retryable: false,
    message: 'the quota of the repository is used up',
  },
  store: { status: 'unavailable', retryable: true, message: 'the store failed' },
  source: { status: 'invalid-request', retryable: false, message: 'what was to be backed up cannot be read' },
  'hook-failed': { status: 'invalid-request', retryable: false, message: 'the command failed' },
  target: {
    status: 'invalid-request',
    retryable: false,
    message: 'the target of the restore cannot be written',
  },
  fenced: { status: 'conflict', retryable: true, message: 'this session was taken for dead' },
  closed: { status: 'unavailable', retryable: false, message: 'the repository was closed' },
} as const satisfies Record<string, { status: ApiErrorCode; retryable: boolean; message: string }>;

export type BackupErrorCode = keyof typeof backupErrorCodes;

/** Says what was attempted, what is wrong and, in `detail`, with which object, file or value. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  readonly retryable: boolean;
  /** What is wrong, without what was attempted. */
  readonly detail: string | undefined;

  constructor(code: BackupErrorCode, options: { attempted: string; detail?: string; cause?: unknown }) {
    const detail = options.detail === undefined ? '' : ` (${options.detail})`;
    super(`could not ${options.attempted}: ${backupErrorCodes[code].message}${detail}`, {
      cause: options.cause,
    });
    this.name = 'BackupError';
    this.code = code;
    this.retryable = backupErrorCodes[code].retryable;
    this.detail = options.detail;
  }
}
