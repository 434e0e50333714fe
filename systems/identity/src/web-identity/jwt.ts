// A JSON Web Token in its compact form (RFC 7519, RFC 7515), taken apart: nothing of it is believed yet.
//
//   base64url(header) "." base64url(claims) "." base64url(signature)
//
// What a header may say of where keys are (`jku`, `x5u`), or bring along (`jwk`, `x5c`), is not read: keys come from the
// provider that is registered, and from nowhere else.

import { webTokenCharactersMax, webTokenCharactersMin } from '../limits.ts';
import { invalidToken } from './invalid-token.ts';

export type Jwt = {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What was signed. */
  readonly signed: string;
  readonly signature: Buffer;
};

/** Throws InvalidIdentityToken. */
export function parseJwt(token: string): Jwt {
  if (token.length < webTokenCharactersMin || token.length > webTokenCharactersMax)
    throw invalidToken(
      `has ${token.length} characters, not ${webTokenCharactersMin} to ${webTokenCharactersMax}`,
    );
  const [, header, claims, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (header === undefined || claims === undefined || signature === undefined)
    throw invalidToken('is no JWT: three texts of base64url between two dots, signed');
  const { alg, kid, crit } = objectOf(header, 'header');
  if (typeof alg !== 'string') throw invalidToken('has no algorithm');
  if (kid !== undefined && typeof kid !== 'string') throw invalidToken('has a key id that is no text');
  // RFC 7515, 4.1.11: who does not understand what is critical refuses. Nothing is understood here.
  if (crit !== undefined) throw invalidToken('has critical header parameters');
  return {
    algorithm: alg,
    keyId: kid,
    claims: objectOf(claims, 'claims'),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

function objectOf(part: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch (cause) {
    throw invalidToken(`has ${name} that are not JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw invalidToken(`has ${name} that are no JSON object`);
}
