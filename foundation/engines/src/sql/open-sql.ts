// Opens a store in the engine that a URL names. A caller cannot tell which engine it got, apart from speed and scale.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from '@cairn/world';
import type { Sql, SqlDurability } from './sql.ts';
import { SqlError } from './sql-error.ts';
import type { Store } from './store.ts';

export type SqlOptions = {
  /**
   * `file:PATH` or `file:///PATH`: SQLite. A path that ends in `/` is a folder, in which the file is named after the
   * store; `file:` alone takes the option `file`.
   * `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE` (or `postgresql:`): a schema named after the store. The parameter
   * `query_timeout=MILLISECONDS` says how long a statement may take before the server counts as gone: at least 100,
   * and 30,000 when absent.
   */
  readonly url: string;
  readonly world: World;
  /** What "acknowledged" means; `synced` unless said otherwise. */
  readonly durability?: SqlDurability;
  /** Where `file:` without a path keeps the database. */
  readonly file?: string;
  /**
   * SQLite: stores with the same thread name share a writing thread, and it ends while none of them writes. A thread
   * costs 10 MB. A commit of one waits for that of another, and the first after a pause for the thread: for stores that
   * are written seldom, or that nobody waits for. A thread of its own, which stays, when absent.
   */
  readonly thread?: string;
  /** Connections to PostgreSQL at most; 10 unless said otherwise. */
  readonly poolSizeMax?: number;
};

type OpenEngine = (store: Store, options: SqlOptions) => Promise<Sql<Store>>;

const engines: Readonly<Record<string, OpenEngine>> = {
  file: openSqliteUrl,
  postgres: openPostgresUrl,
  postgresql: openPostgresUrl,
};

/**
 * Opens the store's database, makes it when it is missing, and brings it to the store's version.
 * Rejects with SqlError: `invalid-url`, `newer-version`, `corrupt`, `unavailable`, `failed`. No error ever shows a password.
 */
export async function openSql<S extends Store>(store: S, options: SqlOptions): Promise<Sql<S>> {
  assert(
    /^[a-z][a-z0-9-]*$/.test(store.name),
    `the store's name "${store.name}" must be lower case letters, digits, "-"`,
  );
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(options.url)?.[1]?.toLowerCase();
  const open = scheme === undefined ? undefined : engines[scheme];
  if (open === undefined) throw unknownScheme(store, scheme);
  return (await open(store, options)) as unknown as Sql<S>;
}

/** Quotes the scheme only: what follows it may hold a password. */
function unknownScheme(store: Store, scheme: string | undefined): SqlError {
  const wanted = Object.keys(engines).map((name) => `${name}:`);
  const found = scheme === undefined ? 'its URL has no scheme' : `no sql engine is called "${scheme}:"`;
  const detail = `${found}; wanted is one of ${wanted.join(', ')}`;
  return new SqlError('invalid-url', { attempted: `open the database of "${store.name}"`, detail });
}

function sqlitePath(store: Store, { url, file }: SqlOptions): string {
  const path = url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
  if (path.endsWith('/')) return join(path, `${store.name}.sqlite`);
  if (path !== '') return path;
  assert(file !== undefined, '`file:` without a path needs the option `file`');
  return file;
}

// Engines are loaded here: threads that load this package with the store have no use for them.

async function openSqliteUrl(store: Store, options: SqlOptions): Promise<Sql<Store>> {
  const { openSqlite } = await import('./sqlite/open-sqlite.ts');
  return openSqlite(store, {
    world: options.world,
    path: sqlitePath(store, options),
    durability: options.durability ?? 'synced',
    thread: options.thread,
  });
}

async function openPostgresUrl(store: Store, options: SqlOptions): Promise<Sql<Store>> {
  const { openPostgres } = await import('./postgres/open-postgres.ts');
  return openPostgres(store, {
    world: options.world,
    url: options.url,
    durability: options.durability ?? 'synced',
    poolSizeMax: options.poolSizeMax ?? 10,
  });
}
