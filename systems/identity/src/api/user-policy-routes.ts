// Routes on what policies a user has: managed ones attached, and inline ones.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { identityRoute } from './identity-route.ts';
import { nothing, policyDocument, policyName, userName, userPolicies } from './schemas.ts';

export function userPolicyRoutes(identity: Identity): readonly ApiRoute[] {
  const resource = ({ user }: { user: string }) => identity.userArn({ name: user });
  const attachment = z.strictObject({ user: userName, policy: policyName });
  const inlineName = { user: userName, name: policyName };
  return [
    identityRoute({
      method: 'GET',
      path: '/users/{user}/policies',
      summary: 'Names the policies of a user.',
      action: 'iam:ListAttachedUserPolicies',
      resource,
      input: z.strictObject({ user: userName }),
      output: userPolicies,
      handle: (input) => identity.listUserPolicies(input),
    }),
    identityRoute({
      method: 'PUT',
      path: '/users/{user}/attached-policies/{policy}',
      summary: 'Attaches a managed policy to a user.',
      action: 'iam:AttachUserPolicy',
      resource,
      input: attachment,
      output: nothing,
      handle: async (input) => {
        await identity.attachPolicy(input);
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/users/{user}/attached-policies/{policy}',
      summary: 'Detaches a managed policy from a user.',
      action: 'iam:DetachUserPolicy',
      resource,
      input: attachment,
      output: nothing,
      handle: async (input) => {
        await identity.detachPolicy(input);
        return {};
      },
    }),
    identityRoute({
      method: 'GET',
      path: '/users/{user}/inline-policies/{name}',
      summary: 'Shows an inline policy of a user.',
      action: 'iam:GetUserPolicy',
      resource,
      input: z.strictObject(inlineName),
      output: z.object({ name: policyName, document: policyDocument }),
      handle: async (input) => {
        const { name, document } = await identity.getUserPolicy(input);
        return { name, document: JSON.parse(document) };
      },
    }),
    identityRoute({
      method: 'PUT',
      path: '/users/{user}/inline-policies/{name}',
      summary: 'Creates or replaces an inline policy of a user.',
      action: 'iam:PutUserPolicy',
      resource,
      input: z.strictObject({ ...inlineName, document: policyDocument }),
      output: nothing,
      handle: async ({ document, ...input }) => {
        await identity.putUserPolicy({ ...input, document: JSON.stringify(document) });
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/users/{user}/inline-policies/{name}',
      summary: 'Deletes an inline policy of a user.',
      action: 'iam:DeleteUserPolicy',
      resource,
      input: z.strictObject(inlineName),
      output: nothing,
      handle: async (input) => {
        await identity.deleteUserPolicy(input);
        return {};
      },
    }),
  ];
}
