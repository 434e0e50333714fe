// Brings a store's schema in PostgreSQL to the version of the store. Several processes may start at once: an advisory
// lock, held for as long as the connection lives, lets one of them do it while the others wait and find it done.

import { crc32 } from 'node:zlib';
import { SqlError } from '../sql-error.ts';
import type { ColumnTypes, Store } from '../store.ts';
import type { PostgresConnection } from './postgres-pool.ts';

const columnTypes: ColumnTypes = {
  text: 'text collate "C"', // by bytes, whatever the database's language
  integer: 'bigint',
  blob: 'bytea',
  clustered: '', // PostgreSQL has no such table; its types are always strict
};

const versionTable = 'cairn_schema_version';

/** The first half of the lock's key, "Cair": the second is the schema's name. */
const lockSpace = 0x43616972;

/** Each migration is a transaction of its own. Throws SqlError `newer-version` or `failed`. */
export async function migratePostgres(
  connection: PostgresConnection,
  store: Store,
  schema: string,
): Promise<void> {
  await assertEncoding(connection, store);
  const lock = [lockSpace, crc32(schema) | 0];
  await connection.query('select pg_advisory_lock($1::int, $2::int)', lock);
  try {
    await createSchema(connection, schema);
    const version = await currentVersion(connection);
    if (version > store.migrations.length) {
      const detail = `it is at version ${version}, this program knows ${store.migrations.length}`;
      throw new SqlError('newer-version', { attempted: `open the database of "${store.name}"`, detail });
    }
    for (let next = version; next < store.migrations.length; next++) {
      const statements = store.migrations[next]!(columnTypes);
      await inTransaction(connection, [...statements, `update ${versionTable} set version = ${next + 1}`]);
    }
  } finally {
    await connection.release('select pg_advisory_unlock($1::int, $2::int)', lock);
  }
}

/** Only UTF-8 stores every text, and sorts by bytes as the port promises. */
async function assertEncoding(connection: PostgresConnection, store: Store): Promise<void> {
  const [row] = await connection.query('show server_encoding');
  if (row?.server_encoding === 'UTF8') return;
  const detail = `its encoding is ${row?.server_encoding}, wanted is UTF8`;
  throw new SqlError('failed', { attempted: `open the database of "${store.name}"`, detail });
}

/** Looks before it creates, because `create ... if not exists` wants the right to create even when there is nothing to do. */
async function createSchema(connection: PostgresConnection, schema: string): Promise<void> {
  const schemas = await connection.query('select 1 from pg_namespace where nspname = $1', [schema]);
  if (schemas.length === 0) await connection.query(`create schema "${schema}"`);
  const tables = await connection.query('select 1 from pg_tables where schemaname = $1 and tablename = $2', [
    schema,
    versionTable,
  ]);
  if (tables.length > 0) return;
  await inTransaction(connection, [
    `create table ${versionTable} (version bigint not null)`,
    `insert into ${versionTable} values (0)`,
  ]);
}

async function currentVersion(connection: PostgresConnection): Promise<number> {
  const [row] = await connection.query(`select version from ${versionTable}`);
  return row?.version as number;
}

async function inTransaction(connection: PostgresConnection, statements: readonly string[]): Promise<void> {
  await connection.query('begin');
  try {
    for (const statement of statements) await connection.query(statement);
    await connection.query('commit');
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}
