// Wrong code that must not compile. This file is never run: `tsc` fails when a line under `@ts-expect-error` is right.

import { defineStore, type Sql, type Transaction, tablesOf } from '@cairn/engines';
import type conformanceStore from './conformance-store.ts';

type Tables = { counter: { name: string; value: number } };
const { statement } = tablesOf<Tables>();
const findCounter = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('counter').select('value').where('name', '=', p.name),
);

export async function calls(sql: Sql<typeof conformanceStore>) {
  // @ts-expect-error: a read is not called through `write`
  await sql.write('counter', { name: 'a' });
  // @ts-expect-error: a write is not called through `read`
  await sql.read('increment', { name: 'a' });
  // @ts-expect-error: nor through `lookup`
  await sql.lookup('increment', { name: 'a' });
  // @ts-expect-error: no such procedure
  await sql.read('no such procedure', {});
  // @ts-expect-error: an input of the wrong type
  await sql.read('counter', { name: 1 });
  // @ts-expect-error: an input that lacks something
  await sql.write('add', { name: 'a' });
  // @ts-expect-error: an output taken for another
  const text: string = await sql.lookup('counter', { name: 'a' });
  return text;
}

export function* steps(): Transaction<number> {
  // @ts-expect-error: a parameter of the wrong type
  yield* findCounter.first({ name: 1 });
  // @ts-expect-error: a parameter that is missing
  yield* findCounter.first({});
  // @ts-expect-error: a parameter that the statement does not have
  yield* findCounter.first({ name: 'a', more: 1 });
  const row = yield* findCounter.first({ name: 'a' });
  // @ts-expect-error: there may be no such row
  return row.value;
}

const removeCounters = statement({ gone: { name: 'text' } }, (db, p) =>
  db.deleteFrom('counter').where('name', 'in', db.selectFrom(p.gone).select('gone.name')),
);
export function* rows(): Transaction<void> {
  // @ts-expect-error: a row whose value is of the wrong type
  yield* removeCounters.run({ gone: [{ name: 1 }] });
  // @ts-expect-error: one value where rows are wanted
  yield* removeCounters.run({ gone: 'a' });
}
export const noRowColumn = statement({ gone: { name: 'text' } }, (db, p) =>
  // @ts-expect-error: a column that the rows do not have
  db.selectFrom(p.gone).select('gone.value'),
);
// @ts-expect-error: rows hold no blobs
export const blobRows = statement({ rows: { content: 'blob' } }, (db) =>
  db.selectFrom('counter').selectAll(),
);

// @ts-expect-error: a column that the table does not have
export const noColumn = statement({}, (db) => db.selectFrom('counter').select('nothing'));
// @ts-expect-error: a parameter type that the port does not have
export const noType = statement({ name: 'boolean' }, (db) => db.selectFrom('counter').selectAll());
export const wrongType = statement({ name: 'integer' }, (db, p) =>
  // @ts-expect-error: a parameter compared with a column of another type
  db.selectFrom('counter').selectAll().where('name', '=', p.name),
);

export const noProcedure = defineStore({
  module: import.meta.url,
  name: 'wrong',
  migrations: [],
  // @ts-expect-error: a procedure is a generator, because engines drive it
  reads: { value: async ({ name }: { name: string }) => findCounter.first({ name }) },
  writes: {},
});
