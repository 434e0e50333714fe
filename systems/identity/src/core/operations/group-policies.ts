// Operations on the policies of groups.

import type { Identity } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { heldPolicyOperations } from './held-policies.ts';
import { noSuchGroup, requireGroupName } from './names.ts';

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
  const held = heldPolicyOperations({
    ...{ kind: 'Group', caches, requireName: requireGroupName, noSuchHolder: noSuchGroup },
    store: {
      policies: (input) => sql.lookup('groupPolicies', input),
      attach: (input) => sql.write('attachGroupPolicy', input),
      detach: (input) => sql.write('detachGroupPolicy', input),
      put: (input) => sql.write('putGroupPolicy', input),
      remove: (input) => sql.write('deleteGroupPolicy', input),
    },
  });
  return {
    attachGroupPolicy: ({ group, policy }) => held.attach(group, policy),
    detachGroupPolicy: ({ group, policy }) => held.detach(group, policy),
    putGroupPolicy: ({ group, ...policy }) => held.putInlinePolicy(group, policy),
    getGroupPolicy: ({ group, name }) => held.inlinePolicy(group, name),
    deleteGroupPolicy: ({ group, name }) => held.deleteInlinePolicy(group, name),
    listGroupPolicies: ({ group }) => held.policies(group),
  };
}
