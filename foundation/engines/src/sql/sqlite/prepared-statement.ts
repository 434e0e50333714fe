// A statement prepared on one connection: binds values, runs, and gives rows as plain objects.
//
// Numbers are bound as BigInt, because node:sqlite binds a JavaScript number as a float, and `7 / 2` must not depend on
// who sent the 2. They come back as numbers; one beyond 2^53 - 1 fails instead of being rounded. Rows are read as lists
// and made into plain objects here, because those of node:sqlite have no prototype, and PostgreSQL's have.

import type { StatementSync } from 'node:sqlite';
import type { SqlValue } from '../sql.ts';
import type { StepResult } from '../statement.ts';

const noRows: readonly unknown[] = [];

export class PreparedStatement {
  readonly #statement: StatementSync;
  readonly #columns: readonly string[];

  constructor(statement: StatementSync) {
    statement.setReturnArrays(true);
    this.#statement = statement;
    this.#columns = statement.columns().map((column) => column.name);
  }

  run(values: readonly SqlValue[]): StepResult {
    const bound = values.map((value) => (typeof value === 'number' ? BigInt(value) : value));
    if (this.#columns.length === 0)
      return { rows: noRows, changes: Number(this.#statement.run(...bound).changes) };
    const rows = this.#statement.all(...bound) as unknown as SqlValue[][];
    return { rows: rows.map((row) => this.#toObject(row)), changes: rows.length };
  }

  #toObject(row: readonly SqlValue[]): Record<string, SqlValue> {
    const object: Record<string, SqlValue> = {};
    for (let index = 0; index < this.#columns.length; index++) object[this.#columns[index]!] = row[index]!;
    return object;
  }
}
