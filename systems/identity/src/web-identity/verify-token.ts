// Whether a web identity token is worth something: which registered provider it is of, that it is for one of the provider's
// clients, that its time has come and not gone, and that the provider signed it.
//
// What can be told without the provider is looked at first: who sends nonsense makes nobody fetch anything. Everything has
// to hold, so the order tells nothing but which of AWS's errors it is.

import type { Clock } from '@cairn/world';
import type { OpenIdProvider } from '../core/identity.ts';
import { readClaims, type WebIdentityClaims } from './claims.ts';
import { invalidToken } from './invalid-token.ts';
import { parseJwt } from './jwt.ts';
import { candidates } from './key-set.ts';
import type { ProviderKeys } from './provider-keys.ts';
import { isKnownAlgorithm, isSignedBy } from './signature.ts';

export type VerifyOptions = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** A registered provider by the URL without its scheme. */
  readonly findProvider: (name: string) => OpenIdProvider | undefined | Promise<OpenIdProvider | undefined>;
  readonly keys: ProviderKeys;
  /** Whether a provider without client ids lets in tokens for anybody. */
  readonly acceptsUnlistedAudiences: boolean;
};

export type WebIdentity = WebIdentityClaims & {
  readonly provider: OpenIdProvider;
  /** That of the provider by which it was taken; null where none is listed. */
  readonly clientId: string | null;
};

/** Throws InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError. */
export async function verifyToken(token: string, options: VerifyOptions): Promise<WebIdentity> {
  const jwt = parseJwt(token);
  const { algorithm } = jwt;
  if (!isKnownAlgorithm(algorithm)) throw invalidToken('is not signed by RSA or ECDSA');
  const claims = readClaims(jwt.claims, { nowMs: options.clock.nowMs() });
  const provider = await providerOf(claims, options);
  const clientId = clientOf(claims, { provider, ...options });
  const keys = await options.keys.of(provider, (known) => candidates(known, jwt).length > 0);
  const fitting = candidates(keys, jwt);
  if (fitting.length === 0) throw invalidToken('names no key that its identity provider has for signatures');
  if (!fitting.some((key) => isSignedBy(key, jwt)))
    throw invalidToken('has a signature that is not its issuer’s');
  return { ...claims, provider, clientId };
}

/** The issuer is compared as it is: another scheme, port or slash is another issuer. */
async function providerOf({ issuer }: WebIdentityClaims, options: VerifyOptions): Promise<OpenIdProvider> {
  const name = /^https?:\/\/([!-~]{1,255})$/.exec(issuer)?.[1];
  const provider = name === undefined ? undefined : await options.findProvider(name);
  if (provider?.url === issuer) return provider;
  const shown = JSON.stringify(issuer.slice(0, 256));
  throw invalidToken(`is of an issuer that is no OpenID Connect provider of this account: ${shown}`);
}

function clientOf(
  { audiences, authorizedParty }: WebIdentityClaims,
  { provider, acceptsUnlistedAudiences }: { provider: OpenIdProvider; acceptsUnlistedAudiences: boolean },
): string | null {
  const named = authorizedParty === undefined ? audiences : [...audiences, authorizedParty];
  const found = named.find((each) => provider.clientIds.includes(each));
  if (found !== undefined) return found;
  if (provider.clientIds.length === 0 && acceptsUnlistedAudiences) return null;
  throw invalidToken('is for none of the clients of its provider (incorrect token audience)');
}
