// Makes the temporary credentials of a session, from what it is of and what it came from.

import type { Principal } from '@cairn/service';
import { IdentityError } from '../../errors.ts';
import { sessionTokenCharactersMax } from '../../limits.ts';
import { newSecretKey, newSessionKeyId } from '../../secrets/random-names.ts';
import { transitiveTags } from '../../web-identity/session-tags.ts';
import {
  fingerprintOf,
  type KeySessionContents,
  Session,
  type SessionContents,
  sealSession,
  type WebSessionContents,
} from '../access/session.ts';
import type { TemporaryCredentials } from '../identity.ts';
import type { CoreParts } from '../parts.ts';

export type SessionLimits = { readonly seconds: number; readonly policies: readonly string[] };
type Made = 'secret' | 'issuedMs' | 'expiresMs' | 'policies';
/** What a session is, but for what is made with it. */
export type SessionOrigin = Omit<KeySessionContents, Made> | Omit<WebSessionContents, Made>;
type RoleOwner = WebSessionContents['owner'];

/**
 * What a session hangs on that this principal makes: the key that the principal has, and if that is one of a session,
 * what that session hangs on.
 */
export async function originBy(
  principal: Principal,
  owner: KeySessionContents['owner'],
  { caches }: Pick<CoreParts, 'caches'>,
): Promise<SessionOrigin> {
  const contents = principal.session instanceof Session ? principal.session.contents : undefined;
  if (contents?.version === 2) {
    const { provider, providerId, clientId } = contents.webIdentity;
    const tags = transitiveTags(contents.tags);
    return { version: 2, webIdentity: { provider, providerId, clientId }, tags, owner: owner as RoleOwner };
  }
  const parent = await caches.credentials.find(contents?.parent ?? principal.accessKeyId ?? '');
  if (parent === undefined)
    throw new IdentityError('AccessDenied', 'The access key of the caller is not active any more.');
  return { version: 1, parent: parent.accessKeyId, fingerprint: fingerprintOf(parent), owner };
}

/** Throws PackedPolicyTooLarge: policy and tags have to fit into the token that carries them. */
export function issueSession(
  origin: SessionOrigin,
  { seconds, policies }: SessionLimits,
  { world: { clock, random }, secretBox }: Pick<CoreParts, 'world' | 'secretBox'>,
): TemporaryCredentials {
  const issuedMs = Math.floor(clock.nowMs());
  const [accessKeyId, secret] = [newSessionKeyId(random), newSecretKey(random)];
  const expiresMs = issuedMs + seconds * 1_000;
  const contents: SessionContents = { ...origin, secret, issuedMs, expiresMs, policies };
  const token = sealSession(contents, { accessKeyId, secretBox, random });
  if (token.length > sessionTokenCharactersMax)
    throw new IdentityError(
      'PackedPolicyTooLarge',
      `The session policy, the tags and what the token says exceed the packed size by ${Math.ceil((token.length / sessionTokenCharactersMax - 1) * 100)} %.`,
    );
  return { accessKeyId, secretKey: secret, token, expiresMs };
}
