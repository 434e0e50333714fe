// Repair, loaded when it is asked for: a process that serves never needs it.

import type { OpenObjectStorageOptions } from './open-stores.ts';
import type { RepairReport } from './reports.ts';

/** Throws ServiceUnavailable when another process has the folder, SqlError when the metadata store cannot be opened. */
export async function repairObjectStorage(options: OpenObjectStorageOptions): Promise<RepairReport> {
  const { repairStores } = await import('./maintenance/repair.ts');
  return repairStores(options);
}
