// Operations on inline policies: documents that belong to one user.

import { IdentityError } from '../../errors.ts';
import { inlinePoliciesPerUserMax } from '../../limits.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { Identity } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchUser, requirePolicyName, requireUserName } from './names.ts';

type UserPolicyOperations = Pick<
  Identity,
  'putUserPolicy' | 'getUserPolicy' | 'deleteUserPolicy' | 'listUserPolicies'
>;

export function userPolicyOperations({ sql, caches }: CoreParts): UserPolicyOperations {
  return {
    async putUserPolicy({ user, name, document }) {
      requireUserName(user);
      requirePolicyName(name);
      parsePolicy(document, { kind: 'identity' });
      try {
        const row = { user, name, document, policiesMax: inlinePoliciesPerUserMax };
        const outcome = await sql.write('putUserPolicy', row);
        if (outcome === 'NoSuchEntity') throw noSuchUser(user);
        if (outcome === 'LimitExceeded')
          throw new IdentityError(
            outcome,
            `Cannot exceed quota for InlinePoliciesPerUser: ${inlinePoliciesPerUserMax}`,
          );
      } finally {
        caches.permissions.forget(user);
      }
    },

    async getUserPolicy({ user, name }) {
      requireUserName(user);
      requirePolicyName(name);
      const row = await sql.lookup('findUserPolicy', { user, name });
      if (row === undefined) throw noSuchUserPolicy({ user, name });
      return row;
    },

    async deleteUserPolicy({ user, name }) {
      requireUserName(user);
      requirePolicyName(name);
      try {
        if (!(await sql.write('deleteUserPolicy', { user, name }))) throw noSuchUserPolicy({ user, name });
      } finally {
        caches.permissions.forget(user);
      }
    },

    async listUserPolicies({ user }) {
      requireUserName(user);
      if ((await sql.lookup('findUser', { name: user })) === undefined) throw noSuchUser(user);
      const attached = await sql.read('attachedPolicies', { user });
      const inline = await sql.read('listUserPolicies', { user });
      return { attached, inline: inline.map(({ name }) => name) };
    },
  };
}

function noSuchUserPolicy({ user, name }: { user: string; name: string }): IdentityError {
  return new IdentityError(
    'NoSuchEntity',
    `The user policy with name ${name} of user ${user} cannot be found.`,
  );
}
