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
import { candidates, type ProviderKey } from './key-set.ts';
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
  let isSigned = false;
  const signs = (known: readonly ProviderKey[]) => {
    isSigned = candidates(known, jwt).some((key) => isSignedBy(key, jwt));
    return isSigned;
  };
  // A key without an id, or under the id of the one before, is new where the signature is not by the old one.
  const keys = await options.keys.of(provider, signs);
  if (isSigned || signs(keys)) return { ...claims, provider, clientId };
  throw invalidToken(
    candidates(keys, jwt).length === 0
      ? 'names no key that its identity provider has for signatures'
      : 'has a signature that is not its issuer’s',
  );
}

/** The issuer is compared as it is: another scheme, port or slash is another issuer. */
async function providerOf({ issuer }: WebIdentityClaims, options: VerifyOptions): Promise<OpenIdProvider> {
  const name = /^https?:\/\/([!-~]{1,255})$/.exec(issuer)?.[1];
  const provider = name === undefined ? undefined : await options.findProvider(name);
  if (provider?.url === issuer) return provider;
  const shown = JSON.stringify(issuer.slice(0, 256));
  throw invalidToken(`is of an issuer that is no OpenID Connect provider of this account: ${shown}`);
}

/** By `azp` alone where there is one, as at AWS: what another client was given lets nobody in, whomever it is for. */
function clientOf(
  { audiences, authorizedParty }: WebIdentityClaims,
  { provider, acceptsUnlistedAudiences }: { provider: OpenIdProvider; acceptsUnlistedAudiences: boolean },
): string | null {
  const named = authorizedParty === undefined ? audiences : [authorizedParty];
  const found = named.find((each) => provider.clientIds.includes(each));
  if (found !== undefined) return found;
  if (provider.clientIds.length === 0 && acceptsUnlistedAudiences) return null;
  throw invalidToken('is for none of the clients of its provider (incorrect token audience)');
}
