// Transactions on groups, and on who is in them. Members and policies hang on a group's id, so that it can be renamed.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';
import { findUser, type UserRow } from './users.ts';

export type GroupRow = {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly created_ms: number;
};

const columns = ['name', 'id', 'path', 'created_ms'] as const;

const selectGroup = statement({ folded_name: 'text' }, (db, p) =>
  db.selectFrom('group').select(columns).where('folded_name', '=', p.folded_name),
);
const selectGroups = statement({ after: 'text', from: 'text', to: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('group')
    .select(columns)
    .where('folded_name', '>', p.after)
    .where('path', '>=', p.from)
    .where('path', '<', p.to)
    .orderBy('folded_name')
    .limit(p.limit),
);
const insertGroup = statement(
  { name: 'text', folded_name: 'text', id: 'text', path: 'text', created_ms: 'integer' },
  (db, p) =>
    db.insertInto('group').values({
      name: p.name,
      folded_name: p.folded_name,
      id: p.id,
      path: p.path,
      created_ms: p.created_ms,
    }),
);
const updateNames = statement({ id: 'text', name: 'text', folded_name: 'text', path: 'text' }, (db, p) =>
  db
    .updateTable('group')
    .set({ name: p.name, folded_name: p.folded_name, path: p.path })
    .where('id', '=', p.id),
);
const removeGroup = statement({ id: 'text' }, (db, p) => db.deleteFrom('group').where('id', '=', p.id));

const selectMembers = statement({ group_id: 'text', after: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('group_member')
    .innerJoin('user', 'user.name', 'group_member.user')
    .select(['user.name', 'user.id', 'user.created_ms', 'user.path'])
    .where('group_member.group_id', '=', p.group_id)
    .where('group_member.user', '>', p.after)
    .orderBy('group_member.user')
    .limit(p.limit),
);
const selectGroupsOfUser = statement({ user: 'text' }, (db, p) =>
  db
    .selectFrom('group_member')
    .innerJoin('group', 'group.id', 'group_member.group_id')
    .select(['group.name', 'group.id', 'group.path', 'group.created_ms'])
    .where('group_member.user', '=', p.user)
    .orderBy('group.folded_name'),
);
const selectPolicyOfGroup = statement({ group_id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('group_policy').select('name').where('group_id', '=', p.group_id).limit(p.limit),
);
const selectAttachmentOfGroup = statement({ group_id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('group_attachment').select('policy').where('group_id', '=', p.group_id).limit(p.limit),
);
const insertMember = statement({ group_id: 'text', user: 'text' }, (db, p) =>
  db.insertInto('group_member').values({ group_id: p.group_id, user: p.user }),
);
const removeMember = statement({ group_id: 'text', user: 'text' }, (db, p) =>
  db.deleteFrom('group_member').where('group_id', '=', p.group_id).where('user', '=', p.user),
);

/** The group of that name in any case. */
export function* findGroup({ name }: { name: string }): Transaction<GroupRow | undefined> {
  return yield* selectGroup.first({ folded_name: name.toLowerCase() });
}

/** By name without regard to case, after one in lower case; their paths lie between `from` and `to`. */
export function* listGroups(input: {
  after: string;
  from: string;
  to: string;
  limit: number;
}): Transaction<readonly GroupRow[]> {
  return yield* selectGroups.all(input);
}

export function* createGroup(input: GroupRow): Transaction<'created' | 'EntityAlreadyExists'> {
  if ((yield* findGroup(input)) !== undefined) return 'EntityAlreadyExists';
  yield* insertGroup.run({ ...input, folded_name: input.name.toLowerCase() });
  return 'created';
}

/** Gives a group another name, another path, or both; its id, members and policies stay. */
export function* updateGroup(input: {
  name: string;
  newName?: string | undefined;
  path?: string | undefined;
}): Transaction<'updated' | 'NoSuchEntity' | 'EntityAlreadyExists'> {
  const group = yield* findGroup(input);
  if (group === undefined) return 'NoSuchEntity';
  const { newName: name = group.name, path = group.path } = input;
  const namesake = yield* findGroup({ name });
  if (namesake !== undefined && namesake.id !== group.id) return 'EntityAlreadyExists';
  yield* updateNames.run({ id: group.id, name, folded_name: name.toLowerCase(), path });
  return 'updated';
}

export type DeleteGroupOutcome = 'deleted' | 'NoSuchEntity' | 'HasMembers' | 'HasPolicies';

/** A group that has members or policies stays. */
export function* deleteGroup(input: { name: string }): Transaction<DeleteGroupOutcome> {
  const group = yield* findGroup(input);
  if (group === undefined) return 'NoSuchEntity';
  const group_id = group.id;
  if ((yield* selectMembers.first({ group_id, after: '', limit: 1 })) !== undefined) return 'HasMembers';
  if ((yield* selectPolicyOfGroup.first({ group_id, limit: 1 })) !== undefined) return 'HasPolicies';
  if ((yield* selectAttachmentOfGroup.first({ group_id, limit: 1 })) !== undefined) return 'HasPolicies';
  yield* removeGroup.run({ id: group_id });
  return 'deleted';
}

export type ChangeMemberOutcome = 'changed' | 'NoSuchGroup' | 'NoSuchUser' | 'NoSuchMember' | 'LimitExceeded';

/** Idempotent. */
export function* addGroupMember(input: {
  group: string;
  user: string;
  groupsMax: number;
}): Transaction<ChangeMemberOutcome> {
  const group = yield* findGroup({ name: input.group });
  if (group === undefined) return 'NoSuchGroup';
  if ((yield* findUser({ name: input.user })) === undefined) return 'NoSuchUser';
  const groups = yield* selectGroupsOfUser.all({ user: input.user });
  if (groups.some(({ id }) => id === group.id)) return 'changed';
  if (groups.length >= input.groupsMax) return 'LimitExceeded';
  yield* insertMember.run({ group_id: group.id, user: input.user });
  return 'changed';
}

export function* removeGroupMember(input: {
  group: string;
  user: string;
}): Transaction<Exclude<ChangeMemberOutcome, 'LimitExceeded' | 'NoSuchUser'>> {
  const group = yield* findGroup({ name: input.group });
  if (group === undefined) return 'NoSuchGroup';
  const removed = yield* removeMember.run({ group_id: group.id, user: input.user });
  return removed > 0 ? 'changed' : 'NoSuchMember';
}

/** Members by name, after a name; undefined when there is no such group. */
export function* listGroupMembers(input: {
  group: string;
  after: string;
  limit: number;
}): Transaction<{ readonly group: GroupRow; readonly members: readonly UserRow[] } | undefined> {
  const group = yield* findGroup({ name: input.group });
  if (group === undefined) return undefined;
  const { after, limit } = input;
  return { group, members: yield* selectMembers.all({ group_id: group.id, after, limit }) };
}

/** By name without regard to case; undefined when there is no such user. */
export function* groupsOfUser(input: { user: string }): Transaction<readonly GroupRow[] | undefined> {
  if ((yield* findUser({ name: input.user })) === undefined) return undefined;
  return yield* selectGroupsOfUser.all(input);
}
