// Opens object storage as a library: a folder, no server, no other system.

import { assembleObjectStorage } from './assemble.ts';
import type { ObjectStorage } from './object-storage.ts';
import { type OpenObjectStorageOptions, openStores } from './open-stores.ts';

/**
 * Opens the storage in a folder, recovering what a crash left. Throws ServiceUnavailable when another process has it.
 *
 * @example
 * const storage = await openObjectStorage({ directory: './data/object-storage' });
 * await storage.createBucket({ bucket: 'photos', owner: 'me' });
 * const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {} };
 * await storage.putObject({ bucket: 'photos', key: 'a.txt', attributes, body: objectBody(Buffer.from('hello')) });
 * await storage.close();
 */
export async function openObjectStorage(options: OpenObjectStorageOptions): Promise<ObjectStorage> {
  const stores = await openStores(options);
  try {
    const storage = await assembleObjectStorage(stores.assembly);
    const closeAll = async () => {
      try {
        await storage.close();
      } finally {
        await stores.close();
      }
    };
    let closing: Promise<void> | undefined;
    return {
      ...storage,
      close: () => {
        closing ??= closeAll();
        return closing;
      },
    };
  } catch (error) {
    await stores.close().catch(() => {});
    throw error;
  }
}
