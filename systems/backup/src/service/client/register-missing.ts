// Packs that index objects name and the service's index does not: it was lost, or whoever wrote them did not get to tell.
// Without this their chunks would be uploaded again.

import type { ChunkIndex } from '../../core/repository.ts';
import type { IndexClient } from './index-client.ts';
import { registerPack } from './register-pack.ts';

export type ServiceIndex = Pick<ChunkIndex, 'condemnedPacks' | 'packs' | 'contentsOf'>;

const packIdBytes = 32;

/** One request where nothing is missing. Throws as `IndexClient.ask` does. */
export async function registerMissing(client: IndexClient, index: ServiceIndex): Promise<void> {
  const registered = await registeredPacks(client);
  for (const { id, condemned } of index.packs) {
    const contents = condemned || registered.has(id) ? undefined : index.contentsOf(id);
    if (contents !== undefined) await registerPack(client, { id, fingerprints: contents.fingerprints });
  }
}

async function registeredPacks(client: IndexClient): Promise<ReadonlySet<string>> {
  const bytes = await client.ask({ method: 'GET', path: 'index/packs' });
  const ids = new Set<string>();
  for (let at = 0; at < bytes.length; at += packIdBytes) ids.add(bytes.toString('hex', at, at + packIdBytes));
  return ids;
}
