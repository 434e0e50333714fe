// The embedded engine: SQLite in a file, written by a thread of its own (see sqlite-writer.ts).
//
//   write  -> writer thread (see `thread`), one transaction and one sync per batch of calls; followed by another if it dies
//   read   -> reader thread, one read transaction each, opened when it is needed (see idle-executor.ts)
//   lookup -> this thread, through a read-only connection: no message, and the promise is settled already
//
// Readers see what is committed, and an acknowledged write is committed; so each sees the writes acknowledged before it.

import { dirname } from 'node:path';
import { type Executor, ExecutorError, type World } from '@cairn/world';
import { procedureOf } from '../drive.ts';
import { portError } from '../failure.ts';
import type { Sql, SqlDurability } from '../sql.ts';
import { SqlError, type SqlErrorCode } from '../sql-error.ts';
import { KnownStatements } from '../statement/known-statements.ts';
import type { Store } from '../store.ts';
import { IdleExecutor } from './idle-executor.ts';
import { LastingExecutor } from './lasting-executor.ts';
import { decodeAnswer, type ReadAnswer } from './read-answer.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';
import { noteAnswered, SqliteLookups } from './sqlite-lookups.ts';
import type { ReaderInit, ReaderInput } from './sqlite-reader.ts';
import type { WriterInit, WriterInput } from './sqlite-writer.ts';

export type SqliteOptions = {
  readonly world: World;
  /** The database's file; made when missing, with its folder. */
  readonly path: string;
  readonly durability: SqlDurability;
  /** The thread that the writer shares with others of that name, and leaves when idle; one of its own when absent. */
  readonly thread?: string | undefined;
};

/**
 * A page of 1,000 rows takes a millisecond or two to unpack, on the loop that asked for it, and then its owner works on
 * it: one page in a turn is enough. Small reads by key, which would gain from sharing a message, are lookups.
 */
const readBatchMax = 1;

type Writer = Executor<WriterInput, unknown>;
type Reader = Executor<ReaderInput, ReadAnswer>;
type Threads = { readonly writer: Writer; readonly openReader: () => Reader };

export async function openSqlite(store: Store, options: SqliteOptions): Promise<Sql<Store>> {
  const { world, path } = options;
  await world.disk.makeDirectory(dirname(path));
  const open = () => openWriter(store, options);
  const writer =
    options.thread === undefined
      ? new LastingExecutor(await open(), open)
      : new IdleExecutor(world.clock, open);
  try {
    await writer.run('open');
    return new SqliteSql(store, { path, writer, openReader: () => readerOf(store, options) });
  } catch (error) {
    await writer.close();
    throw sqlitePortError(error, `open the database ${path}`);
  }
}

function openWriter(store: Store, { world, path, durability, thread }: SqliteOptions): Promise<Writer> {
  const module = new URL('./sqlite-writer.ts', import.meta.url);
  const init: WriterInit = { path, storeModule: store.module, durability };
  return world.executors.open(module, init, { thread });
}

function readerOf(store: Store, { world, path }: SqliteOptions): Reader {
  const module = new URL('./sqlite-reader.ts', import.meta.url);
  const init: ReaderInit = { path, storeModule: store.module };
  return new IdleExecutor(world.clock, () => world.executors.open(module, init, { batchMax: readBatchMax }));
}

class SqliteSql implements Sql<Store> {
  readonly #store: Store;
  readonly #path: string;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #openReader: () => Reader;
  readonly #lookups: SqliteLookups;
  #closing: Promise<void> | undefined;

  constructor(store: Store, { path, writer, openReader }: Threads & { readonly path: string }) {
    this.#store = store;
    this.#path = path;
    this.#writer = writer;
    this.#openReader = openReader;
    this.#reader = openReader();
    const known = KnownStatements.beside(store.module);
    this.#lookups = new SqliteLookups(store, SqliteConnection.openReader(path, known));
  }

  /** Written out, since every promise on the way of a write is paid by every write. */
  write(name: string, input: unknown): Promise<unknown> {
    try {
      this.#assertOpen();
      procedureOf(this.#store, 'writes', name);
    } catch (error) {
      return Promise.reject(sqlitePortError(error, `run the write "${name}"`));
    }
    return this.#writer.run({ name, input }).then(acknowledge, (error) => {
      // It may be committed all the same. What is looked up from now on says for good whether it is.
      noteAnswered();
      throw sqlitePortError(error, `run the write "${name}"`);
    });
  }

  async read(name: string, input: unknown): Promise<unknown> {
    return this.#attempt(`run the read "${name}"`, async () => {
      procedureOf(this.#store, 'reads', name);
      return decodeAnswer(await this.#reader.run({ name, input }));
    });
  }

  lookup(name: string, input: unknown): Promise<unknown> {
    try {
      this.#assertOpen();
      return Promise.resolve(this.#lookups.run(name, input));
    } catch (error) {
      return Promise.reject(sqlitePortError(error, `run the lookup "${name}"`));
    }
  }

  /** On a reader of its own, since it may take minutes. */
  async check(): Promise<readonly string[]> {
    return this.#attempt(`check the database ${this.#path}`, async () => {
      const checker = this.#openReader();
      try {
        return decodeAnswer(await checker.run('check')) as readonly string[];
      } finally {
        await checker.close();
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * The writer goes last, even one that has to come back for it: the last connection to close copies the log into the
   * database and removes it. When that is not possible, the log stays for the next to open the database.
   */
  async #close(): Promise<void> {
    this.#lookups.close();
    await this.#reader.close();
    await this.#writer.run('open').catch(() => {});
    await this.#writer.close();
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

function acknowledge(output: unknown): unknown {
  noteAnswered();
  return output;
}

function sqlitePortError(error: unknown, attempted: string): Error {
  return portError(error, { attempted, codeOf: errorCodeHere });
}

/** A thread that died owing an answer may have committed before: nobody knows. */
function errorCodeHere(error: Error): SqlErrorCode | undefined {
  if (error instanceof ExecutorError) return error.code === 'died' ? 'unavailable' : 'closed';
  return sqliteErrorCode(error);
}
