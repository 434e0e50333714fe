// IAM's call about the account as a whole.

import {
  accessKeysPerUserMax,
  attachedPoliciesPerUserMax,
  groupsPerUserMax,
  identityPolicyCharactersMax,
  versionsPerPolicyMax,
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
            Groups: counts.groups,
            Providers: counts.openIdProviders,
            // No quota but the disk.
            GroupsQuota: Number.MAX_SAFE_INTEGER,
            UsersQuota: Number.MAX_SAFE_INTEGER,
            GroupsPerUserQuota: groupsPerUserMax,
            AccessKeysPerUserQuota: accessKeysPerUserMax,
            AttachedPoliciesPerUserQuota: attachedPoliciesPerUserMax,
            AttachedPoliciesPerRoleQuota: attachedPoliciesPerUserMax,
            AttachedPoliciesPerGroupQuota: attachedPoliciesPerUserMax,
            PolicySizeQuota: identityPolicyCharactersMax,
            VersionsPerPolicyQuota: versionsPerPolicyMax,
            AccountMFAEnabled: 0,
            AccountAccessKeysPresent: 1,
          }),
        ],
      ];
    },
  },
];
