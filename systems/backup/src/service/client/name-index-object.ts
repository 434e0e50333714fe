// Tells the index what an index object names, and what its packs hold where it does not know: so an index that was lost fills again, and
// what a writer that died did not get to tell is known.

import { BackupError } from '../../errors.ts';
import { parsePackEntries } from '../../packing/pack-layout.ts';
import type { IndexedPacks } from '../fingerprint-service.ts';
import { encodeNamedPacks } from '../http/index-bodies.ts';
import type { IndexClient } from './index-client.ts';
import { registerPack } from './register-pack.ts';

const idBytes = 32;

/** Ids of index objects of which nobody told the service. Throws as `IndexClient.ask` does. */
export async function unnamedIndexObjects(client: IndexClient): Promise<readonly string[]> {
  return idsOf(await client.ask({ method: 'GET', path: 'index/unnamed' }));
}

/**
 * `isNew`: its packs are this session's, so nobody registered them. Gives the number of requests. Throws as
 * `IndexClient.ask` does; `fenced` also when the object, or a pack of it, is not stored any more.
 */
export async function nameIndexObject(
  client: IndexClient,
  object: IndexedPacks,
  { isNew }: { readonly isNew: boolean },
): Promise<number> {
  const all = object.packs.map(({ id }) => id);
  const unregistered = new Set(isNew ? all : await name(client, object));
  let requests = isNew ? 0 : 1;
  if (!isNew && unregistered.size === 0) return requests;
  for (const pack of object.packs) {
    if (!unregistered.has(pack.id)) continue;
    const { fingerprints } = parsePackEntries(pack.entries, pack.entryCount, `pack ${pack.id}`);
    requests += await registerPack(client, { id: pack.id, fingerprints });
  }
  const left = await name(client, object);
  if (left.length === 0) return requests + 1;
  throw new BackupError('fenced', {
    attempted: 'tell the fingerprint index of packs',
    detail: `${left.length} that were just registered are being deleted`,
  });
}

async function name(client: IndexClient, { id, packs }: IndexedPacks): Promise<readonly string[]> {
  const body = encodeNamedPacks(packs.map(({ id: pack, sizeBytes }) => ({ id: pack, sizeBytes })));
  return idsOf(await client.ask({ method: 'POST', path: 'index/name', query: { object: id }, body }));
}

function idsOf(bytes: Buffer): readonly string[] {
  return Array.from({ length: bytes.length / idBytes }, (_, index) =>
    bytes.toString('hex', index * idBytes, (index + 1) * idBytes),
  );
}
