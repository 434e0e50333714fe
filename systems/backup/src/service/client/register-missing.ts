// What index objects say of packs against what the service's index has registered.
//
// Registered and named by no index object, or cut short: the index object was lost, or `repair` dropped its entry. A snapshot that
// referred to such a pack would be left with chunks that no index names, so a session is not answered from it (DESIGN.md, W2).
//
// Named and not registered: the service's index was lost, or whoever wrote them did not get to tell. Without telling it their
// chunks would be uploaded again.

import type { ChunkIndex, IndexedPack } from '../../core/repository.ts';
import type { IndexClient } from './index-client.ts';
import { registerPack } from './register-pack.ts';

export type ServiceIndex = Pick<ChunkIndex, 'condemnedPacks' | 'contentsOf'> & {
  readonly packs: readonly Pick<IndexedPack, 'id' | 'condemned' | 'sizeBytes' | 'listedBytes'>[];
};

const packIdBytes = 32;

/** Ids of the packs that the service answers from. Throws as `IndexClient.ask` does. */
export async function registeredPacks(client: IndexClient): Promise<ReadonlySet<string>> {
  const bytes = await client.ask({ method: 'GET', path: 'index/packs' });
  const ids = new Set<string>();
  for (let at = 0; at < bytes.length; at += packIdBytes) ids.add(bytes.toString('hex', at, at + packIdBytes));
  return ids;
}

/**
 * What a session that read `index` (W2) must not be answered from. What was registered since it was read is among these, for nobody can
 * tell it from what lost its index object: its chunks are uploaded twice at worst.
 */
export function packsToExclude(registered: ReadonlySet<string>, index: ServiceIndex): ReadonlySet<string> {
  return index.condemnedPacks.union(registered.difference(reliablePacks(index)));
}

/** No request where nothing is missing. Throws as `IndexClient.ask` does. */
export async function registerMissing(
  client: IndexClient,
  registered: ReadonlySet<string>,
  index: ServiceIndex,
): Promise<void> {
  for (const id of reliablePacks(index).difference(registered)) {
    const contents = index.contentsOf(id);
    if (contents !== undefined) await registerPack(client, { id, fingerprints: contents.fingerprints });
  }
}

function reliablePacks({ packs }: ServiceIndex): ReadonlySet<string> {
  const reliable = packs.filter((pack) => !pack.condemned && pack.listedBytes >= pack.sizeBytes);
  return new Set(reliable.map(({ id }) => id));
}
