// Looks through a whole database for damage: pages and indexes that do not fit together, rows that refer to none.

import type { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';

/** One line per finding, none when the database is sound. Damage that ends the check is itself a finding. */
export function checkSqlite(connection: SqliteConnection): readonly string[] {
  try {
    const lines = connection.pragma('integrity_check').flatMap(([text]) => String(text).split('\n'));
    const dangling = connection
      .pragma('foreign_key_check')
      .map(([table, row, parent]) => `${table}: row ${row} refers to a row that ${parent} does not have`);
    return [...lines.filter((line) => line !== 'ok' && !line.startsWith('***')), ...dangling];
  } catch (error) {
    if (error instanceof Error && sqliteErrorCode(error) === 'corrupt') return [error.message];
    throw error;
  }
}
