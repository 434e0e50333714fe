// The store that the conformance suite runs against every engine: small tables, and one procedure per promise.

import { defineStore, type Transaction, tablesOf } from '@cairn/engines';
import { sql } from 'kysely';

type Tables = {
  item: { key: string; text: string | null; integer: number | null; blob: Uint8Array | null };
  counter: { name: string; value: number };
};
export type Item = Tables['item'];

const { statement } = tablesOf<Tables>();

const insertItem = statement({ key: 'text', text: 'text?', integer: 'integer?', blob: 'blob?' }, (db, p) =>
  db.insertInto('item').values({ key: p.key, text: p.text, integer: p.integer, blob: p.blob }),
);
const insertItemIfAbsent = statement({ key: 'text' }, (db, p) =>
  db
    .insertInto('item')
    .values(({ lit }) => ({ key: p.key, text: lit(null), integer: lit(null), blob: lit(null) }))
    .onConflict((conflict) => conflict.column('key').doNothing()),
);
const findItem = statement({ key: 'text' }, (db, p) =>
  db.selectFrom('item').selectAll().where('key', '=', p.key),
);
const findKeys = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('item').select('key').where('key', '>', p.after).orderBy('key').limit(p.limit),
);
const findLike = statement({ pattern: 'text' }, (db, p) =>
  db.selectFrom('item').select('key').where('key', 'like', p.pattern).orderBy('key'),
);
const renumberItems = statement({ integer: 'integer' }, (db, p) =>
  db.updateTable('item').set({ integer: p.integer }),
);
const deleteItem = statement({ key: 'text' }, (db, p) => db.deleteFrom('item').where('key', '=', p.key));
const upsertItems = statement({ items: { key: 'text', text: 'text?', integer: 'integer?' } }, (db, p) =>
  db
    .insertInto('item')
    .columns(['key', 'text', 'integer'])
    .expression(
      db
        .selectFrom(p.items)
        .select(['items.key', 'items.text', 'items.integer'])
        // Without it SQLite takes `on conflict` for a join.
        .where(({ lit }) => lit(true)),
    )
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet(({ ref }) => ({ text: ref('excluded.text'), integer: ref('excluded.integer') })),
    ),
);
const deleteItems = statement({ gone: { key: 'text' } }, (db, p) =>
  db.deleteFrom('item').where('key', 'in', db.selectFrom(p.gone).select('gone.key')),
);
const aggregateItems = statement({ divisor: 'integer' }, (db, p) =>
  db
    .selectFrom('item')
    .select(({ fn, exists, selectFrom, val }) => [
      fn.countAll<number>().as('count'),
      fn.sum<number>('integer').as('sum'),
      sql<number>`7 / ${val(p.divisor)}`.as('quotient'),
      exists(selectFrom('item').select('key')).as('any'),
    ]),
);

const findCounter = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('counter').select('value').where('name', '=', p.name),
);
const putCounter = statement({ name: 'text', value: 'integer' }, (db, p) =>
  db
    .insertInto('counter')
    .values({ name: p.name, value: p.value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.value })),
);
const addToCounter = statement({ name: 'text', amount: 'integer' }, (db, p) =>
  db
    .insertInto('counter')
    .values({ name: p.name, value: p.amount })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(({ eb, ref }) => ({ value: eb(ref('counter.value'), '+', p.amount) })),
    )
    .returning('value'),
);

function* counterValue(name: string): Transaction<number> {
  const row = yield* findCounter.first({ name });
  return row?.value ?? 0;
}

export default defineStore({
  module: import.meta.url,
  name: 'conformance',
  migrations: [
    ({ text, integer, blob, clustered }) => [
      `create table item (key ${text} primary key, text ${text}, integer ${integer}, blob ${blob}) ${clustered}`,
    ],
    ({ text, integer, clustered }) => [
      `create table counter (name ${text} primary key, value ${integer} not null) ${clustered}`,
    ],
  ],
  reads: {
    item: ({ key }: { key: string }) => findItem.first({ key }),
    *keys({ after, limit }: { after: string; limit: number }): Transaction<string[]> {
      const rows = yield* findKeys.all({ after, limit });
      return rows.map((row) => row.key);
    },
    *like({ pattern }: { pattern: string }): Transaction<string[]> {
      const rows = yield* findLike.all({ pattern });
      return rows.map((row) => row.key);
    },
    aggregate: () => aggregateItems.first({ divisor: 2 }),
    counter: ({ name }: { name: string }) => counterValue(name),
    *counters({ names }: { names: readonly string[] }): Transaction<number[]> {
      const values: number[] = [];
      for (const name of names) values.push(yield* counterValue(name));
      return values;
    },
    *echo({ value }: { value: unknown }): Transaction<unknown> {
      yield* counterValue('any');
      return value;
    },
    writes: ({ key }: { key: string }) => insertItemIfAbsent.run({ key }),
    *throws(): Transaction<never> {
      yield* findCounter.first({ name: 'any' });
      throw new Error('this read always throws');
    },
  },
  writes: {
    insert: (item: Item) => insertItem.run(item),
    insertIfAbsent: ({ key }: { key: string }) => insertItemIfAbsent.run({ key }),
    renumber: ({ integer }: { integer: number }) => renumberItems.run({ integer }),
    delete: ({ key }: { key: string }) => deleteItem.run({ key }),
    *add({ name, amount }: { name: string; amount: number }): Transaction<number> {
      const row = yield* addToCounter.first({ name, amount });
      return row!.value;
    },
    /** Reads, computes and writes: wrong under anything less than serializable. */
    *increment({ name }: { name: string }): Transaction<number> {
      const value = (yield* counterValue(name)) + 1;
      yield* putCounter.run({ name, value });
      return value;
    },
    *insertCounted({ key, counter }: { key: string; counter: string }): Transaction<void> {
      yield* insertItemIfAbsent.run({ key });
      yield* addToCounter.first({ name: counter, amount: 1 });
    },
    *move({ from, to }: { from: string; to: string }): Transaction<void> {
      yield* putCounter.run({ name: from, value: (yield* counterValue(from)) - 1 });
      yield* putCounter.run({ name: to, value: (yield* counterValue(to)) + 1 });
    },
    /** Takes one from `name` as long as both together hold two: the classic write skew. */
    *takeIfTwo({ name, other }: { name: string; other: string }): Transaction<boolean> {
      const value = yield* counterValue(name);
      if (value + (yield* counterValue(other)) < 2) return false;
      yield* putCounter.run({ name, value: value - 1 });
      return true;
    },
    *incrementAndThrow({ name }: { name: string }): Transaction<never> {
      yield* putCounter.run({ name, value: (yield* counterValue(name)) + 1 });
      throw new Error(`this write always throws, at ${name}`);
    },
    *insertTwice(item: Item): Transaction<void> {
      yield* insertItem.run(item);
      yield* insertItem.run(item);
    },
    upsertMany: ({ items }: { items: readonly Omit<Item, 'blob'>[] }) => upsertItems.run({ items }),
    deleteMany: ({ keys }: { keys: readonly string[] }) =>
      deleteItems.run({ gone: keys.map((key) => ({ key })) }),
    /** What a programmer can get wrong: the types forbid it, and the engine finds it. */
    putCounterWith: (parameters: Record<string, never>) => putCounter.run(parameters as never),
  },
});
