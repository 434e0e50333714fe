// The writing thread of a SQLite database: one connection, one transaction and one sync per batch.
//
// It opens the database at the first request and not when the executor starts, because an error of the start crosses
// threads as a bare message, and the caller needs the code.

import type { OpenExecutor, Result } from '@cairn/world';
import { failureOf } from '../failure.ts';
import type { SqlDurability } from '../sql.ts';
import { KnownStatements } from '../statement/known-statements.ts';
import type { Store } from '../store.ts';
import { type Outcome, type ProcedureCall, writeBatch } from './batch.ts';
import { loadStore } from './load-store.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';
import { ensureSqliteFile } from './sqlite-file.ts';
import { migrateSqlite } from './sqlite-migrations.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

export type WriterInit = {
  readonly path: string;
  /** URL of the module that exports the store. */
  readonly storeModule: string;
  readonly durability: SqlDurability;
};
export type WriterInput = 'open' | ProcedureCall;

export const openExecutor: OpenExecutor<WriterInit, WriterInput, unknown> = async (init) => {
  const writer = new SqliteWriter(init, await loadStore(init.storeModule));
  return { handle: (inputs) => writer.handle(inputs), close: () => writer.close() };
};

const done: Outcome = { ok: true, value: undefined };

class SqliteWriter {
  readonly #init: WriterInit;
  readonly #store: Store;
  #open: { connection: SqliteConnection; log: WriteAheadLog } | undefined;

  constructor(init: WriterInit, store: Store) {
    this.#init = init;
    this.#store = store;
  }

  /** Opens the database first, unless an earlier batch did: `open` asks for that alone. */
  handle(inputs: readonly WriterInput[]): readonly Result<unknown>[] {
    const opened = this.#open === undefined ? this.#openDatabase() : done;
    if (!opened.ok) return inputs.map(() => opened);
    if (!inputs.includes('open')) return this.#write(inputs as readonly ProcedureCall[]);
    return inputs.flatMap((input) => (input === 'open' ? [done] : this.#write([input])));
  }

  close(): void {
    this.#open?.connection.close();
  }

  #openDatabase(): Outcome {
    const { path, durability, storeModule } = this.#init;
    let connection: SqliteConnection | undefined;
    try {
      ensureSqliteFile(path);
      connection = SqliteConnection.openWriter(path, durability, KnownStatements.beside(storeModule));
      const log = new WriteAheadLog(connection, path);
      migrateSqlite(connection, this.#store);
      this.#open = { connection, log };
      return done;
    } catch (error) {
      connection?.close();
      return { ok: false, error: failureOf(error, sqliteErrorCode) };
    }
  }

  #write(calls: readonly ProcedureCall[]): readonly Outcome[] {
    const { connection, log } = this.#open!;
    const outcomes = writeBatch(connection, this.#store, calls);
    log.keepSmall();
    return outcomes;
  }
}
