// A statement in the words of one dialect: its text, and how to bind values to it.

import type { SqlValue } from '../sql.ts';
import { ParameterCheck, type ParameterRows, type ParameterSpec, type ParameterValue } from './parameters.ts';

/** As plain data, the way it is kept in a file. */
export type StatementText = { readonly sql: string; readonly parameterNames: readonly string[] };

export class CompiledStatement implements StatementText {
  readonly sql: string;
  /** In the order of their binding; one that the text uses twice is named twice. */
  readonly parameterNames: readonly string[];
  readonly #spec: ParameterSpec;
  readonly #check: ParameterCheck;

  constructor(spec: ParameterSpec, { sql, parameterNames }: StatementText) {
    this.#spec = spec;
    this.sql = sql;
    this.parameterNames = parameterNames;
    this.#check = new ParameterCheck(spec);
  }

  /** The values in the order of their binding. A value that is missing, extra or of another type fails. */
  bind(parameters: Readonly<Record<string, ParameterValue>>): SqlValue[] {
    this.#check.assert(parameters);
    const values = new Array<SqlValue>(this.parameterNames.length);
    for (let index = 0; index < values.length; index++) {
      const name = this.parameterNames[index]!;
      const value = parameters[name]!;
      values[index] = Array.isArray(value) ? this.#rowsText(name, value) : (value as SqlValue);
    }
    return values;
  }

  #rowsText(name: string, rows: ParameterRows): string {
    const columns = Object.keys(this.#spec[name]!);
    return JSON.stringify(rows.map((row) => columns.map((column) => row[column])));
  }
}
