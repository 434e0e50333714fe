// Users and roles as those who have policies: the same operations on both, for protocols that offer them for both.

import { IdentityError } from '../errors.ts';
import type { Identity, UserPolicies } from './identity.ts';
import { roleArn } from './operations/names.ts';

export type PolicyHolder = {
  /** As IAM's operations have it in their names: `AttachUserPolicy`. */
  readonly kind: 'User' | 'Role';
  /** The ARN that the holder has, or would have. */
  arn(name: string): Promise<string>;
  policies(name: string): Promise<UserPolicies>;
  attach(name: string, policy: string): Promise<void>;
  detach(name: string, policy: string): Promise<void>;
  inlinePolicy(name: string, policy: string): Promise<{ name: string; document: string }>;
  putInlinePolicy(name: string, policy: { name: string; document: string }): Promise<void>;
  deleteInlinePolicy(name: string, policy: string): Promise<void>;
};

export function usersOf(identity: Identity): PolicyHolder {
  return {
    kind: 'User',
    arn: (name) => identity.userArn({ name }),
    policies: (user) => identity.listUserPolicies({ user }),
    attach: (user, policy) => identity.attachPolicy({ user, policy }),
    detach: (user, policy) => identity.detachPolicy({ user, policy }),
    inlinePolicy: (user, name) => identity.getUserPolicy({ user, name }),
    putInlinePolicy: (user, policy) => identity.putUserPolicy({ user, ...policy }),
    deleteInlinePolicy: (user, name) => identity.deleteUserPolicy({ user, name }),
  };
}

export function rolesOf(identity: Identity): PolicyHolder {
  return {
    kind: 'Role',
    arn: (name) => arnOfRole(identity, name),
    policies: (role) => identity.listRolePolicies({ role }),
    attach: (role, policy) => identity.attachRolePolicy({ role, policy }),
    detach: (role, policy) => identity.detachRolePolicy({ role, policy }),
    inlinePolicy: (role, name) => identity.getRolePolicy({ role, name }),
    putInlinePolicy: (role, policy) => identity.putRolePolicy({ role, ...policy }),
    deleteInlinePolicy: (role, name) => identity.deleteRolePolicy({ role, name }),
  };
}

async function arnOfRole(identity: Identity, name: string): Promise<string> {
  try {
    return (await identity.getRole({ name })).arn;
  } catch (error) {
    if (error instanceof IdentityError && error.status < 500)
      return roleArn(identity.account, { name, path: '/' });
    throw error;
  }
}
