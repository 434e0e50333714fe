// Transactions on what is configured of groups. It is there before the group is, and goes when the group is deleted.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { statement } from './group-tables.ts';

/** `configuration` is null when the row is damaged. */
export type GroupConfigRow = { readonly group_id: string; readonly configuration: string | null };

const selectConfigs = statement({}, (db) => db.selectFrom('group_config').selectAll().orderBy('group_id'));
const upsertConfig = statement({ group_id: 'text', configuration: 'text', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('group_config')
    .values(p)
    .onConflict((conflict) =>
      conflict.column('group_id').doUpdateSet({ configuration: p.configuration, row_crc: p.row_crc }),
    ),
);
const removeConfig = statement({ group_id: 'text' }, (db, p) =>
  db.deleteFrom('group_config').where('group_id', '=', p.group_id),
);

export function* listGroupConfigs(_input: Record<string, never>): Transaction<readonly GroupConfigRow[]> {
  const rows = yield* selectConfigs.all({});
  return rows.map(({ group_id, configuration, row_crc }) => ({
    group_id,
    configuration: crcOf(group_id, configuration) === row_crc ? configuration : null,
  }));
}

/** Undefined takes it away. */
export function* putGroupConfig(input: {
  groupId: string;
  configuration: string | undefined;
}): Transaction<void> {
  const { groupId: group_id, configuration } = input;
  if (configuration === undefined) yield* removeConfig.run({ group_id });
  else yield* upsertConfig.run({ group_id, configuration, row_crc: crcOf(group_id, configuration) });
}

export function* removeConfigOf(groupId: string): Transaction<void> {
  yield* removeConfig.run({ group_id: groupId });
}

function crcOf(groupId: string, configuration: string): number {
  return crc32(`${groupId}\0${configuration}`);
}
