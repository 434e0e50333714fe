// The dialects that statements are compiled for. Nothing here ever talks to a database: Kysely only writes the text.

import {
  type Dialect,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { ParameterMarker, type ParameterType, type ScalarType } from './parameters.ts';

export type DialectName = 'sqlite' | 'postgres';

/**
 * Writes the type behind every placeholder. Without it PostgreSQL guesses a parameter's type from its surroundings and
 * gets some wrong that SQLite accepts (`$1 + $2`, `coalesce($1, $2)`).
 */
class TypedPostgresQueryCompiler extends PostgresQueryCompiler {
  protected override appendValue(parameter: unknown): void {
    super.appendValue(parameter);
    if (parameter instanceof ParameterMarker) this.append(castOf(parameter.type));
  }
}

const postgresCasts = {
  text: '::text',
  'text?': '::text',
  integer: '::bigint',
  'integer?': '::bigint',
  blob: '::bytea',
  'blob?': '::bytea',
} as const satisfies Record<ScalarType, string>;

function castOf(type: ParameterType): string {
  return typeof type === 'object' ? '::json' : postgresCasts[type];
}

/** How rows that are bound as JSON are taken apart: the function that gives a `value` for each, and a column of it. */
export const readRow = {
  sqlite: { elements: 'json_each', columnOf: (index) => `value ->> ${index}` },
  postgres: {
    elements: 'json_array_elements',
    columnOf: (index, type) => `(value ->> ${index})${postgresCasts[type]}`,
  },
} as const satisfies Record<
  DialectName,
  { elements: string; columnOf: (index: number, type: ScalarType) => string }
>;

const dialects = {
  sqlite: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
  postgres: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new TypedPostgresQueryCompiler(),
  },
} as const satisfies Record<DialectName, Dialect>;

export const queryBuilders: Readonly<Record<DialectName, Kysely<never>>> = {
  sqlite: new Kysely({ dialect: dialects.sqlite }),
  postgres: new Kysely({ dialect: dialects.postgres }),
};
