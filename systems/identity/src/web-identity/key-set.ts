// The keys of a provider (JWK Set, RFC 7517): those that signatures can be verified with; others are passed over.

import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { keysPerProviderMax } from '../limits.ts';
import { fits } from './signature.ts';

type JsonWebKey = webcrypto.JsonWebKey;

export type ProviderKey = {
  readonly keyId: string | undefined;
  /** The only one it may be used with, when it says so. */
  readonly algorithm: string | undefined;
  readonly key: KeyObject;
};

/** Throws an Error that says what is wrong with the document. */
export function parseKeySet(text: string): readonly ProviderKey[] {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the key set has no array "keys"');
  if (keys.length > keysPerProviderMax)
    throw new Error(`the key set has ${keys.length} keys, at most ${keysPerProviderMax} are taken`);
  return keys.map(keyOf).filter((key) => key !== undefined);
}

function keyOf(value: unknown): ProviderKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kty, use, key_ops: operations, kid, alg } = value as Record<string, unknown>;
  // A symmetric key (`oct`) in public is nobody's secret.
  if (kty !== 'RSA' && kty !== 'EC') return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined;
  try {
    return {
      keyId: typeof kid === 'string' ? kid : undefined,
      algorithm: typeof alg === 'string' ? alg : undefined,
      key: createPublicKey({ key: publicPart(value as JsonWebKey), format: 'jwk' }),
    };
  } catch {
    // One that cannot be read verifies nothing; the others still do.
    return undefined;
  }
}

/** Whatever else a set has by mistake, a private exponent among it, stays out of the process. */
function publicPart({ kty, n, e, crv, x, y }: JsonWebKey): JsonWebKey {
  return kty === 'RSA' ? { kty, n: n!, e: e! } : { kty: kty!, crv: crv!, x: x!, y: y! };
}

/**
 * Those that a token may have been signed with. A token without a key id is taken where only one key fits, as
 * OpenID Connect Core, 10.1, has it.
 */
export function candidates(
  keys: readonly ProviderKey[],
  { keyId, algorithm }: { keyId: string | undefined; algorithm: string },
): readonly KeyObject[] {
  const fitting = keys
    .filter((each) => each.algorithm === undefined || each.algorithm === algorithm)
    .filter((each) => keyId === undefined || each.keyId === keyId)
    .filter(({ key }) => fits(key, algorithm));
  return keyId === undefined && fitting.length > 1 ? [] : fitting.map(({ key }) => key);
}
