// What a test expects to be thrown.

import { BackupError, type BackupErrorCode } from '../src/errors.ts';

/** For `assert.rejects`: a `BackupError` of this code whose message matches. */
export function isBackupError(code: BackupErrorCode, pattern = /./): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === code && pattern.test(error.message)) return true;
    throw new Error(`expected ${code} ${pattern}, got ${error.code}: ${error.message}`, { cause: error });
  };
}
