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
import { ParameterMarker } from './parameters.ts';

export type DialectName = 'sqlite' | 'postgres';

/**
 * Writes the type behind every placeholder. Without it PostgreSQL guesses a parameter's type from its surroundings and
 * gets some wrong that SQLite accepts (`$1 + $2`, `coalesce($1, $2)`).
 */
class TypedPostgresQueryCompiler extends PostgresQueryCompiler {
  protected override appendValue(parameter: unknown): void {
    super.appendValue(parameter);
    if (parameter instanceof ParameterMarker) this.append(postgresCasts[parameter.type]);
  }
}

const postgresCasts = {
  text: '::text',
  'text?': '::text',
  integer: '::bigint',
  'integer?': '::bigint',
  blob: '::bytea',
  'blob?': '::bytea',
} as const satisfies Record<ParameterMarker['type'], string>;

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
