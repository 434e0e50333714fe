// Operations on the policies of groups. Whoever is in a group is held to a change at once.

import { IdentityError } from '../../errors.ts';
import { attachedPoliciesPerUserMax, inlinePoliciesPerUserMax } from '../../limits.ts';
import { isCannedPolicy } from '../../policy/canned-policies.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { ChangeGroupPolicyOutcome, GroupPolicies } from '../../store/group-policies.ts';
import type { Identity } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchGroup, noSuchPolicy, requireGroupName, requirePolicyName } from './names.ts';

type GroupPolicyOperations = Pick<
  Identity,
  | 'attachGroupPolicy'
  | 'detachGroupPolicy'
  | 'putGroupPolicy'
  | 'getGroupPolicy'
  | 'deleteGroupPolicy'
  | 'listGroupPolicies'
>;

export function groupPolicyOperations({ sql, caches }: CoreParts): GroupPolicyOperations {
  const changing = async (
    names: { group: string; policy: string },
    change: () => Promise<ChangeGroupPolicyOutcome>,
  ): Promise<void> => {
    requireGroupName(names.group);
    requirePolicyName(names.policy);
    try {
      const outcome = await change();
      if (outcome !== 'changed') throw refusal(outcome, names);
    } finally {
      caches.permissions.forgetAll();
    }
  };
  const policiesOf = async (group: string): Promise<GroupPolicies> => {
    requireGroupName(group);
    const found = await sql.lookup('groupPolicies', { name: group });
    if (found === undefined) throw noSuchGroup(group);
    return found;
  };
  return {
    attachGroupPolicy: (names) => {
      const quota = { canned: isCannedPolicy(names.policy), attachedMax: attachedPoliciesPerUserMax };
      return changing(names, () => sql.write('attachGroupPolicy', { ...names, ...quota }));
    },

    detachGroupPolicy: (names) => changing(names, () => sql.write('detachGroupPolicy', names)),

    async putGroupPolicy({ group, name, document }) {
      parsePolicy(document, { kind: 'identity' });
      const row = { group, name, document, policiesMax: inlinePoliciesPerUserMax };
      await changing({ group, policy: name }, () => sql.write('putGroupPolicy', row));
    },

    async getGroupPolicy({ group, name }) {
      requirePolicyName(name);
      const { inline } = await policiesOf(group);
      const policy = inline.find((each) => each.name === name);
      if (policy === undefined) throw noSuchPolicy(name);
      return policy;
    },

    deleteGroupPolicy: ({ group, name }) =>
      changing({ group, policy: name }, () => sql.write('deleteGroupPolicy', { group, name })),

    async listGroupPolicies({ group }) {
      const { attached, inline } = await policiesOf(group);
      return { attached, inline: inline.map(({ name }) => name) };
    },
  };
}

function refusal(
  outcome: Exclude<ChangeGroupPolicyOutcome, 'changed'>,
  { group, policy }: { group: string; policy: string },
): IdentityError {
  if (outcome === 'NoSuchGroup') return noSuchGroup(group);
  if (outcome === 'NoSuchPolicy') return noSuchPolicy(policy);
  return new IdentityError(
    outcome,
    `Cannot exceed quota for PoliciesPerGroup: ${attachedPoliciesPerUserMax}`,
  );
}
