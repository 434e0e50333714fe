// The embedded engine: SQLite in a file, written by a thread of its own (see sqlite-writer.ts).
//
//   write  -> writer thread, one transaction and one sync per batch of calls
//   read   -> reader thread, one read transaction each, opened when it is needed (see reader-thread.ts)
//   lookup -> this thread, through a read-only connection: no message, and the promise is settled already
//
// Readers see what is committed, and an acknowledged write is committed; so each sees the writes acknowledged before it.

import { dirname } from 'node:path';
import type { Executor, World } from '@cairn/world';
import { drive, procedureOf } from '../drive.ts';
import { portError } from '../failure.ts';
import type { Sql, SqlDurability } from '../sql.ts';
import { SqlError } from '../sql-error.ts';
import { KnownStatements } from '../statement/known-statements.ts';
import type { Store } from '../store.ts';
import { ReaderThread } from './reader-thread.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';
import type { ReaderInit } from './sqlite-reader.ts';
import type { WriterInit, WriterInput } from './sqlite-writer.ts';

export type SqliteOptions = {
  readonly world: World;
  /** The database's file; made when missing, with its folder. */
  readonly path: string;
  readonly durability: SqlDurability;
  /** The thread that the writer shares with others of that name; one of its own when absent. */
  readonly thread?: string | undefined;
};

type Writer = Executor<WriterInput, unknown>;

export async function openSqlite(store: Store, options: SqliteOptions): Promise<Sql<Store>> {
  const { world, path, durability, thread } = options;
  await world.disk.makeDirectory(dirname(path));
  const init: WriterInit = { path, storeModule: store.module, durability };
  const module = new URL('./sqlite-writer.ts', import.meta.url);
  const writer: Writer = await world.executors.open(module, init, { thread });
  try {
    await writer.run('open');
    return new SqliteSql(store, { world, path, writer });
  } catch (error) {
    await writer.close();
    throw sqlitePortError(error, `open the database ${path}`);
  }
}

class SqliteSql implements Sql<Store> {
  readonly #store: Store;
  readonly #path: string;
  readonly #writer: Writer;
  readonly #reader: ReaderThread;
  readonly #openChecker: () => ReaderThread;
  readonly #lookups: SqliteConnection;
  /** Procedures that yield more than one statement, and so need a transaction to see one state. */
  readonly #multiStep = new Set<string>();
  #closing: Promise<void> | undefined;

  constructor(store: Store, { world, path, writer }: { world: World; path: string; writer: Writer }) {
    this.#store = store;
    const init: ReaderInit = { path, storeModule: store.module };
    this.#path = path;
    this.#writer = writer;
    this.#reader = new ReaderThread(world, init);
    this.#openChecker = () => new ReaderThread(world, init);
    this.#lookups = SqliteConnection.openReader(path, KnownStatements.beside(store.module));
  }

  async write(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the write "${name}"`, () => {
      procedureOf(this.#store, 'writes', name);
      return this.#writer.run({ name, input });
    });
  }

  async read(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the read "${name}"`, () => {
      procedureOf(this.#store, 'reads', name);
      return this.#reader.run({ name, input });
    });
  }

  lookup(name: string, input: unknown): Promise<unknown> {
    try {
      this.#assertOpen();
      return Promise.resolve(this.#lookupNow(name, input));
    } catch (error) {
      return Promise.reject(sqlitePortError(error, `run the lookup "${name}"`));
    }
  }

  /** On a reader of its own, since it may take minutes. */
  async check(): Promise<readonly string[]> {
    return this.#attempt(`check the database ${this.#path}`, async () => {
      const checker = this.#openChecker();
      try {
        return (await checker.run('check')) as readonly string[];
      } finally {
        await checker.close();
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The writer goes last: the last connection to close copies the log into the database and removes it. */
  async #close(): Promise<void> {
    this.#lookups.close();
    await this.#reader.close();
    await this.#writer.close();
  }

  #lookupNow(name: string, input: unknown): unknown {
    const procedure = procedureOf(this.#store, 'reads', name);
    if (!this.#multiStep.has(name)) {
      const transaction = procedure(input);
      const first = transaction.next();
      if (first.done) return first.value;
      // A single statement sees one state without a transaction. Whether it is the only one shows when it is done:
      // then the procedure either ends, or is run again in a transaction, from now on at once.
      const last = transaction.next(this.#lookups.execute(first.value));
      if (last.done) return last.value;
      this.#multiStep.add(name);
    }
    this.#lookups.begin();
    try {
      return drive(procedure(input), this.#lookups.execute);
    } finally {
      this.#lookups.rollback();
    }
  }

  async #attempt<Output>(attempted: string, run: () => Promise<Output>): Promise<Output> {
    try {
      this.#assertOpen();
      return await run();
    } catch (error) {
      throw sqlitePortError(error, attempted);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined)
      throw new SqlError('closed', { attempted: `use the database ${this.#path}` });
  }
}

function sqlitePortError(error: unknown, attempted: string): Error {
  return portError(error, { attempted, codeOf: sqliteErrorCode });
}
