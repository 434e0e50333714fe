// The embedded engine: SQLite in a file, written by a thread of its own (see sqlite-writer.ts).
//
//   write  -> writer thread, one transaction and one sync per batch of calls
//   read   -> reader thread, one read transaction per batch, opened at first use
//   lookup -> this thread, through a read-only connection: no message, and the promise is settled already
//
// Readers see what is committed, and an acknowledged write is committed; so each sees the writes acknowledged before it.

import { dirname } from 'node:path';
import type { Executor, World } from '@cairn/world';
import { drive, procedureOf } from '../drive.ts';
import { portError } from '../failure.ts';
import type { Sql, SqlDurability } from '../sql.ts';
import { SqlError } from '../sql-error.ts';
import type { Store } from '../store.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';
import type { ReaderInit, ReaderInput } from './sqlite-reader.ts';
import type { WriterInit, WriterInput } from './sqlite-writer.ts';

export type SqliteOptions = {
  readonly world: World;
  /** The database's file; made when missing, with its folder. */
  readonly path: string;
  readonly durability: SqlDurability;
};

/**
 * A page of 1,000 rows takes a millisecond or two to unpack, on the loop that asked for it, and then its owner works on
 * it: one page in a turn is enough. Small reads by key, which would gain from sharing a message, are lookups.
 */
const readBatchMax = 1;

type Writer = Executor<WriterInput, unknown>;
type Reader = Executor<ReaderInput, unknown>;

export async function openSqlite(store: Store, options: SqliteOptions): Promise<Sql<Store>> {
  const { world, path, durability } = options;
  await world.disk.makeDirectory(dirname(path));
  const init: WriterInit = { path, storeModule: store.module, durability };
  const writer: Writer = await world.executors.open(new URL('./sqlite-writer.ts', import.meta.url), init);
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
  readonly #world: World;
  readonly #path: string;
  readonly #writer: Writer;
  readonly #lookups: SqliteConnection;
  /** Procedures that yield more than one statement, and so need a transaction to see one state. */
  readonly #multiStep = new Set<string>();
  #reader: Promise<Reader> | undefined;
  #closing: Promise<void> | undefined;

  constructor(store: Store, { world, path, writer }: { world: World; path: string; writer: Writer }) {
    this.#store = store;
    this.#world = world;
    this.#path = path;
    this.#writer = writer;
    this.#lookups = SqliteConnection.openReader(path);
  }

  async write(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the write "${name}"`, () => {
      procedureOf(this.#store, 'writes', name);
      return this.#writer.run({ name, input });
    });
  }

  async read(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the read "${name}"`, async () => {
      procedureOf(this.#store, 'reads', name);
      const reader = await this.#sharedReader();
      return reader.run({ name, input });
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
      const reader = await this.#openReader();
      try {
        return (await reader.run('check')) as readonly string[];
      } finally {
        await reader.close();
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
    const reader = await this.#reader?.catch(() => undefined);
    await reader?.close();
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

  async #sharedReader(): Promise<Reader> {
    this.#reader ??= this.#openReader();
    try {
      return await this.#reader;
    } catch (error) {
      this.#reader = undefined;
      throw error;
    }
  }

  #openReader(): Promise<Reader> {
    const init: ReaderInit = { path: this.#path, storeModule: this.#store.module };
    const module = new URL('./sqlite-reader.ts', import.meta.url);
    return this.#world.executors.open(module, init, { batchMax: readBatchMax });
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
