// The fingerprint service of a repository by its URL: what a writer asks when the repository lies at Cairn's backup service.

import type { BlobsCredentials } from '@cairn/engines';
import type { World } from '@cairn/world';
import type { FingerprintService } from '../fingerprint-service.ts';
import { IndexClient } from './index-client.ts';
import { packsToExclude, registeredPacks, registerMissing, type ServiceIndex } from './register-missing.ts';
import { RemoteFingerprints } from './remote-fingerprints.ts';
import { connectToService } from './service-blobs.ts';

export type FingerprintServiceOptions = {
  /** `cairn://HOST[:7000]/REPOSITORY`, or `cairns://`. */
  readonly url: string;
  readonly world: World;
  readonly credentials?: BlobsCredentials;
  /** As the repository's configuration says. */
  readonly concurrency: 'optimistic' | 'pessimistic';
};

/**
 * What `CreateOptions.openService` takes: a session at the index. Throws `BlobsError` `invalid-url`, `denied`, or what
 * `FingerprintService.lookup` does.
 */
export function fingerprintServiceOpener(options: FingerprintServiceOptions) {
  return async (sessionId: string, index: ServiceIndex): Promise<FingerprintService> => {
    const { url, credentials } = options;
    const connection = connectToService({ url, ...(credentials && { credentials }) });
    try {
      const service = await openAt(new IndexClient(connection, options.world), {
        ...options,
        sessionId,
        index,
      });
      return {
        lookup: (fingerprints, lookupOptions) => service.lookup(fingerprints, lookupOptions),
        register: (pack) => service.register(pack),
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

async function openAt(
  client: IndexClient,
  options: FingerprintServiceOptions & { readonly sessionId: string; readonly index: ServiceIndex },
): Promise<RemoteFingerprints> {
  const { world, concurrency, sessionId, index } = options;
  const registered = await registeredPacks(client);
  const excludedPacks = packsToExclude(registered, index);
  const service = await RemoteFingerprints.open({ client, world, sessionId, excludedPacks, concurrency });
  try {
    await registerMissing(client, registered, index);
    return service;
  } catch (error) {
    await service.close();
    throw error;
  }
}
