// Operations on bearer tokens.

import assert from 'node:assert/strict';
import type { Principal } from '@cairn/service';
import { IdentityError } from '../../errors.ts';
import {
  tokenLifetimeMsDefault,
  tokenLifetimeMsMax,
  tokenLifetimeMsMin,
  tokensPerPrincipalMax,
} from '../../limits.ts';
import { newToken, newTokenId } from '../../secrets/random-names.ts';
import type { TokenRow } from '../../store/tokens.ts';
import { hashOfToken } from '../access/authenticator.ts';
import type { Identity, TokenInfo } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { requireUserName } from './names.ts';

type TokenOperations = Pick<Identity, 'issueToken' | 'listTokens' | 'revokeToken'>;

export function tokenOperations({ world, sql, caches }: CoreParts): TokenOperations {
  const nowMs = () => Math.floor(world.clock.nowMs());
  return {
    async issueToken({ principal, lifetimeMs = tokenLifetimeMsDefault }) {
      requireLifetime(lifetimeMs);
      if (principal.session !== undefined)
        throw new IdentityError('AccessDenied', 'Temporary credentials cannot get a bearer token.');
      const token = newToken(world.random);
      const row = tokenRow(principal, { id: newTokenId(world.random), nowMs: nowMs(), lifetimeMs });
      const quota = { tokensMax: tokensPerPrincipalMax };
      const outcome = await sql.write('issueToken', { ...row, hash: hashOfToken(token), ...quota });
      if (outcome === 'LimitExceeded')
        throw new IdentityError(
          outcome,
          `Cannot exceed quota for TokensPerPrincipal: ${tokensPerPrincipalMax}`,
        );
      if (outcome === 'InactiveKey')
        throw new IdentityError(
          'NoSuchEntity',
          `The Access Key with id ${row.access_key} is not active any more.`,
        );
      return { ...infoOf(row), token };
    },

    async listTokens({ user }) {
      const rows = await sql.read('listTokens', { user: ownerOf(user), now_ms: nowMs() });
      return rows.map(infoOf);
    },

    async revokeToken({ user, id }) {
      const owner = ownerOf(user);
      try {
        const revoked = /^\w{1,128}$/.test(id) && (await sql.write('revokeToken', { id, user: owner }));
        if (!revoked) throw noSuchToken({ user, id });
      } finally {
        caches.tokens.forgetAll();
      }
    },
  };
}

function noSuchToken({ user, id }: { user: string; id: string }): IdentityError {
  return new IdentityError(
    'NoSuchEntity',
    `The token with id ${JSON.stringify(id)} of ${user} cannot be found.`,
  );
}

function requireLifetime(lifetimeMs: number): void {
  if (lifetimeMs >= tokenLifetimeMsMin && lifetimeMs <= tokenLifetimeMsMax) return;
  throw new IdentityError(
    'ValidationError',
    `A token lives ${tokenLifetimeMsMin / 1000} to ${tokenLifetimeMsMax / 1000} seconds, not ${lifetimeMs / 1000}.`,
  );
}

function tokenRow(
  principal: Principal,
  { id, nowMs, lifetimeMs }: { id: string; nowMs: number; lifetimeMs: number },
): TokenRow {
  assert(principal.accessKeyId !== undefined, 'a token is issued to someone who logged in with a key');
  const user = principal.type === 'root' ? null : principal.name;
  const expires_ms = nowMs + Math.floor(lifetimeMs);
  return { id, user, access_key: principal.accessKeyId, issued_ms: nowMs, expires_ms };
}

/** The column's value: null for root. */
function ownerOf(user: string): string | null {
  if (user === 'root') return null;
  requireUserName(user);
  return user;
}

function infoOf({ id, user, access_key, issued_ms, expires_ms }: TokenRow): TokenInfo {
  return { id, user: user ?? 'root', accessKeyId: access_key, issuedMs: issued_ms, expiresMs: expires_ms };
}
