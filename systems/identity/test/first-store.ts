// The store of identity as its first version made it: without roles, and without paths of users.

import { defineStore, type Transaction, tablesOf } from '@cairn/engines';
import { migrations } from '../src/store/tables.ts';

type FirstTables = {
  user: { name: string; folded_name: string; id: string; created_ms: number };
};
const { statement } = tablesOf<FirstTables>();

const insertUser = statement({ name: 'text', id: 'text', created_ms: 'integer' }, (db, p) =>
  db.insertInto('user').values({ name: p.name, folded_name: p.name, id: p.id, created_ms: p.created_ms }),
);

function* addUser(input: { name: string; id: string; created_ms: number }): Transaction<void> {
  yield* insertUser.run(input);
}

export default defineStore({
  module: import.meta.url,
  name: 'identity',
  migrations: migrations.slice(0, 1),
  reads: {},
  writes: { addUser },
});
