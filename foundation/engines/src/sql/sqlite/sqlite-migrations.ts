// Brings a SQLite database to the version of its store. The version is `user_version`, which SQLite changes in the same
// transaction as the tables; whose database it is stands in `application_id`, so that no store opens another's file.

import { crc32 } from 'node:zlib';
import { SqlError } from '../sql-error.ts';
import type { ColumnTypes, Store } from '../store.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

const columnTypes: ColumnTypes = {
  text: 'text', // collates BINARY, by the bytes of the database's UTF-8
  integer: 'integer',
  blob: 'blob',
  clustered: 'strict, without rowid',
};

/**
 * Applies what is missing, each migration in a transaction of its own: a crash leaves the database at some version.
 * Throws SqlError `newer-version` when the database knows more than the store, `failed` when it is another store's.
 */
export function migrateSqlite(connection: SqliteConnection, store: Store): void {
  claim(connection, store);
  const version = readNumber(connection, 'user_version');
  if (version > store.migrations.length) {
    const detail = `it is at version ${version}, this program knows ${store.migrations.length}`;
    throw new SqlError('newer-version', { attempted: `open the database of "${store.name}"`, detail });
  }
  for (let next = version; next < store.migrations.length; next++) {
    applyMigration(connection, { statements: store.migrations[next]!(columnTypes), version: next + 1 });
  }
}

/** Marks an empty database as the store's; fails on one that is marked for another. */
function claim(connection: SqliteConnection, store: Store): void {
  // 31 bits, because the pragma takes a signed number.
  const wanted = crc32(`cairn ${store.name}`) >>> 1;
  const found = readNumber(connection, 'application_id');
  if (found === wanted) return;
  if (found !== 0 || readNumber(connection, 'schema_version') !== 0) {
    const detail = `the file belongs to another store or program: application_id is ${found}, wanted is ${wanted}`;
    throw new SqlError('failed', { attempted: `open the database of "${store.name}"`, detail });
  }
  connection.exec(`pragma application_id = ${wanted}`);
}

function applyMigration(
  connection: SqliteConnection,
  { statements, version }: { statements: readonly string[]; version: number },
): void {
  // A migration that rebuilds a table drops the old one, which would delete what refers to its rows. So references are
  // not enforced while it runs but checked as a whole before it commits (https://www.sqlite.org/lang_altertable.html).
  connection.exec('pragma foreign_keys = off');
  try {
    connection.begin();
    for (const statement of statements) connection.exec(statement);
    const dangling = connection.pragma('foreign_key_check');
    if (dangling.length > 0)
      throw new Error(`migration ${version} leaves ${dangling.length} dangling references`);
    connection.exec(`pragma user_version = ${version}`);
    connection.commit();
  } finally {
    connection.rollback();
    connection.exec('pragma foreign_keys = on');
  }
}

function readNumber(connection: SqliteConnection, pragma: string): number {
  return connection.pragma(pragma)[0]![0] as number;
}
