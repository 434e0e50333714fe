// Tells the index what a pack holds, in as many requests as it takes.

import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import { keysPerRequestMax } from '../http/store-protocol.ts';
import type { IndexClient } from './index-client.ts';
import { keysAt } from './keys-at.ts';

/** Gives the number of requests. Throws as `IndexClient.ask` does. */
export async function registerPack(
  client: IndexClient,
  { id, fingerprints }: { readonly id: string; readonly fingerprints: Uint8Array },
): Promise<number> {
  const all = Uint32Array.from({ length: fingerprints.length / fingerprintBytes }, (_, index) => index);
  let requests = 0;
  for (let start = 0; start < all.length || start === 0; start += keysPerRequestMax) {
    const body = keysAt(fingerprints, all.subarray(start, start + keysPerRequestMax));
    await client.ask({ method: 'POST', path: 'index/register', query: { pack: id }, body });
    requests += 1;
  }
  return requests;
}
