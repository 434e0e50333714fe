// A store that looks at the settings of its PostgreSQL connection.

import { defineStore, tablesOf } from '@cairn/engines';
import { sql } from 'kysely';

const { statement } = tablesOf<Record<never, never>>();
const settings = statement({}, (db) =>
  db.selectNoFrom([
    sql<string>`current_setting('synchronous_commit')`.as('synchronousCommit'),
    sql<string>`current_setting('transaction_isolation')`.as('isolation'),
    sql<string>`current_setting('statement_timeout')`.as('statementTimeout'),
    sql<string>`current_setting('idle_in_transaction_session_timeout')`.as('idleTimeout'),
  ]),
);

export default defineStore({
  module: import.meta.url,
  name: 'session',
  migrations: [],
  scans: ['settingsOfScans'],
  reads: { settings: () => settings.first({}), settingsOfScans: () => settings.first({}) },
  writes: {},
});
