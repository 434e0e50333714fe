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
// A parameter may be a table of rows, which the builder selects from by the parameter's name:
//
//   const removeUsers = statement({ gone: { name: 'text' } }, (db, p) =>
//     db.deleteFrom('user').where('name', 'in', db.selectFrom(p.gone).select('gone.name')));
//   yield* removeUsers.run({ gone: [{ name: 'anna' }, { name: 'ben' }] });
//
// Statements are made once, at the top of the module of the store: engines keep what they prepared per statement. All
// values are parameters; a constant is written with `sql.lit`.

import { createRequire } from 'node:module';
import type { Compilable, Kysely } from 'kysely';
import { CompiledStatement } from './compiled-statement.ts';
import type { DialectName } from './dialects.ts';
import type { MarkersOf, ParameterSpec, ParametersOf, ParameterValue } from './parameters.ts';

const load = createRequire(import.meta.url);

/** What a procedure yields to its engine. */
export type Step = {
  readonly statement: Statement<never, unknown>;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Only the first row is wanted: an engine may spare itself the others. */
  readonly first?: true;
};
/** What the engine answers: the rows of a query (or of `returning`), and how many rows a change touched. */
export type StepResult = { readonly rows: readonly unknown[]; readonly changes: number };

/**
 * The body of a procedure: yields steps, returns its output. A statement that fails ends the procedure there; nothing
 * inside it can catch that, because engines differ in what a failed statement leaves of the transaction.
 */
export type Transaction<Output> = Generator<Step, Output, StepResult>;

export type StatementSource = {
  readonly spec: ParameterSpec;
  readonly build: (db: Kysely<never>, parameters: never) => Compilable<unknown>;
};

export class Statement<P extends ParameterSpec, Row> {
  readonly source: StatementSource;
  readonly #compiled = new Map<DialectName, CompiledStatement>();

  constructor(spec: P, build: (db: Kysely<never>, parameters: never) => Compilable<Row>) {
    this.source = { spec, build };
    made.push(this as never);
  }

  /** All rows. */
  *all(parameters: ParametersOf<P>): Transaction<readonly Row[]> {
    const result = yield { statement: this as never, parameters: parameters as never };
    return result.rows as readonly Row[];
  }

  /** The first row, undefined when there is none. */
  *first(parameters: ParametersOf<P>): Transaction<Row | undefined> {
    const result = yield { statement: this as never, parameters: parameters as never, first: true };
    return result.rows[0] as Row | undefined;
  }

  /** Runs a change; returns how many rows it touched. */
  *run(parameters: ParametersOf<P>): Transaction<number> {
    const result = yield { statement: this as never, parameters: parameters as never };
    return result.changes;
  }

  /** Synchronously, since a procedure may be the first to want it: so Kysely is loaded by `require`, when it is. */
  compiledFor(dialect: DialectName): CompiledStatement {
    return this.#compiled.getOrInsertComputed(dialect, () => {
      const { compileStatement } = load('./compile-statement.ts') as typeof import('./compile-statement.ts');
      return new CompiledStatement(this.source.spec, compileStatement(this.source, dialect));
    });
  }
}

const made: Statement<never, unknown>[] = [];

/** Every statement of this thread. */
export function statementsMade(): readonly Statement<never, unknown>[] {
  return made;
}

/** Binds the statements of one store to the types of its tables. */
export function tablesOf<Tables>() {
  return {
    statement<const P extends ParameterSpec, Row>(
      spec: P,
      build: (db: Kysely<Tables>, parameters: MarkersOf<P>) => Compilable<Row>,
    ): Statement<P, Row> {
      return new Statement<P, Row>(spec, build as never);
    },
  };
}
