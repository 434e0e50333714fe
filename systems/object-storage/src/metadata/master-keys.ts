// Which master keys wrap the keys of objects: known here, so that the loss of the file that holds them is noticed.

import type { Transaction } from '@cairn/engines';
import { isIntact, sealedMasterKey } from './row-checksums.ts';
import { statement } from './tables.ts';

export type MasterKeyRow = {
  readonly id: string;
  readonly created_ms: number;
  readonly fingerprint: string;
  readonly rewrapped: number;
};

const parameters = {
  id: 'text',
  created_ms: 'integer',
  fingerprint: 'text',
  rewrapped: 'integer',
  row_crc: 'integer',
} as const;
const selectMasterKeys = statement({}, (db) =>
  db.selectFrom('master_key').selectAll().orderBy('created_ms').orderBy('id'),
);
const upsertMasterKey = statement(parameters, (db, p) => {
  const { id, ...content } = p;
  return db
    .insertInto('master_key')
    .values({ id, ...content })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(content));
});

export type MasterKeyList = {
  /** The oldest first. */
  readonly keys: readonly MasterKeyRow[];
  /** Ids of rows that do not match their checksums: the file of the keys may still know better. */
  readonly damaged: readonly string[];
};

export function* listMasterKeys(_input: Record<string, never>): Transaction<MasterKeyList> {
  const rows = yield* selectMasterKeys.all({});
  return {
    keys: rows.filter(isIntact.masterKey),
    damaged: rows.filter((row) => !isIntact.masterKey(row)).map(({ id }) => id),
  };
}

/** Notes a master key before the first key is wrapped under it, or that all others are rewrapped. */
export function* noteMasterKey(input: { masterKey: MasterKeyRow }): Transaction<void> {
  yield* upsertMasterKey.run(sealedMasterKey(input.masterKey));
}
