// Transactions on access keys. Whatever takes a key's effect away takes the tokens that were issued to it along.

import type { Transaction } from '@cairn/engines';
import { currentKeyId } from './settings.ts';
import { statement } from './tables.ts';
import { findUser } from './users.ts';

export type AccessKeyRow = {
  readonly id: string;
  readonly user: string;
  readonly active: number;
  readonly created_ms: number;
  readonly last_used_ms: number | null;
};
export type SealedKeyRow = AccessKeyRow & { readonly secret: Uint8Array };

const columns = ['id', 'user', 'active', 'created_ms', 'last_used_ms'] as const;

const selectKey = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('access_key').selectAll().where('id', '=', p.id),
);
const selectKeysOfUser = statement({ user: 'text' }, (db, p) =>
  db.selectFrom('access_key').select(columns).where('user', '=', p.user).orderBy('created_ms').orderBy('id'),
);
const selectKeys = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('access_key').selectAll().where('id', '>', p.after).orderBy('id').limit(p.limit),
);
const insertKey = statement(
  { id: 'text', user: 'text', secret: 'blob', active: 'integer', created_ms: 'integer' },
  (db, p) =>
    db
      .insertInto('access_key')
      .values({ id: p.id, user: p.user, secret: p.secret, active: p.active, created_ms: p.created_ms }),
);
const updateActive = statement({ id: 'text', user: 'text', active: 'integer' }, (db, p) =>
  db.updateTable('access_key').set({ active: p.active }).where('id', '=', p.id).where('user', '=', p.user),
);
const updateLastUsed = statement({ id: 'text', at_ms: 'integer' }, (db, p) =>
  db
    .updateTable('access_key')
    .set({ last_used_ms: p.at_ms })
    .where('id', '=', p.id)
    .where((row) => row.or([row('last_used_ms', 'is', null), row('last_used_ms', '<', p.at_ms)])),
);
const removeKey = statement({ id: 'text', user: 'text' }, (db, p) =>
  db.deleteFrom('access_key').where('id', '=', p.id).where('user', '=', p.user),
);
const removeTokensOfKey = statement({ access_key: 'text' }, (db, p) =>
  db.deleteFrom('token').where('access_key', '=', p.access_key),
);

export type OwnedKeyRow = SealedKeyRow & {
  /** Of its user: what an ARN is made of, besides the name. */
  readonly path: string;
};

export function* findAccessKey(input: { id: string }): Transaction<OwnedKeyRow | undefined> {
  const row = yield* selectKey.first(input);
  if (row === undefined) return undefined;
  const user = yield* findUser({ name: row.user });
  return { ...row, path: user?.path ?? '/' };
}

/** The oldest first. */
export function* listAccessKeys(input: { user: string }): Transaction<readonly AccessKeyRow[]> {
  return yield* selectKeysOfUser.all(input);
}

/** Keys of all users by id, with their sealed secrets: for checks. */
export function* listSealedKeys(input: {
  after: string;
  limit: number;
}): Transaction<readonly SealedKeyRow[]> {
  return yield* selectKeys.all(input);
}

export type CreateAccessKeyOutcome = 'created' | 'NoSuchEntity' | 'LimitExceeded' | 'OtherMasterKey';

/** `keyId` is that of the master key which sealed the secret: the database takes secrets of one master key only. */
export function* createAccessKey(input: {
  id: string;
  user: string;
  secret: Uint8Array;
  created_ms: number;
  keysMax: number;
  keyId: string;
}): Transaction<CreateAccessKeyOutcome> {
  if ((yield* currentKeyId()) !== input.keyId) return 'OtherMasterKey';
  if ((yield* findUser({ name: input.user })) === undefined) return 'NoSuchEntity';
  const keys = yield* selectKeysOfUser.all({ user: input.user });
  if (keys.length >= input.keysMax) return 'LimitExceeded';
  const { id, user, secret, created_ms } = input;
  yield* insertKey.run({ id, user, secret, active: 1, created_ms });
  return 'created';
}

/** False when the user has no such key. */
export function* setAccessKeyActive(input: {
  id: string;
  user: string;
  active: boolean;
}): Transaction<boolean> {
  const { id, user, active } = input;
  const changes = yield* updateActive.run({ id, user, active: active ? 1 : 0 });
  if (changes > 0 && !active) yield* removeTokensOfKey.run({ access_key: id });
  return changes > 0;
}

/** False when the user has no such key. */
export function* deleteAccessKey(input: { id: string; user: string }): Transaction<boolean> {
  const changes = yield* removeKey.run(input);
  if (changes > 0) yield* removeTokensOfKey.run({ access_key: input.id });
  return changes > 0;
}

/** Times only ever move forwards. */
export function* recordLastUses(input: {
  uses: readonly { id: string; at_ms: number }[];
}): Transaction<void> {
  for (const use of input.uses) yield* updateLastUsed.run(use);
}
