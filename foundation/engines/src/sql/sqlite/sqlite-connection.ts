// One connection to a SQLite database: its settings, its prepared statements, and steps run on the calling thread.

import { DatabaseSync } from 'node:sqlite';
import type { SqlDurability } from '../sql.ts';
import { KnownStatements } from '../statement/known-statements.ts';
import type { Step, StepResult } from '../statement/statement.ts';
import { PreparedStatement } from './prepared-statement.ts';

/** How long to wait for a lock that another process holds; within a process writers never meet. */
const busyTimeoutMs = 5_000;

/** Settings that reader and writer share. */
const commonPragmas = `
  -- A page that does not hold together is reported when it is read, not when its content has done harm.
  pragma cell_size_check = on;
  pragma trusted_schema = off;
  -- PostgreSQL's LIKE. SQLite's default folds the case of ASCII letters.
  pragma case_sensitive_like = on;
  pragma temp_store = memory;
  -- Reads through a memory map would turn an input/output error into SIGBUS, which ends the process.
  pragma mmap_size = 0;
`;

/** 4096 is the page that Linux and most devices write at once. */
const writerPragmas = `
  pragma page_size = 4096;
  pragma cache_size = -32768; -- 32 MiB: holds the inner pages of an index over some ten million rows
`;

const readerPragmas = 'pragma cache_size = -16384; -- 16 MiB; the page cache of the system is behind it';

/**
 * In the write-ahead log FULL syncs at every commit. NORMAL syncs only before a checkpoint: a commit then survives the
 * death of the process, because the system has it; a power loss may take back the transactions since the last
 * checkpoint, the newest first, and never damages the database.
 */
const synchronousModes = { synced: 'full', os: 'normal' } as const satisfies Record<SqlDurability, string>;

type Begin = 'begin' | 'begin immediate';

export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #begin: Begin;
  readonly #known: KnownStatements;
  readonly #prepared = new WeakMap<Step['statement'], PreparedStatement>();

  private constructor(database: DatabaseSync, begin: Begin, known = KnownStatements.none) {
    this.#database = database;
    this.#begin = begin;
    this.#known = known;
    database.exec(commonPragmas);
  }

  /** The writing connection of a file, which must exist. */
  static openWriter(path: string, durability: SqlDurability, known?: KnownStatements): SqliteConnection {
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    database.exec(`${writerPragmas} pragma synchronous = ${synchronousModes[durability]};`);
    return new SqliteConnection(database, 'begin immediate', known);
  }

  static openReader(path: string, known?: KnownStatements): SqliteConnection {
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true });
    database.exec(readerPragmas);
    return new SqliteConnection(database, 'begin', known);
  }

  /** A database without a file: empty, or as `serialize` of another one left it. */
  static openInMemory(snapshot?: Uint8Array): SqliteConnection {
    const database = new DatabaseSync(':memory:');
    if (snapshot !== undefined) database.deserialize(snapshot);
    return new SqliteConnection(database, 'begin immediate');
  }

  /** Runs one statement of a procedure. */
  readonly execute = (step: Step): StepResult => this.#prepare(step.statement).run(step);

  /** False after SQLite gave a transaction up by itself, as it may when the disk is full or fails. */
  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  begin(): void {
    this.#database.exec(this.#begin);
  }

  commit(): void {
    this.#database.exec('commit');
  }

  /** Ends the transaction if SQLite did not do so already. */
  rollback(): void {
    if (this.inTransaction) this.#database.exec('rollback');
  }

  /** Runs statements that are not a procedure's: migrations, savepoints. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** All rows of a pragma, each as a list of its columns. */
  pragma(text: string): unknown[][] {
    const statement = this.#database.prepare(`pragma ${text}`);
    statement.setReturnArrays(true);
    return statement.all() as unknown as unknown[][];
  }

  serialize(): Uint8Array {
    return this.#database.serialize();
  }

  close(): void {
    this.#database.close();
  }

  #prepare(statement: Step['statement']): PreparedStatement {
    const known = this.#prepared.get(statement);
    if (known !== undefined) return known;
    const prepared = new PreparedStatement(this.#database, this.#known.compiled(statement));
    this.#prepared.set(statement, prepared);
    return prepared;
  }
}
