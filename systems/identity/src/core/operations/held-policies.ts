// Operations on the policies of roles and groups. Whoever acts by one of them is held to a change at once.

import { IdentityError } from '../../errors.ts';
import { attachedPoliciesPerUserMax, inlinePoliciesPerUserMax } from '../../limits.ts';
import { isCannedPolicy } from '../../policy/canned-policies.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { ChangeHeldPolicyOutcome, HeldPolicies } from '../../store/held-policies.ts';
import type { UserPolicies } from '../identity.ts';
import type { Caches } from '../parts.ts';
import type { PolicyHolder } from '../policy-holders.ts';
import { noSuchPolicy, requirePolicyName } from './names.ts';

type Attachment = { readonly holder: string; readonly policy: string };
type InlineName = { readonly holder: string; readonly name: string };

export type KindOfHolder = {
  readonly kind: 'Role' | 'Group';
  readonly caches: Caches;
  readonly requireName: (name: string) => void;
  readonly noSuchHolder: (name: string) => IdentityError;
  /** Transactions of the store on holders of this kind. */
  readonly store: {
    policies(input: { name: string }): Promise<HeldPolicies<unknown> | undefined>;
    attach(input: Attachment & { canned: boolean; attachedMax: number }): Promise<ChangeHeldPolicyOutcome>;
    detach(input: Attachment): Promise<ChangeHeldPolicyOutcome>;
    put(input: InlineName & { document: string; policiesMax: number }): Promise<ChangeHeldPolicyOutcome>;
    remove(input: InlineName): Promise<ChangeHeldPolicyOutcome>;
  };
};

export type HeldPolicyOperations = Omit<PolicyHolder, 'kind' | 'arn' | 'policyArn'>;

export function heldPolicyOperations(of: KindOfHolder): HeldPolicyOperations {
  const { kind, caches, store } = of;
  const changing = async (
    { holder, policy }: Attachment,
    change: () => Promise<ChangeHeldPolicyOutcome>,
  ): Promise<void> => {
    of.requireName(holder);
    requirePolicyName(policy);
    try {
      const outcome = await change();
      if (outcome === 'NoSuchHolder') throw of.noSuchHolder(holder);
      if (outcome === 'NoSuchPolicy') throw noSuchPolicy(policy);
      if (outcome === 'LimitExceeded') throw quotaExceeded(kind);
    } finally {
      caches.permissions.forgetAll();
    }
  };
  const policiesOf = async (name: string): Promise<HeldPolicies<unknown>> => {
    of.requireName(name);
    const found = await store.policies({ name });
    if (found === undefined) throw of.noSuchHolder(name);
    return found;
  };
  return {
    attach: (holder, policy) => {
      const quota = { canned: isCannedPolicy(policy), attachedMax: attachedPoliciesPerUserMax };
      return changing({ holder, policy }, () => store.attach({ holder, policy, ...quota }));
    },

    detach: (holder, policy) => changing({ holder, policy }, () => store.detach({ holder, policy })),

    async putInlinePolicy(holder, { name, document }) {
      parsePolicy(document, { kind: 'identity' });
      const row = { holder, name, document, policiesMax: inlinePoliciesPerUserMax };
      await changing({ holder, policy: name }, () => store.put(row));
    },

    async inlinePolicy(holder, name) {
      requirePolicyName(name);
      const { inline } = await policiesOf(holder);
      const policy = inline.find((each) => each.name === name);
      if (policy === undefined) throw noSuchPolicy(name);
      return policy;
    },

    deleteInlinePolicy: (holder, name) =>
      changing({ holder, policy: name }, () => store.remove({ holder, name })),

    async policies(holder): Promise<UserPolicies> {
      const { attached, inline } = await policiesOf(holder);
      return { attached, inline: inline.map(({ name }) => name) };
    },
  };
}

function quotaExceeded(kind: KindOfHolder['kind']): IdentityError {
  const quota = `Cannot exceed quota for PoliciesPer${kind}: ${attachedPoliciesPerUserMax}`;
  return new IdentityError('LimitExceeded', quota);
}
