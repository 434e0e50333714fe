// Who sends an Authorization header: HTTP Basic with an access key id and its secret (RFC 7617), or a bearer token
// (RFC 6750). Of tokens only the SHA-256 is stored and compared: a token is 256 random bits, there is nothing to guess.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { LookupCache } from '@cairn/engines';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import type { Credentials } from './credentials.ts';

export type KnownToken = {
  readonly accessKeyId: string;
  readonly user: string | null;
  readonly expiresMs: number;
};

type Options = {
  readonly clock: Clock;
  readonly credentials: Credentials;
  /** By the token's hash in hexadecimal. */
  readonly tokens: LookupCache<KnownToken>;
};

/** Undefined when the header proves nothing, for whatever reason: a caller learns no more than that. */
export async function authenticate(
  authorization: string | undefined,
  options: Options,
): Promise<Principal | undefined> {
  const [, scheme, credentials] = /^(basic|bearer) +([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  return scheme.toLowerCase() === 'basic'
    ? authenticateBasic(credentials, options)
    : authenticateToken(credentials, options);
}

async function authenticateBasic(encoded: string, { credentials }: Options): Promise<Principal | undefined> {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) return undefined;
  const key = await credentials.find(decoded.slice(0, colon));
  // An unknown id is compared too, with what cannot match, so that its answer does not come sooner.
  const matches = equalInConstantTime({ given: decoded.slice(colon + 1), wanted: key?.secret ?? '' });
  return key !== undefined && matches ? key.principal : undefined;
}

async function authenticateToken(
  token: string,
  { clock, credentials, tokens }: Options,
): Promise<Principal | undefined> {
  const known = await tokens.get(hashOfToken(token).toString('hex'));
  if (known === undefined || clock.nowMs() >= known.expiresMs) return undefined;
  const key = await credentials.find(known.accessKeyId);
  const owner = key?.principal.type === 'root' ? null : key?.principal.name;
  return owner === known.user ? key?.principal : undefined;
}

export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Hashed first, so that the lengths are equal and tell nothing. */
function equalInConstantTime({ given, wanted }: { given: string; wanted: string }): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
