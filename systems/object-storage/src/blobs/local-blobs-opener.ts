// The opener of `local:`, which loads the engine when somebody opens it.

import type { BlobsOpener } from '@cairn/engines';
import type { ObjectStorage } from '../core/object-storage.ts';

export type LocalBlobsOpenerOptions = {
  readonly storage: ObjectStorage;
  /** Who owns the buckets that are made: under `cairn up` the account. */
  readonly owner: string;
  /** Bytes of a part of a long stream; as large as parts may be when absent. */
  readonly partBytes?: number;
};

/**
 * Opens `local:BUCKET[/PREFIX]` in the storage, which stays the caller's and has to outlive what is opened. A bucket that
 * does not exist is made, as the folder engine makes its folder.
 *
 * @example
 * const storage = await openObjectStorage({ directory: './data/object-storage' });
 * registerBlobs('local', localBlobsOpener({ storage, owner: 'me' }));
 * const blobs = await openBlobs({ url: 'local:backups/laptop', world: realWorld() });
 */
export function localBlobsOpener(options: LocalBlobsOpenerOptions): BlobsOpener {
  let loaded: Promise<BlobsOpener> | undefined;
  return async (opening) => {
    loaded ??= import('./open-local-blobs.ts').then(({ openerOf }) => openerOf(options));
    return (await loaded)(opening);
  };
}
