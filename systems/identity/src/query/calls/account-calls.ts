// IAM's call about the account as a whole.

import {
  accessKeysPerUserMax,
  attachedPoliciesPerUserMax,
  identityPolicyCharactersMax,
} from '../../limits.ts';
import { anything, type Call } from '../call.ts';
import { listOfEntries } from '../xml.ts';

export const accountCalls: readonly Call[] = [
  {
    name: 'GetAccountSummary',
    resource: anything,
    async handle({ identity }) {
      const { counts } = await identity.inspect();
      return [
        [
          'SummaryMap',
          listOfEntries({
            Users: counts.users,
            Roles: counts.roles,
            Policies: counts.policies,
            // There are no groups, and no quota of users but the disk.
            Groups: 0,
            GroupsQuota: 0,
            UsersQuota: Number.MAX_SAFE_INTEGER,
            AccessKeysPerUserQuota: accessKeysPerUserMax,
            AttachedPoliciesPerUserQuota: attachedPoliciesPerUserMax,
            AttachedPoliciesPerRoleQuota: attachedPoliciesPerUserMax,
            PolicySizeQuota: identityPolicyCharactersMax,
            VersionsPerPolicyQuota: 1,
            AccountMFAEnabled: 0,
            AccountAccessKeysPresent: 1,
          }),
        ],
      ];
    },
  },
];
