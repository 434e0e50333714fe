// A store that looks at the settings of the SQLite connection that writes.

import { defineStore, tablesOf } from '@cairn/engines';
import { sql } from 'kysely';

const { statement } = tablesOf<Record<never, never>>();
const settings = statement({}, (db) =>
  db.selectNoFrom([
    sql<number>`(select synchronous from pragma_synchronous)`.as('synchronous'),
    sql<string>`(select journal_mode from pragma_journal_mode)`.as('journalMode'),
  ]),
);

export default defineStore({
  module: import.meta.url,
  name: 'sqlite-settings',
  migrations: [],
  reads: {},
  writes: { settings: () => settings.first({}) },
});
