// What the broker is: the id of its cluster, which stays, and the number of its starts, which is the leader epoch. Epochs never go
// back: records, markers and receipts of an earlier start would pass for later ones. So a row that is damaged, or lost, keeps the
// broker from starting until a repair has put it right.

import { SqlError, type Transaction } from '@cairn/engines';
import { crcOf, isRight } from './queue-checksums.ts';
import { statement } from './tables.ts';

export type SettingRow = { readonly name: string; readonly value: string };
/** As it was read. */
export type StoredSetting = SettingRow & { readonly row_crc: number | null; readonly isIntact: boolean };

const selectSettings = statement({}, (db) => db.selectFrom('setting').selectAll().orderBy('name'));
const selectSetting = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('setting').selectAll().where('name', '=', p.name),
);
const upsertSetting = statement({ name: 'text', value: 'text', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('setting')
    .values(p)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.value, row_crc: p.row_crc })),
);
const removeSetting = statement({ name: 'text' }, (db, p) =>
  db.deleteFrom('setting').where('name', '=', p.name),
);

export type BrokerStart = { readonly clusterId: string; readonly leaderEpoch: number };

/**
 * Counts this start. `newClusterId` becomes the cluster's when it has none yet. Throws SqlError `corrupt` when what is known of
 * earlier starts is damaged.
 */
export function* startBroker(input: { newClusterId: string }): Transaction<BrokerStart> {
  const cluster = yield* soundSetting('cluster-id');
  const starts = yield* soundSetting('starts');
  // They were written together.
  if (cluster === undefined && starts !== undefined) throw damaged('cluster-id', 'is lost');
  if (cluster !== undefined && starts === undefined) throw damaged('starts', 'is lost');
  const clusterId = cluster?.value ?? input.newClusterId;
  if (cluster?.row_crc === undefined || cluster.row_crc === null)
    yield* upsertSetting.run(sealed({ name: 'cluster-id', value: clusterId }));
  // The first epoch is 0, as Kafka's.
  const leaderEpoch = starts === undefined ? 0 : Number(starts.value) + 1;
  if (starts !== undefined && !isStarts(starts.value)) throw damaged('starts', `is '${starts.value}'`);
  yield* upsertSetting.run(sealed({ name: 'starts', value: String(leaderEpoch) }));
  return { clusterId, leaderEpoch };
}

/** From now on there is a store of delayed records, which a start has to open. */
export function* noteDelays(_input: Record<string, never>): Transaction<void> {
  yield* upsertSetting.run(sealed({ name: 'delays', value: 'used' }));
}

export function* hasDelays(_input: Record<string, never>): Transaction<boolean> {
  return (yield* selectSetting.first({ name: 'delays' })) !== undefined;
}

export function* listSettings(_input: Record<string, never>): Transaction<readonly StoredSetting[]> {
  return (yield* selectSettings.all({})).map((row) => ({ ...row, isIntact: isIntact(row) }));
}

/** Undefined takes it away. Not of what counts starts. */
export function* putSetting(input: { name: string; value: string | undefined }): Transaction<void> {
  const { name, value } = input;
  if (value === undefined) yield* removeSetting.run({ name });
  else yield* upsertSetting.run(sealed({ name, value }));
}

/** Puts a row in the place of a damaged one, or of none. */
export function* restoreSetting(input: {
  damagedName: string | undefined;
  row: SettingRow;
}): Transaction<void> {
  const { damagedName, row } = input;
  if (damagedName !== undefined) yield* removeSetting.run({ name: damagedName });
  yield* upsertSetting.run(sealed(row));
}

/** A number of starts that was written before: no broker starts so often that it has more digits. */
export function isStarts(value: string): boolean {
  return /^(0|[1-9]\d{0,8})$/.test(value);
}

export function settingCrc({ name, value }: SettingRow): number {
  return crcOf(name, value);
}

function* soundSetting(name: string): Transaction<(SettingRow & { row_crc: number | null }) | undefined> {
  const row = yield* selectSetting.first({ name });
  if (row !== undefined && !isIntact(row)) throw damaged(name, 'does not match its checksum');
  return row;
}

function isIntact(row: SettingRow & { readonly row_crc: number | null }): boolean {
  return isRight(row.row_crc, settingCrc(row));
}

function sealed({ name, value }: SettingRow) {
  return { name, value, row_crc: settingCrc({ name, value }) };
}

function damaged(name: string, what: string): SqlError {
  const detail = `the row of the setting '${name}' ${what}; 'cairn queue repair' puts it right`;
  return new SqlError('corrupt', { attempted: 'count this start of the broker', detail });
}
