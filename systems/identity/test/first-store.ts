// The store of identity as its first version made it: without roles, and without paths of users.

import { defineStore, type Transaction, tablesOf } from '@cairn/engines';
import { migrations } from '../src/store/tables.ts';

type FirstTables = {
  user: { name: string; folded_name: string; id: string; created_ms: number };
  policy: { name: string; document: string; created_ms: number; updated_ms: number };
  attachment: { user: string; policy: string };
};
const { statement } = tablesOf<FirstTables>();

const insertUser = statement({ name: 'text', id: 'text', created_ms: 'integer' }, (db, p) =>
  db.insertInto('user').values({ name: p.name, folded_name: p.name, id: p.id, created_ms: p.created_ms }),
);
const insertPolicy = statement(
  { name: 'text', document: 'text', created_ms: 'integer', updated_ms: 'integer' },
  (db, p) =>
    db.insertInto('policy').values({
      name: p.name,
      document: p.document,
      created_ms: p.created_ms,
      updated_ms: p.updated_ms,
    }),
);
const insertAttachment = statement({ user: 'text', policy: 'text' }, (db, p) =>
  db.insertInto('attachment').values({ user: p.user, policy: p.policy }),
);

function* addUser(input: { name: string; id: string; created_ms: number }): Transaction<void> {
  yield* insertUser.run(input);
}

function* addPolicy(input: {
  name: string;
  document: string;
  created_ms: number;
  updated_ms: number;
  user: string;
}): Transaction<void> {
  const { user, ...policy } = input;
  yield* insertPolicy.run(policy);
  yield* insertAttachment.run({ user, policy: policy.name });
}

export default defineStore({
  module: import.meta.url,
  name: 'identity',
  migrations: migrations.slice(0, 1),
  reads: {},
  writes: { addUser, addPolicy },
});
