// Texts of a store's statements that were written ahead of time, so that no thread needs Kysely to run them.
//
// They lie beside the store's module: `store.ts` has `store.statements.json`, which `npm run docs` writes and the gate
// compares. A text is found by the shape of its statement, so a text of yesterday is never run for a statement of today:
// what is not found is compiled, which only costs time and memory. A store without the file works the same way.

import { readFileSync } from 'node:fs';
import { CompiledStatement, type StatementText } from './compiled-statement.ts';
import { type Statement, statementsMade } from './statement.ts';
import { shapeOf } from './statement-shape.ts';

/** By the shape of the statement, in the dialect of SQLite. */
export type StatementTexts = Readonly<Record<string, StatementText>>;

export class KnownStatements {
  static readonly none = new KnownStatements({});
  readonly #texts: StatementTexts;

  private constructor(texts: StatementTexts) {
    this.#texts = texts;
  }

  /** What lies beside the store's module, which is named by its URL. */
  static beside(storeModule: string): KnownStatements {
    const file = knownStatementsUrl(storeModule);
    try {
      return new KnownStatements(JSON.parse(readFileSync(file, 'utf8')) as StatementTexts);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return KnownStatements.none;
      throw error;
    }
  }

  compiled(statement: Statement<never, unknown>): CompiledStatement {
    const shape = this === KnownStatements.none ? undefined : shapeOf(statement.source);
    const known = shape !== undefined && Object.hasOwn(this.#texts, shape) ? this.#texts[shape] : undefined;
    return known === undefined
      ? statement.compiledFor('sqlite')
      : new CompiledStatement(statement.source.spec, known);
  }
}

export function knownStatementsUrl(storeModule: string): URL {
  return new URL(storeModule.replace(/\.[jt]s$/, '.statements.json'));
}

/**
 * The texts of all statements that this thread has made, in the order of their shapes. Those without a shape are left
 * out. Called where nothing but one store was loaded, it is what belongs beside that store.
 */
export function textsOfStatementsMade(): StatementTexts {
  const texts = statementsMade().flatMap((statement): [string, StatementText][] => {
    const shape = shapeOf(statement.source);
    if (shape === undefined) return [];
    const { sql, parameterNames } = statement.compiledFor('sqlite');
    return [[shape, { sql, parameterNames }]];
  });
  return Object.fromEntries(texts.sort(([left], [right]) => (left < right ? -1 : 1)));
}
