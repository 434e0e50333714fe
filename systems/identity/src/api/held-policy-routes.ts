// Routes on what policies a user, a role or a group has: managed ones attached, and inline ones.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { PolicyHolder } from '../core/policy-holders.ts';
import { identityRoute } from './identity-route.ts';
import { nothing, policyDocument, policyName, userPolicies } from './schemas.ts';

/** Under `/users/{holder}`, `/roles/{holder}` or `/groups/{holder}`. */
export function heldPolicyRoutes(holder: PolicyHolder): readonly ApiRoute[] {
  const { kind } = holder;
  const noun = kind.toLowerCase();
  const path = `/${noun}s/{holder}`;
  const resource = (input: { holder: string }) => holder.arn(input.holder);
  const holderName = z.string().describe(`Name of a ${noun}`);
  const conditions = ({ policy }: { policy: string }) => ({ 'iam:PolicyARN': holder.policyArn(policy) });
  const attachment = z.strictObject({ holder: holderName, policy: policyName });
  const inlineName = { holder: holderName, name: policyName };
  return [
    identityRoute({
      method: 'GET',
      path: `${path}/policies`,
      summary: `Names the policies of a ${noun}.`,
      action: `iam:ListAttached${kind}Policies`,
      resource,
      input: z.strictObject({ holder: holderName }),
      output: userPolicies,
      handle: (input) => holder.policies(input.holder),
    }),
    identityRoute({
      method: 'PUT',
      path: `${path}/attached-policies/{policy}`,
      summary: `Attaches a managed policy to a ${noun}.`,
      action: `iam:Attach${kind}Policy`,
      resource,
      conditions,
      input: attachment,
      output: nothing,
      handle: (input) => done(holder.attach(input.holder, input.policy)),
    }),
    identityRoute({
      method: 'DELETE',
      path: `${path}/attached-policies/{policy}`,
      summary: `Detaches a managed policy from a ${noun}.`,
      action: `iam:Detach${kind}Policy`,
      resource,
      conditions,
      input: attachment,
      output: nothing,
      handle: (input) => done(holder.detach(input.holder, input.policy)),
    }),
    identityRoute({
      method: 'GET',
      path: `${path}/inline-policies/{name}`,
      summary: `Shows an inline policy of a ${noun}.`,
      action: `iam:Get${kind}Policy`,
      resource,
      input: z.strictObject(inlineName),
      output: z.object({ name: policyName, document: policyDocument }),
      handle: async (input) => {
        const { name, document } = await holder.inlinePolicy(input.holder, input.name);
        return { name, document: JSON.parse(document) };
      },
    }),
    identityRoute({
      method: 'PUT',
      path: `${path}/inline-policies/{name}`,
      summary: `Creates or replaces an inline policy of a ${noun}.`,
      action: `iam:Put${kind}Policy`,
      resource,
      input: z.strictObject({ ...inlineName, document: policyDocument }),
      output: nothing,
      handle: (input) => {
        const document = JSON.stringify(input.document);
        return done(holder.putInlinePolicy(input.holder, { name: input.name, document }));
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: `${path}/inline-policies/{name}`,
      summary: `Deletes an inline policy of a ${noun}.`,
      action: `iam:Delete${kind}Policy`,
      resource,
      input: z.strictObject(inlineName),
      output: nothing,
      handle: (input) => done(holder.deleteInlinePolicy(input.holder, input.name)),
    }),
  ];
}

async function done(work: Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}
