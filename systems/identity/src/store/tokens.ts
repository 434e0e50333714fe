// Transactions on bearer tokens. Only a token's hash is here; it is worth nothing without the key it was issued to.

import type { Transaction } from '@cairn/engines';
import { findAccessKey } from './access-keys.ts';
import { statement } from './tables.ts';

export type TokenRow = {
  readonly id: string;
  readonly user: string | null;
  readonly access_key: string;
  readonly issued_ms: number;
  readonly expires_ms: number;
};

const columns = ['id', 'user', 'access_key', 'issued_ms', 'expires_ms'] as const;

const selectToken = statement({ hash: 'blob' }, (db, p) =>
  db.selectFrom('token').select(columns).where('hash', '=', p.hash),
);
const selectTokenById = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('token').select(columns).where('id', '=', p.id),
);
const selectTokensOfUser = statement({ user: 'text', now_ms: 'integer' }, (db, p) =>
  db
    .selectFrom('token')
    .select(columns)
    .where('user', '=', p.user)
    .where('expires_ms', '>', p.now_ms)
    .orderBy('issued_ms')
    .orderBy('id'),
);
const selectTokensOfRoot = statement({ now_ms: 'integer' }, (db, p) =>
  db
    .selectFrom('token')
    .select(columns)
    .where('user', 'is', null)
    .where('expires_ms', '>', p.now_ms)
    .orderBy('issued_ms')
    .orderBy('id'),
);
const insertToken = statement(
  {
    hash: 'blob',
    id: 'text',
    user: 'text?',
    access_key: 'text',
    issued_ms: 'integer',
    expires_ms: 'integer',
  },
  (db, p) =>
    db.insertInto('token').values({
      hash: p.hash,
      id: p.id,
      user: p.user,
      access_key: p.access_key,
      issued_ms: p.issued_ms,
      expires_ms: p.expires_ms,
    }),
);
const removeToken = statement({ id: 'text' }, (db, p) => db.deleteFrom('token').where('id', '=', p.id));
const removeExpired = statement({ now_ms: 'integer' }, (db, p) =>
  db.deleteFrom('token').where('expires_ms', '<=', p.now_ms),
);

/** Expired ones too: the caller knows what time it is. */
export function* findToken(input: { hash: Uint8Array }): Transaction<TokenRow | undefined> {
  return yield* selectToken.first(input);
}

/** Those that have not expired, of one user, or of root for null. */
export function* listTokens(input: {
  user: string | null;
  now_ms: number;
}): Transaction<readonly TokenRow[]> {
  const { user, now_ms } = input;
  return user === null
    ? yield* selectTokensOfRoot.all({ now_ms })
    : yield* selectTokensOfUser.all({ user, now_ms });
}

export type IssueTokenOutcome = 'issued' | 'InactiveKey' | 'LimitExceeded';

/** Forgets expired tokens on the way, so that they never pile up. */
export function* issueToken(
  input: TokenRow & { hash: Uint8Array; tokensMax: number },
): Transaction<IssueTokenOutcome> {
  const { tokensMax, ...row } = input;
  if (row.user !== null) {
    const key = yield* findAccessKey({ id: row.access_key });
    if (key?.user !== row.user || key.active === 0) return 'InactiveKey';
  }
  yield* removeExpired.run({ now_ms: row.issued_ms });
  const tokens = yield* listTokens({ user: row.user, now_ms: row.issued_ms });
  if (tokens.length >= tokensMax) return 'LimitExceeded';
  yield* insertToken.run(row);
  return 'issued';
}

/** False when the token is not there, or is not that user's. */
export function* revokeToken(input: { id: string; user: string | null }): Transaction<boolean> {
  const token = yield* selectTokenById.first({ id: input.id });
  if (token === undefined || token.user !== input.user) return false;
  yield* removeToken.run({ id: input.id });
  return true;
}
