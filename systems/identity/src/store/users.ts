// Transactions on users.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type UserRow = {
  readonly name: string;
  readonly id: string;
  readonly created_ms: number;
  readonly path: string;
};

const columns = ['name', 'id', 'created_ms', 'path'] as const;

const selectUser = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('user').select(columns).where('name', '=', p.name),
);
const selectFolded = statement({ folded_name: 'text' }, (db, p) =>
  db.selectFrom('user').select(columns).where('folded_name', '=', p.folded_name),
);
const selectUsers = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('user').select(columns).where('name', '>', p.after).orderBy('name').limit(p.limit),
);
const insertUser = statement(
  { name: 'text', folded_name: 'text', id: 'text', created_ms: 'integer', path: 'text' },
  (db, p) =>
    db.insertInto('user').values({
      name: p.name,
      folded_name: p.folded_name,
      id: p.id,
      created_ms: p.created_ms,
      path: p.path,
    }),
);
const selectUsersUnder = statement({ after: 'text', from: 'text', to: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('user')
    .select(columns)
    .where('folded_name', '>', p.after)
    .where('path', '>=', p.from)
    .where('path', '<', p.to)
    .orderBy('folded_name')
    .limit(p.limit),
);
const updatePath = statement({ name: 'text', path: 'text' }, (db, p) =>
  db.updateTable('user').set({ path: p.path }).where('name', '=', p.name),
);
const removeUser = statement({ name: 'text' }, (db, p) => db.deleteFrom('user').where('name', '=', p.name));

const selectKeyOfUser = statement({ user: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('access_key').select('id').where('user', '=', p.user).limit(p.limit),
);
const selectAttachmentOfUser = statement({ user: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('attachment').select('policy').where('user', '=', p.user).limit(p.limit),
);
const selectPolicyOfUser = statement({ user: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('user_policy').select('name').where('user', '=', p.user).limit(p.limit),
);
const selectGroupOfUser = statement({ user: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('group_member').select('group_id').where('user', '=', p.user).limit(p.limit),
);
const removeKeysOfUser = statement({ user: 'text' }, (db, p) =>
  db.deleteFrom('access_key').where('user', '=', p.user),
);
const removeAttachmentsOfUser = statement({ user: 'text' }, (db, p) =>
  db.deleteFrom('attachment').where('user', '=', p.user),
);
const removePoliciesOfUser = statement({ user: 'text' }, (db, p) =>
  db.deleteFrom('user_policy').where('user', '=', p.user),
);
const removeTokensOfUser = statement({ user: 'text' }, (db, p) =>
  db.deleteFrom('token').where('user', '=', p.user),
);

const removeFromGroups = statement({ user: 'text' }, (db, p) =>
  db.deleteFrom('group_member').where('user', '=', p.user),
);

export function* findUser(input: { name: string }): Transaction<UserRow | undefined> {
  return yield* selectUser.first(input);
}

/** The user of that name in any case: two names that differ only in case are one. */
export function* findUserFolded(input: { folded_name: string }): Transaction<UserRow | undefined> {
  return yield* selectFolded.first(input);
}

/** By name without regard to case, after one in lower case; their paths lie between `from` and `to`. */
export function* listUsersUnder(input: {
  after: string;
  from: string;
  to: string;
  limit: number;
}): Transaction<readonly UserRow[]> {
  return yield* selectUsersUnder.all(input);
}

/** False when there is no such user. */
export function* setUserPath(input: { name: string; path: string }): Transaction<boolean> {
  return (yield* updatePath.run(input)) > 0;
}

/** Users by name, after a name. */
export function* listUsers(input: { after: string; limit: number }): Transaction<readonly UserRow[]> {
  return yield* selectUsers.all(input);
}

export function* createUser(input: UserRow): Transaction<'created' | 'EntityAlreadyExists'> {
  const folded_name = input.name.toLowerCase();
  if ((yield* selectFolded.first({ folded_name })) !== undefined) return 'EntityAlreadyExists';
  // An older version that has the database too deletes users without leaving their groups.
  yield* removeFromGroups.run({ user: input.name });
  yield* insertUser.run({ ...input, folded_name });
  return 'created';
}

export type DeleteUserOutcome = 'deleted' | 'NoSuchEntity' | 'HasAccessKeys' | 'HasPolicies' | 'InGroups';

/** With `force`, all that the user has goes with the user; without, a user who has something stays. */
export function* deleteUser(input: { name: string; force: boolean }): Transaction<DeleteUserOutcome> {
  const user = input.name;
  if ((yield* selectUser.first({ name: user })) === undefined) return 'NoSuchEntity';
  if (!input.force) {
    if ((yield* selectKeyOfUser.first({ user, limit: 1 })) !== undefined) return 'HasAccessKeys';
    if ((yield* selectAttachmentOfUser.first({ user, limit: 1 })) !== undefined) return 'HasPolicies';
    if ((yield* selectPolicyOfUser.first({ user, limit: 1 })) !== undefined) return 'HasPolicies';
    if ((yield* selectGroupOfUser.first({ user, limit: 1 })) !== undefined) return 'InGroups';
  }
  yield* removeTokensOfUser.run({ user });
  yield* removeKeysOfUser.run({ user });
  yield* removeAttachmentsOfUser.run({ user });
  yield* removePoliciesOfUser.run({ user });
  yield* removeFromGroups.run({ user });
  yield* removeUser.run({ name: user });
  return 'deleted';
}
