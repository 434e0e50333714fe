// The conformance store one migration later, as a newer version of the program would have it.

import { defineStore, type Transaction, tablesOf } from '@cairn/engines';
import conformanceStore from './conformance-store.ts';

const { statement } = tablesOf<{ item: { key: string; colour: string } }>();
const findColour = statement({ key: 'text' }, (db, p) =>
  db.selectFrom('item').select('colour').where('key', '=', p.key),
);

export default defineStore({
  module: import.meta.url,
  name: conformanceStore.name,
  migrations: [
    ...conformanceStore.migrations,
    ({ text }) => [`alter table item add column colour ${text} not null default 'green'`],
  ],
  reads: {
    *colour({ key }: { key: string }): Transaction<string | undefined> {
      const row = yield* findColour.first({ key });
      return row?.colour;
    },
  },
  writes: {},
});
