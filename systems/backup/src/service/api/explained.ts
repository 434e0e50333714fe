// What is expected of this system, as the API's frame tells it.

import { ApiError } from '@cairn/service';
import { BackupError, backupErrorCodes } from '../../errors.ts';

export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new ApiError(backupErrorCodes[error.code].status, error.message, { cause: error });
  }
}
