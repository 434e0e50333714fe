// A store: the tables and the transactions of one system, defined in a module of its own that exports it as default.
//
//   export default defineStore({ module: import.meta.url, name: 'identity', migrations, reads, writes });
//
// The module is imported again on the engine's thread, so it must not have side effects. Migrations are only ever
// appended: migration N takes a database from version N-1 to N, in one transaction.

import type { Transaction } from './statement/statement.ts';

// biome-ignore lint/suspicious/noExplicitAny: a procedure's input is contravariant; the public types recover it.
export type Procedure<Input = any, Output = unknown> = (input: Input) => Transaction<Output>;
export type Procedures = Readonly<Record<string, Procedure>>;
export type InputOf<P> = P extends Procedure<infer Input, unknown> ? Input : never;
export type OutputOf<P> = P extends (input: never) => Transaction<infer Output> ? Output : never;

export type Store<Reads extends Procedures = Procedures, Writes extends Procedures = Procedures> = {
  /** `import.meta.url` of the module that exports this store as default. */
  readonly module: string;
  /** Names the SQLite file and the PostgreSQL schema: lower case, digits, `-`. */
  readonly name: string;
  readonly migrations: readonly Migration[];
  readonly reads: Reads;
  readonly writes: Writes;
  /**
   * Reads that go through whole tables, so that they take as long as there are rows. A server may take its time for them,
   * where it counts as gone after a while for all others.
   */
  readonly scans?: readonly string[];
};

/** The statements of one migration, written with the column types of the dialect. */
export type Migration = (types: ColumnTypes) => readonly string[];

export type ColumnTypes = {
  /** Compares and sorts by UTF-8 bytes. Holds no U+0000. */
  readonly text: string;
  readonly integer: string;
  readonly blob: string;
  /** Ends a `create table`: strict types, rows kept in primary key order where the engine can. */
  readonly clustered: string;
};

export function defineStore<const Reads extends Procedures, const Writes extends Procedures>(
  store: Store<Reads, Writes> & { readonly scans?: readonly (keyof Reads & string)[] },
): Store<Reads, Writes> {
  return store;
}
