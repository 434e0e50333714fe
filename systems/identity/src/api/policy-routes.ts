// Routes on managed policies.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { policyArn } from '../core/operations/names.ts';
import { isCannedPolicy } from '../policy/canned-policies.ts';
import { hasRight } from './further-rights.ts';
import { identityRoute } from './identity-route.ts';
import { nothing, pageInput, pageOutput, policy, policyDocument, policyName, userName } from './schemas.ts';

export function policyRoutes(identity: Identity): readonly ApiRoute[] {
  const resource = ({ name }: { name: string }) =>
    policyArn(identity.account, { name, canned: isCannedPolicy(name) });
  return [
    identityRoute({
      method: 'GET',
      path: '/policies',
      summary: 'Lists the policies, those that come with Cairn first, in pages.',
      action: 'iam:ListPolicies',
      input: pageInput,
      output: pageOutput(policy),
      handle: (input) => identity.listPolicies(input),
    }),
    identityRoute({
      method: 'GET',
      path: '/policies/{name}',
      summary: 'Shows a policy, its document, and the users, roles and groups it is attached to.',
      action: 'iam:GetPolicy',
      resource,
      input: z.strictObject({ name: policyName }),
      output: policy.extend({
        document: policyDocument,
        users: z.array(userName).readonly(),
        roles: z.array(z.string()).readonly(),
        groups: z.array(z.string()).readonly(),
      }),
      handle: async (input) => {
        const { document, ...info } = await identity.getPolicy(input);
        return { ...info, document: JSON.parse(document) };
      },
    }),
    identityRoute({
      method: 'PUT',
      path: '/policies/{name}',
      summary:
        'Creates a policy or, by iam:CreatePolicyVersion, replaces its default version: whoever has it is held to the new one at once.',
      action: 'iam:CreatePolicy',
      resource,
      input: z.strictObject({ name: policyName, document: policyDocument }),
      output: policy,
      handle: async ({ name, document }, caller) => {
        const replacing = { action: 'iam:CreatePolicyVersion', resource: resource({ name }) };
        const onlyNew = !(await hasRight(identity, caller, replacing));
        return identity.putPolicy({ name, document: JSON.stringify(document), onlyNew });
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/policies/{name}',
      summary:
        'Deletes a policy that is attached to nobody; by iam:DeletePolicyVersion one with further versions too.',
      action: 'iam:DeletePolicy',
      resource,
      input: z.strictObject({ name: policyName }),
      output: nothing,
      handle: async ({ name }, caller) => {
        const further = { action: 'iam:DeletePolicyVersion', resource: resource({ name }) };
        await identity.deletePolicy({ name, force: await hasRight(identity, caller, further) });
        return {};
      },
    }),
  ];
}
