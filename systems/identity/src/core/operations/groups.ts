// Operations on groups, and on who is in them.

import { IdentityError } from '../../errors.ts';
import { groupsPerUserMax } from '../../limits.ts';
import { newGroupId } from '../../secrets/random-names.ts';
import type { ChangeMemberOutcome, GroupRow } from '../../store/groups.ts';
import type { Group, Identity } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import {
  groupArn,
  noSuchGroup,
  noSuchUser,
  pathRange,
  requireGroupName,
  requirePath,
  requireUserName,
} from './names.ts';
import { pageLimit, pageOf } from './pages.ts';
import { userOf } from './users.ts';

type GroupOperations = Pick<
  Identity,
  'createGroup' | 'getGroup' | 'listGroups' | 'updateGroup' | 'deleteGroup'
>;
type MemberOperations = Pick<
  Identity,
  'addUserToGroup' | 'removeUserFromGroup' | 'listGroupMembers' | 'listGroupsOfUser'
>;

export function groupOperations(parts: CoreParts): GroupOperations & MemberOperations {
  return { ...operationsOnGroups(parts), ...operationsOnMembers(parts) };
}

function operationsOnGroups({ world, sql, account, caches }: CoreParts): GroupOperations {
  const infoOf = (row: GroupRow): Group => groupOf(row, account);
  return {
    async createGroup({ name, path = '/' }) {
      requireGroupName(name);
      requirePath(path);
      const row = { name, id: newGroupId(world.random), path, created_ms: Math.floor(world.clock.nowMs()) };
      const outcome = await sql.write('createGroup', row);
      if (outcome !== 'created') throw alreadyThere(name);
      return infoOf(row);
    },

    async getGroup({ name }) {
      requireGroupName(name);
      const row = await sql.lookup('findGroup', { name });
      if (row === undefined) throw noSuchGroup(name);
      return infoOf(row);
    },

    async listGroups({ pathPrefix, ...page } = {}) {
      const limit = pageLimit(page);
      const range = { after: page.after ?? '', ...pathRange(pathPrefix) };
      const rows = await sql.read('listGroups', { ...range, limit: limit + 1 });
      return pageOf(rows.map(infoOf), { limit, nameOf: ({ name }) => name.toLowerCase() });
    },

    async updateGroup({ name, newName, path }) {
      requireGroupName(name);
      if (newName !== undefined) requireGroupName(newName);
      if (path !== undefined) requirePath(path);
      const outcome = await sql.write('updateGroup', { name, newName, path });
      if (outcome === 'NoSuchEntity') throw noSuchGroup(name);
      if (outcome === 'EntityAlreadyExists') throw alreadyThere(newName ?? name);
    },

    async deleteGroup({ name }) {
      requireGroupName(name);
      try {
        const outcome = await sql.write('deleteGroup', { name });
        if (outcome === 'NoSuchEntity') throw noSuchGroup(name);
        if (outcome !== 'deleted') throw new IdentityError('DeleteConflict', conflicts[outcome]);
      } finally {
        caches.permissions.forgetAll();
      }
    },
  };
}

function operationsOnMembers({ sql, account, caches }: CoreParts): MemberOperations {
  const changing = async (
    names: { group: string; user: string },
    change: () => Promise<ChangeMemberOutcome>,
  ): Promise<void> => {
    requireGroupName(names.group);
    requireUserName(names.user);
    try {
      const outcome = await change();
      if (outcome !== 'changed') throw refusal(outcome, names);
    } finally {
      caches.permissions.forget(names.user);
    }
  };
  return {
    addUserToGroup: (names) =>
      changing(names, () => sql.write('addGroupMember', { ...names, groupsMax: groupsPerUserMax })),

    removeUserFromGroup: (names) => changing(names, () => sql.write('removeGroupMember', names)),

    async listGroupMembers({ group, ...page }) {
      requireGroupName(group);
      const limit = pageLimit(page);
      const found = await sql.read('listGroupMembers', { group, after: page.after ?? '', limit: limit + 1 });
      if (found === undefined) throw noSuchGroup(group);
      const users = found.members.map((row) => userOf(row, account));
      return pageOf(users, { limit, nameOf: ({ name }) => name });
    },

    async listGroupsOfUser({ user }) {
      requireUserName(user);
      const rows = await sql.read('groupsOfUser', { user });
      if (rows === undefined) throw noSuchUser(user);
      return rows.map((row) => groupOf(row, account));
    },
  };
}

const conflicts = {
  HasMembers: 'Cannot delete entity, must remove users from group first.',
  HasPolicies: 'Cannot delete entity, must detach all policies first.',
} as const;

function alreadyThere(name: string): IdentityError {
  return new IdentityError('EntityAlreadyExists', `Group with name ${name} already exists.`);
}

function refusal(
  outcome: Exclude<ChangeMemberOutcome, 'changed'>,
  { group, user }: { group: string; user: string },
): IdentityError {
  if (outcome === 'NoSuchGroup') return noSuchGroup(group);
  if (outcome === 'NoSuchUser') return noSuchUser(user);
  if (outcome === 'NoSuchMember')
    return new IdentityError('NoSuchEntity', `The user ${user} is not in the group ${group}.`);
  return new IdentityError(outcome, `Cannot exceed quota for GroupsPerUser: ${groupsPerUserMax}`);
}

function groupOf(row: GroupRow, account: string): Group {
  const { name, id, path, created_ms } = row;
  return { name, id, path, arn: groupArn(account, row), createdMs: created_ms };
}
