// The database of identity in the hands of a vandal: the same tables, with transactions that identity does not have.

import { defineStore, type Transaction } from '@cairn/engines';
import { migrations, statement } from '../src/store/tables.ts';

const tables = [
  'setting',
  'user',
  'access_key',
  'policy',
  'policy_version',
  'attachment',
  'user_policy',
  'token',
  'role',
  'role_attachment',
  'role_policy',
  'group',
  'group_member',
  'group_attachment',
  'group_policy',
  'open_id_provider',
] as const;
const removeAll = tables.map((table) => statement({}, (db) => db.deleteFrom(table)));
const removeUser = statement({ name: 'text' }, (db, p) => db.deleteFrom('user').where('name', '=', p.name));
const updateSecret = statement({ id: 'text', secret: 'blob' }, (db, p) =>
  db.updateTable('access_key').set({ secret: p.secret }).where('id', '=', p.id),
);
const updateDocument = statement({ name: 'text', document: 'text' }, (db, p) =>
  db.updateTable('policy').set({ document: p.document }).where('name', '=', p.name),
);
const updateVersionDocument = statement({ name: 'text', document: 'text' }, (db, p) =>
  db.updateTable('policy_version').set({ document: p.document }).where('policy', '=', p.name),
);
const updateRoleDocument = statement({ name: 'text', document: 'text' }, (db, p) =>
  db.updateTable('role_policy').set({ document: p.document }).where('name', '=', p.name),
);
const updateGroupDocument = statement({ name: 'text', document: 'text' }, (db, p) =>
  db.updateTable('group_policy').set({ document: p.document }).where('name', '=', p.name),
);
const updateTrust = statement({ name: 'text', document: 'text' }, (db, p) =>
  db.updateTable('role').set({ trust: p.document }).where('name', '=', p.name),
);
const updateUserDocument = statement({ name: 'text', document: 'text' }, (db, p) =>
  db.updateTable('user_policy').set({ document: p.document }).where('name', '=', p.name),
);

function* deleteUserAlone(input: { name: string }): Transaction<void> {
  yield* removeUser.run(input);
}

function* wipe(_input: Record<string, never>): Transaction<void> {
  for (const remove of removeAll) yield* remove.run({});
}

function* replaceSecret(input: { id: string; secret: Uint8Array }): Transaction<void> {
  yield* updateSecret.run(input);
}

function* replaceDocument(input: { name: string; document: string }): Transaction<void> {
  yield* updateDocument.run(input);
  yield* updateVersionDocument.run(input);
  yield* updateUserDocument.run(input);
  yield* updateRoleDocument.run(input);
  yield* updateGroupDocument.run(input);
  yield* updateTrust.run(input);
}

export default defineStore({
  module: import.meta.url,
  name: 'identity',
  migrations,
  reads: {},
  writes: { wipe, deleteUserAlone, replaceSecret, replaceDocument },
});
