// IAM's calls about the policies of a user, a role or a group: inline ones, and managed ones that are attached.

import type { Identity } from '../../core/identity.ts';
import { groupsOf, type PolicyHolder, rolesOf, usersOf } from '../../core/policy-holders.ts';
import { type Asked, type Call, namedUser, userResource } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { attachedElements, policyIn, policyKeys } from '../policy-arn.ts';
import { documentText, listOf } from '../xml.ts';
import { groupResource, namedGroup } from './group-calls.ts';
import { roleResource } from './role-calls.ts';

type Holders = {
  readonly kind: PolicyHolder['kind'];
  readonly of: (identity: Identity) => PolicyHolder;
  readonly resource: (asked: Asked) => Promise<string>;
  /** The name as it was written when its holder was made, which the call gives in any case. */
  readonly named: (asked: Asked) => Promise<{ readonly name: string }>;
};

export const userPolicyCalls = callsOn({
  kind: 'User',
  of: usersOf,
  resource: userResource,
  named: namedUser,
});

export const rolePolicyCalls = callsOn({
  kind: 'Role',
  of: rolesOf,
  resource: roleResource,
  named: ({ identity, parameters }) => identity.getRole({ name: parameters.required('RoleName') }),
});

export const groupPolicyCalls = callsOn({
  kind: 'Group',
  of: groupsOf,
  resource: groupResource,
  named: namedGroup,
});

function callsOn({ kind, of, resource, named }: Holders): readonly Call[] {
  /** Names the holder, and what is asked of it. */
  const held = async (asked: Asked) => ({ name: (await named(asked)).name, holder: of(asked.identity) });
  return [
    {
      name: `Put${kind}Policy`,
      resource,
      async handle(asked) {
        const name = asked.parameters.required('PolicyName');
        const document = asked.parameters.required('PolicyDocument');
        const { holder, name: holderName } = await held(asked);
        await holder.putInlinePolicy(holderName, { name, document });
        return undefined;
      },
    },
    {
      name: `Get${kind}Policy`,
      resource,
      async handle(asked) {
        const { holder, name } = await held(asked);
        const policy = await holder.inlinePolicy(name, asked.parameters.required('PolicyName'));
        return [
          [`${kind}Name`, name],
          ['PolicyName', policy.name],
          ['PolicyDocument', documentText(policy.document)],
        ];
      },
    },
    {
      name: `List${kind}Policies`,
      resource,
      async handle(asked) {
        const { holder, name } = await held(asked);
        const { inline } = await holder.policies(name);
        const page = asked.parameters.pageOf(inline, (each) => each);
        return [['PolicyNames', listOf(page.items, (each) => each)], ...pageEnd(page)];
      },
    },
    {
      name: `Delete${kind}Policy`,
      resource,
      async handle(asked) {
        const policy = asked.parameters.required('PolicyName');
        const { holder, name } = await held(asked);
        await holder.deleteInlinePolicy(name, policy);
        return undefined;
      },
    },
    {
      name: `Attach${kind}Policy`,
      resource,
      keys: policyKeys,
      async handle(asked) {
        const { holder, name } = await held(asked);
        await holder.attach(name, policyIn(asked));
        return undefined;
      },
    },
    {
      name: `Detach${kind}Policy`,
      resource,
      keys: policyKeys,
      async handle(asked) {
        const { holder, name } = await held(asked);
        await holder.detach(name, policyIn(asked));
        return undefined;
      },
    },
    {
      name: `ListAttached${kind}Policies`,
      resource,
      async handle(asked) {
        const { holder, name } = await held(asked);
        return attachedElements((await holder.policies(name)).attached, asked);
      },
    },
  ];
}
