// Writes the text of a statement with Kysely. Loaded for the first statement whose text is not known already
// (known-statements.ts): Kysely takes 17 MB and 90 ms of CPU in every thread that imports it.

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { StatementText } from './compiled-statement.ts';
import { type DialectName, queryBuilders, readRow } from './dialects.ts';
import { ParameterMarker, type RowsType } from './parameters.ts';
import type { StatementSource } from './statement.ts';

/** Calls the builder with markers in place of the parameters; Kysely lists them in the order of their binding. */
export function compileStatement({ spec, build }: StatementSource, dialect: DialectName): StatementText {
  const markers = Object.entries(spec).map(([name, type]) => [
    name,
    typeof type === 'object'
      ? rowsTable(new ParameterMarker(name, type), dialect)
      : new ParameterMarker(name, type),
  ]);
  const query = build(queryBuilders[dialect], Object.fromEntries(markers) as never).compile();
  const parameterNames = query.parameters.map((marker) => {
    assert(marker instanceof ParameterMarker, `a statement must take its values as parameters: ${query.sql}`);
    return marker.name;
  });
  return { sql: query.sql, parameterNames };
}

/** A table of the rows that are bound as JSON: a list of lists, each with the values in the order of the columns. */
function rowsTable(marker: ParameterMarker<RowsType>, dialect: DialectName) {
  const { elements, columnOf } = readRow[dialect];
  const columns = Object.entries(marker.type).map(
    ([name, type], index) => sql`${sql.raw(columnOf(index, type))} as ${sql.id(name)}`,
  );
  return sql`(select ${sql.join(columns)} from ${sql.raw(elements)}(${marker}))`.as(marker.name);
}
