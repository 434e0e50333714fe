// Operations on users.

import { IdentityError } from '../../errors.ts';
import { newUserId } from '../../secrets/random-names.ts';
import type { UserRow } from '../../store/users.ts';
import type { Identity, User } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchUser, pathRange, requirePath, requireUserName, userArn } from './names.ts';
import { pageLimit, pageOf } from './pages.ts';

type UserOperations = Pick<
  Identity,
  | 'createUser'
  | 'setUserPath'
  | 'getUser'
  | 'findUser'
  | 'userArn'
  | 'listUsers'
  | 'listUsersUnder'
  | 'deleteUser'
>;

export function userOperations({ world, sql, account, caches }: CoreParts): UserOperations {
  const infoOf = (row: UserRow): User => userOf(row, account);
  return {
    async createUser({ name, path = '/' }) {
      requireUserName(name);
      requirePath(path);
      const row = { name, id: newUserId(world.random), created_ms: Math.floor(world.clock.nowMs()), path };
      try {
        const outcome = await sql.write('createUser', row);
        if (outcome !== 'created') throw new IdentityError(outcome, `User with name ${name} already exists.`);
      } finally {
        caches.hasUsers.forgetAll();
        caches.permissions.forget(name);
      }
      return infoOf(row);
    },

    async getUser({ name }) {
      requireUserName(name);
      const row = await sql.lookup('findUser', { name });
      if (row === undefined) throw noSuchUser(name);
      return infoOf(row);
    },

    async findUser({ name }) {
      requireUserName(name);
      const row = await sql.lookup('findUserFolded', { folded_name: name.toLowerCase() });
      return row && infoOf(row);
    },

    async userArn({ name }) {
      const row = await sql.lookup('findUserFolded', { folded_name: name.toLowerCase() });
      return userArn(account, row ?? { name, path: '/' });
    },

    async setUserPath({ name, path }) {
      requireUserName(name);
      requirePath(path);
      try {
        if (!(await sql.write('setUserPath', { name, path }))) throw noSuchUser(name);
      } finally {
        // The ARN of everybody who has a key of this user is another one now.
        caches.credentials.forgetAll();
        caches.permissions.forget(name);
      }
    },

    async listUsersUnder({ pathPrefix, ...page }) {
      const limit = pageLimit(page);
      const range = { after: page.after ?? '', ...pathRange(pathPrefix) };
      const rows = await sql.read('listUsersUnder', { ...range, limit: limit + 1 });
      return pageOf(rows.map(infoOf), { limit, nameOf: ({ name }) => name.toLowerCase() });
    },

    async listUsers(page = {}) {
      const limit = pageLimit(page);
      const rows = await sql.read('listUsers', { after: page.after ?? '', limit: limit + 1 });
      return pageOf(rows.map(infoOf), { limit, nameOf: ({ name }) => name });
    },

    async deleteUser({ name, force = false }) {
      requireUserName(name);
      try {
        const outcome = await sql.write('deleteUser', { name, force });
        if (outcome === 'NoSuchEntity') throw noSuchUser(name);
        if (outcome !== 'deleted') throw new IdentityError('DeleteConflict', conflicts[outcome]);
      } finally {
        caches.permissions.forget(name);
        caches.credentials.forgetAll();
        caches.tokens.forgetAll();
        caches.hasUsers.forgetAll();
      }
    },
  };
}

const conflicts = {
  HasAccessKeys: 'Cannot delete entity, must delete access keys first.',
  HasPolicies: 'Cannot delete entity, must detach all policies first.',
  InGroups: 'Cannot delete entity, must remove user from group first.',
} as const;

export function userOf(row: UserRow, account: string): User {
  const { name, id, path, created_ms } = row;
  return { name, id, path, arn: userArn(account, row), createdMs: created_ms };
}
