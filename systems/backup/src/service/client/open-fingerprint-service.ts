// The fingerprint service of a repository by its URL: what a writer asks when the repository lies at Cairn's backup service.

import type { BlobsCredentials } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import type { FingerprintService, IndexedPacks, ServiceSession } from '../fingerprint-service.ts';
import { IndexClient } from './index-client.ts';
import { nameIndexObject, unnamedIndexObjects } from './name-index-object.ts';
import { RemoteFingerprints } from './remote-fingerprints.ts';
import { connectToService } from './service-blobs.ts';

export type FingerprintServiceOptions = {
  /** `cairn://HOST[:7000]/REPOSITORY`, or `cairns://`. */
  readonly url: string;
  readonly world: World;
  readonly credentials?: BlobsCredentials;
  /** As the repository's configuration says. */
  readonly concurrency: 'optimistic' | 'pessimistic';
  /** As of `OpenOptions`. */
  readonly patienceMs?: number | undefined;
};

/**
 * What `CreateOptions.openService` takes: a session at the index. Throws `BlobsError` `invalid-url`, `denied`, or what
 * `FingerprintService.lookup` does.
 */
export function fingerprintServiceOpener(options: FingerprintServiceOptions) {
  return async (session: ServiceSession): Promise<FingerprintService> => {
    const { url, credentials } = options;
    const connection = connectToService({ url, ...(credentials && { credentials }) });
    try {
      const service = await openAt(new IndexClient(connection, options), session, options);
      return {
        lookup: (fingerprints, lookupOptions) => service.lookup(fingerprints, lookupOptions),
        locate: (fingerprints) => service.locate(fingerprints),
        register: (object) => service.register(object),
        settle: () => service.settle(),
        counts: () => service.counts(),
        close: async () => {
          await service.close();
          connection.close();
        },
      };
    } catch (error) {
      connection.close();
      throw error;
    }
  };
}

/** Before the session begins: it is not answered from what no index object is known to name. */
async function openAt(
  client: IndexClient,
  { id: sessionId, condemnedPacks: excludedPacks, readIndexObject }: ServiceSession,
  { world, concurrency }: FingerprintServiceOptions,
): Promise<RemoteFingerprints> {
  for (const id of await unnamedIndexObjects(client)) {
    const object = await readIndexObject(id);
    if (object !== undefined) await nameIfThere(client, object);
  }
  return RemoteFingerprints.open({ client, world, sessionId, excludedPacks, concurrency });
}

/** It is another's: what `gc` takes away meanwhile is nothing to rely on, and no error. */
async function nameIfThere(client: IndexClient, object: IndexedPacks): Promise<void> {
  try {
    await nameIndexObject(client, object, { isNew: false });
  } catch (error) {
    if (!(error instanceof BackupError && error.code === 'fenced')) throw error;
  }
}
