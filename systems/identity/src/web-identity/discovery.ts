// Where a provider's keys are: OpenID Connect Discovery 1.0, section 4.

import { isLoopbackHost } from '@cairn/service';
import type { FetchDocument } from './fetch-document.ts';
import type { KeySource } from './provider-keys.ts';

/**
 * Asks the provider. Its document has to be about itself, and its keys have to come as safely as the document did:
 * by https, from this machine only where the provider is on it.
 */
export async function keySetUrl({ url: issuer, thumbprints }: KeySource, fetch: FetchDocument): Promise<URL> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const document = JSON.parse(await fetch({ url, thumbprints })) as Record<string, unknown> | null;
  if (document?.issuer !== issuer)
    throw new Error(`${url} is about another issuer: ${JSON.stringify(document?.issuer)?.slice(0, 256)}`);
  const { jwks_uri: keys } = document;
  const found = typeof keys === 'string' ? URL.parse(keys) : null;
  if (found === null) throw new Error(`${url} names no URL of keys in "jwks_uri"`);
  const isLocal = isLoopback(url) && isLoopback(found) && /^https?:$/.test(found.protocol);
  if (found.username !== '' || found.password !== '' || !(isLocal || isRemote(found)))
    throw new Error(`${url} names keys that are not taken from there: ${found.protocol}//${found.host}`);
  return found;
}

function isRemote(url: URL): boolean {
  return url.protocol === 'https:' && !isLoopback(url);
}

/** Whether only this machine is asked. */
export function isLoopback({ hostname }: URL): boolean {
  return isLoopbackHost(hostname.replace(/^\[(.*)\]$/, '$1'));
}
