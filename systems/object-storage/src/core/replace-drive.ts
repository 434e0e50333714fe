// Takes a new drive for one that is missing.

import type { DataStore } from '../data/data-store.ts';
import { ObjectStorageError } from '../errors.ts';

/** Throws InvalidRequest where there is only one, ServiceUnavailable when the folder cannot become a drive. */
export async function replaceDrive(data: DataStore, folder: string): Promise<void> {
  if (data.replaceDrive === undefined) {
    throw new ObjectStorageError('InvalidRequest', { message: 'the storage is not on several drives' });
  }
  await data.replaceDrive(folder);
}
