// The store of identity in the sql engine: users, access keys, policies, tokens, roles.

import { defineStore, type Sql } from '@cairn/engines';
import {
  createAccessKey,
  deleteAccessKey,
  findAccessKey,
  listAccessKeys,
  listSealedKeys,
  recordLastUses,
  setAccessKeyActive,
} from './access-keys.ts';
import { counts, hasUsers, listInlinePolicies } from './overview.ts';
import {
  attachedEntities,
  attachedPolicies,
  attachPolicy,
  deletePolicy,
  detachPolicy,
  findPolicy,
  listPolicies,
  putPolicy,
} from './policies.ts';
import {
  attachRolePolicy,
  createRole,
  deleteRole,
  deleteRolePolicy,
  detachRolePolicy,
  findRole,
  listAllRolePolicies,
  listRoles,
  putRolePolicy,
  rolePermissions,
  rolePolicies,
  updateRole,
} from './roles.ts';
import { adoptKeyId, claimKeyId, secretsState } from './settings.ts';
import { migrations } from './tables.ts';
import { findToken, issueToken, listTokens, revokeToken } from './tokens.ts';
import {
  deleteUserPolicy,
  findUserPolicy,
  listUserPolicies,
  putUserPolicy,
  userPermissions,
} from './user-policies.ts';
import {
  createUser,
  deleteUser,
  findUser,
  findUserFolded,
  listUsers,
  listUsersUnder,
  setUserPath,
} from './users.ts';

const identityStore = defineStore({
  module: import.meta.url,
  name: 'identity',
  migrations,
  reads: {
    secretsState,
    findUser,
    findUserFolded,
    listUsers,
    listUsersUnder,
    hasUsers,
    findAccessKey,
    listAccessKeys,
    listSealedKeys,
    findPolicy,
    listPolicies,
    attachedPolicies,
    attachedEntities,
    findUserPolicy,
    listUserPolicies,
    listInlinePolicies,
    userPermissions,
    findToken,
    listTokens,
    findRole,
    listRoles,
    rolePolicies,
    rolePermissions,
    listAllRolePolicies,
    counts,
  },
  writes: {
    claimKeyId,
    adoptKeyId,
    createUser,
    deleteUser,
    setUserPath,
    createAccessKey,
    setAccessKeyActive,
    deleteAccessKey,
    recordLastUses,
    putPolicy,
    deletePolicy,
    attachPolicy,
    detachPolicy,
    putUserPolicy,
    deleteUserPolicy,
    issueToken,
    revokeToken,
    createRole,
    updateRole,
    deleteRole,
    attachRolePolicy,
    detachRolePolicy,
    putRolePolicy,
    deleteRolePolicy,
  },
});

export default identityStore;
export type IdentitySql = Sql<typeof identityStore>;
