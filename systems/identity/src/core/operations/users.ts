// Operations on users.

import { IdentityError } from '../../errors.ts';
import { newUserId } from '../../secrets/random-names.ts';
import type { UserRow } from '../../store/users.ts';
import type { Identity, User } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchUser, requireUserName, userArn } from './names.ts';
import { pageLimit, pageOf } from './pages.ts';

type UserOperations = Pick<Identity, 'createUser' | 'getUser' | 'listUsers' | 'deleteUser'>;

export function userOperations({ world, sql, account, caches }: CoreParts): UserOperations {
  const infoOf = (row: UserRow): User => userOf(row, account);
  return {
    async createUser({ name }) {
      requireUserName(name);
      const row = { name, id: newUserId(world.random), created_ms: Math.floor(world.clock.nowMs()) };
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
} as const;

export function userOf({ name, id, created_ms }: UserRow, account: string): User {
  return { name, id, arn: userArn(account, name), createdMs: created_ms };
}
