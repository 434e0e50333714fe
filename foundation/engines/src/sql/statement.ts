// A statement: typed and built by Kysely once per dialect, then run prepared under its own identity.
//
//   const { statement } = tablesOf<Tables>();
//   const findUser = statement({ name: 'text' }, (db, p) =>
//     db.selectFrom('user').selectAll().where('name', '=', p.name));
//
//   function* rename(input: { name: string; to: string }): Transaction<boolean> {
//     const user = yield* findUser.first({ name: input.name });
//     ...
//   }
//
// The builder is called with markers in place of the parameters; Kysely lists them in the order in which the statement
// binds them, which is all that is needed to bind the real values later without building anything.
//
// Statements are made once, at the top of the module of the store: engines keep what they prepared per statement. All
// values are parameters; a constant is written with `sql.lit`.

import assert from 'node:assert/strict';
import type { Compilable, Kysely } from 'kysely';
import { type DialectName, queryBuilders } from './dialects.ts';
import { assertParameters, ParameterMarker, type ParameterSpec, type ParametersOf } from './parameters.ts';
import type { SqlValue } from './sql.ts';

export type CompiledStatement = { readonly sql: string; readonly parameterNames: readonly string[] };

/** What a procedure yields to its engine. */
export type Step = {
  readonly statement: Statement<never, unknown>;
  readonly parameters: Readonly<Record<string, SqlValue>>;
};
/** What the engine answers: the rows of a query (or of `returning`), and how many rows a change touched. */
export type StepResult = { readonly rows: readonly unknown[]; readonly changes: number };

/**
 * The body of a procedure: yields steps, returns its output. A statement that fails ends the procedure there; nothing
 * inside it can catch that, because engines differ in what a failed statement leaves of the transaction.
 */
export type Transaction<Output> = Generator<Step, Output, StepResult>;

export class Statement<P extends ParameterSpec, Row> {
  readonly #spec: P;
  readonly #build: (db: Kysely<never>, parameters: never) => Compilable<Row>;
  readonly #compiled = new Map<DialectName, CompiledStatement>();

  constructor(spec: P, build: (db: Kysely<never>, parameters: never) => Compilable<Row>) {
    this.#spec = spec;
    this.#build = build;
  }

  /** All rows. */
  *all(parameters: ParametersOf<P>): Transaction<readonly Row[]> {
    const result = yield { statement: this as never, parameters };
    return result.rows as readonly Row[];
  }

  /** The first row, undefined when there is none. */
  *first(parameters: ParametersOf<P>): Transaction<Row | undefined> {
    const rows = yield* this.all(parameters);
    return rows[0];
  }

  /** Runs a change; returns how many rows it touched. */
  *run(parameters: ParametersOf<P>): Transaction<number> {
    const result = yield { statement: this as never, parameters };
    return result.changes;
  }

  compiledFor(dialect: DialectName): CompiledStatement {
    const known = this.#compiled.get(dialect);
    if (known !== undefined) return known;
    const markers = Object.entries(this.#spec).map(([name, type]) => [name, new ParameterMarker(name, type)]);
    const query = this.#build(queryBuilders[dialect], Object.fromEntries(markers) as never).compile();
    const parameterNames = query.parameters.map((marker) => {
      assert(
        marker instanceof ParameterMarker,
        `a statement must take its values as parameters: ${query.sql}`,
      );
      return marker.name;
    });
    const compiled = { sql: query.sql, parameterNames };
    this.#compiled.set(dialect, compiled);
    return compiled;
  }

  /** The values in the order in which the dialect binds them. A value that is missing, extra or of another type fails. */
  bind(dialect: DialectName, parameters: Step['parameters']): SqlValue[] {
    assertParameters(this.#spec, parameters);
    return this.compiledFor(dialect).parameterNames.map((name) => parameters[name]!);
  }
}

/** Binds the statements of one store to the types of its tables. */
export function tablesOf<Tables>() {
  return {
    statement<const P extends ParameterSpec, Row>(
      spec: P,
      build: (db: Kysely<Tables>, parameters: ParametersOf<P>) => Compilable<Row>,
    ): Statement<P, Row> {
      return new Statement<P, Row>(spec, build as never);
    },
  };
}
