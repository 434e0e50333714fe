// Users, roles and groups as those who have policies: the same operations on all, for protocols that offer them for all.

import { IdentityError } from '../errors.ts';
import { isCannedPolicy } from '../policy/canned-policies.ts';
import type { Identity, UserPolicies } from './identity.ts';
import { groupArn, policyArn, roleArn } from './operations/names.ts';

export type PolicyHolder = {
  /** As IAM's operations have it in their names: `AttachUserPolicy`. */
  readonly kind: 'User' | 'Role' | 'Group';
  /** The ARN that the holder has, or would have. */
  arn(name: string): Promise<string>;
  /** Of a managed policy, whether there is one or not. */
  policyArn(policy: string): string;
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
    policyArn: arnsOfPolicies(identity),
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
    policyArn: arnsOfPolicies(identity),
    policies: (role) => identity.listRolePolicies({ role }),
    attach: (role, policy) => identity.attachRolePolicy({ role, policy }),
    detach: (role, policy) => identity.detachRolePolicy({ role, policy }),
    inlinePolicy: (role, name) => identity.getRolePolicy({ role, name }),
    putInlinePolicy: (role, policy) => identity.putRolePolicy({ role, ...policy }),
    deleteInlinePolicy: (role, name) => identity.deleteRolePolicy({ role, name }),
  };
}

export function groupsOf(identity: Identity): PolicyHolder {
  return {
    kind: 'Group',
    arn: (name) => arnOfGroup(identity, name),
    policyArn: arnsOfPolicies(identity),
    policies: (group) => identity.listGroupPolicies({ group }),
    attach: (group, policy) => identity.attachGroupPolicy({ group, policy }),
    detach: (group, policy) => identity.detachGroupPolicy({ group, policy }),
    inlinePolicy: (group, name) => identity.getGroupPolicy({ group, name }),
    putInlinePolicy: (group, policy) => identity.putGroupPolicy({ group, ...policy }),
    deleteInlinePolicy: (group, name) => identity.deleteGroupPolicy({ group, name }),
  };
}

function arnsOfPolicies({ account }: Identity): PolicyHolder['policyArn'] {
  return (name) => policyArn(account, { name, canned: isCannedPolicy(name) });
}

function arnOfRole(identity: Identity, name: string): Promise<string> {
  return arnOr(roleArn(identity.account, { name, path: '/' }), () => identity.getRole({ name }));
}

function arnOfGroup(identity: Identity, name: string): Promise<string> {
  return arnOr(groupArn(identity.account, { name, path: '/' }), () => identity.getGroup({ name }));
}

/** The ARN of what is there, else the one that it would have. */
async function arnOr(otherwise: string, find: () => Promise<{ readonly arn: string }>): Promise<string> {
  try {
    return (await find()).arn;
  } catch (error) {
    if (error instanceof IdentityError && error.status < 500) return otherwise;
    throw error;
  }
}
