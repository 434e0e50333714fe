// What the database remembers of itself: the id of the master key under which its secrets are sealed.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

const keyIdName = 'master-key-id';

const selectSetting = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('setting').select('value').where('name', '=', p.name),
);
const upsertSetting = statement({ name: 'text', value: 'text' }, (db, p) =>
  db
    .insertInto('setting')
    .values({ name: p.name, value: p.value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.value })),
);
const countKeys = statement({}, (db) =>
  db.selectFrom('access_key').select(({ fn }) => fn.countAll<number>().as('count')),
);

export type SecretsState = { readonly keyId: string | undefined; readonly accessKeys: number };

export function* currentKeyId(): Transaction<string | undefined> {
  const setting = yield* selectSetting.first({ name: keyIdName });
  return setting?.value;
}

export function* secretsState(_input: Record<string, never>): Transaction<SecretsState> {
  const keyId = yield* currentKeyId();
  const row = yield* countKeys.first({});
  return { keyId, accessKeys: row?.count ?? 0 };
}

/** Makes a master key the one of this database, unless secrets are sealed under another. Answers which it now is. */
export function* claimKeyId(input: { keyId: string }): Transaction<SecretsState> {
  const state = yield* secretsState({});
  if (state.keyId === input.keyId || state.accessKeys > 0) return state;
  yield* upsertSetting.run({ name: keyIdName, value: input.keyId });
  return { keyId: input.keyId, accessKeys: 0 };
}

/** Makes a master key the one of this database, whatever was sealed under another: for repair only. */
export function* adoptKeyId(input: { keyId: string }): Transaction<void> {
  yield* upsertSetting.run({ name: keyIdName, value: input.keyId });
}
