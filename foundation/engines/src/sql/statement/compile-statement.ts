// Writes the text of a statement with Kysely. Loaded for the first statement whose text is not known already
// (known-statements.ts): Kysely takes 17 MB and 90 ms of CPU in every thread that imports it.

import assert from 'node:assert/strict';
import type { StatementText } from './compiled-statement.ts';
import { type DialectName, queryBuilders } from './dialects.ts';
import { ParameterMarker } from './parameters.ts';
import type { StatementSource } from './statement.ts';

/** Calls the builder with markers in place of the parameters; Kysely lists them in the order of their binding. */
export function compileStatement({ spec, build }: StatementSource, dialect: DialectName): StatementText {
  const markers = Object.entries(spec).map(([name, type]) => [name, new ParameterMarker(name, type)]);
  const query = build(queryBuilders[dialect], Object.fromEntries(markers) as never).compile();
  const parameterNames = query.parameters.map((marker) => {
    assert(marker instanceof ParameterMarker, `a statement must take its values as parameters: ${query.sql}`);
    return marker.name;
  });
  return { sql: query.sql, parameterNames };
}
