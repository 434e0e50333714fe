// A statement prepared on one connection: binds values, runs, and gives rows as plain objects.
//
// Numbers are bound as BigInt, because node:sqlite binds a JavaScript number as a float, and `7 / 2` must not depend on
// who sent the 2. They come back as numbers; one beyond 2^53 - 1 fails instead of being rounded. Rows are read as lists
// and made into plain objects here, because those of node:sqlite have no prototype, and PostgreSQL's have.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlValue } from '../sql.ts';
import type { CompiledStatement } from '../statement/compiled-statement.ts';
import type { Step, StepResult } from '../statement/statement.ts';

const noRows: readonly unknown[] = [];

export class PreparedStatement {
  readonly #compiled: CompiledStatement;
  readonly #statement: StatementSync;
  readonly #columns: readonly string[];

  constructor(database: DatabaseSync, compiled: CompiledStatement) {
    this.#compiled = compiled;
    this.#statement = database.prepare(compiled.sql);
    this.#statement.setReturnArrays(true);
    this.#columns = this.#statement.columns().map((column) => column.name);
  }

  run({ parameters, first }: Step): StepResult {
    const values = this.#bind(parameters);
    if (this.#columns.length === 0)
      return { rows: noRows, changes: Number(this.#statement.run(...values).changes) };
    if (first) return this.#first(values);
    const rows = this.#statement.all(...values) as unknown as SqlValue[][];
    return { rows: rows.map((row) => this.#toObject(row)), changes: rows.length };
  }

  #first(values: readonly Bound[]): StepResult {
    const row = this.#statement.get(...values) as unknown as SqlValue[] | undefined;
    return row === undefined ? { rows: noRows, changes: 0 } : { rows: [this.#toObject(row)], changes: 1 };
  }

  #bind(parameters: Step['parameters']): readonly Bound[] {
    const values: Bound[] = this.#compiled.bind(parameters);
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (typeof value === 'number') values[index] = BigInt(value);
    }
    return values;
  }

  #toObject(row: readonly SqlValue[]): Record<string, SqlValue> {
    const object: Record<string, SqlValue> = {};
    for (let index = 0; index < this.#columns.length; index++) object[this.#columns[index]!] = row[index]!;
    return object;
  }
}

type Bound = SqlValue | bigint;
