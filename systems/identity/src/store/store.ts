// The store of identity in the sql engine: users, access keys, policies, tokens.

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
  attachedPolicies,
  attachedUsers,
  attachPolicy,
  deletePolicy,
  detachPolicy,
  findPolicy,
  listPolicies,
  putPolicy,
} from './policies.ts';
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
import { createUser, deleteUser, findUser, listUsers } from './users.ts';

const identityStore = defineStore({
  module: import.meta.url,
  name: 'identity',
  migrations,
  reads: {
    secretsState,
    findUser,
    listUsers,
    hasUsers,
    findAccessKey,
    listAccessKeys,
    listSealedKeys,
    findPolicy,
    listPolicies,
    attachedPolicies,
    attachedUsers,
    findUserPolicy,
    listUserPolicies,
    listInlinePolicies,
    userPermissions,
    findToken,
    listTokens,
    counts,
  },
  writes: {
    claimKeyId,
    adoptKeyId,
    createUser,
    deleteUser,
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
  },
});

export default identityStore;
export type IdentitySql = Sql<typeof identityStore>;
