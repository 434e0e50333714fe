// Routes on roles.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity, Role } from '../core/identity.ts';
import { roleArn } from '../core/operations/names.ts';
import { rolesOf } from '../core/policy-holders.ts';
import { requireRight } from './further-rights.ts';
import { identityRoute } from './identity-route.ts';
import {
  nothing,
  pageInput,
  pageOutput,
  policyDocument,
  role,
  roleName,
  roleSettings,
  userPath,
} from './schemas.ts';

export function roleRoutes(identity: Identity): readonly ApiRoute[] {
  const resource = ({ name }: { name: string }) => rolesOf(identity).arn(name);
  return [
    identityRoute({
      method: 'POST',
      path: '/roles',
      summary: 'Creates a role, which whoever its trust policy lets may take on.',
      action: 'iam:CreateRole',
      resource: ({ name, path = '/' }) => roleArn(identity.account, { name, path }),
      input: z.strictObject({
        name: roleName,
        path: userPath.optional(),
        trustPolicy: policyDocument,
        ...roleSettings,
      }),
      output: role,
      handle: async ({ trustPolicy, ...settings }) =>
        shown(await identity.createRole({ ...settings, trustPolicy: JSON.stringify(trustPolicy) })),
    }),
    identityRoute({
      method: 'GET',
      path: '/roles',
      summary: 'Lists the roles by name, in pages.',
      action: 'iam:ListRoles',
      resource: () => roleArn(identity.account, { name: '', path: '/' }),
      input: pageInput,
      output: pageOutput(role),
      handle: async (input) => {
        const { items, ...end } = await identity.listRoles(input);
        return { items: items.map(shown), ...end };
      },
    }),
    identityRoute({
      method: 'GET',
      path: '/roles/{name}',
      summary: 'Shows a role and who may take it on.',
      action: 'iam:GetRole',
      resource,
      input: z.strictObject({ name: roleName }),
      output: role,
      handle: async (input) => shown(await identity.getRole(input)),
    }),
    identityRoute({
      method: 'PATCH',
      path: '/roles/{name}',
      summary:
        'Changes a role’s description, how long its sessions last at most, or, by iam:UpdateAssumeRolePolicy, who may take it on.',
      action: 'iam:UpdateRole',
      resource,
      input: z.strictObject({ name: roleName, trustPolicy: policyDocument.optional(), ...roleSettings }),
      output: nothing,
      handle: async ({ name, trustPolicy, description, sessionSecondsMax }, caller) => {
        const trusting = 'iam:UpdateAssumeRolePolicy';
        if (trustPolicy !== undefined)
          await requireRight(identity, caller, { action: trusting, resource: await resource({ name }) });
        await identity.updateRole({
          name,
          ...(trustPolicy !== undefined && { trustPolicy: JSON.stringify(trustPolicy) }),
          ...(description !== undefined && { description }),
          ...(sessionSecondsMax !== undefined && { sessionSecondsMax }),
        });
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/roles/{name}',
      summary: 'Deletes a role that has no policies; its sessions end.',
      action: 'iam:DeleteRole',
      resource,
      input: z.strictObject({ name: roleName }),
      output: nothing,
      handle: async (input) => {
        await identity.deleteRole(input);
        return {};
      },
    }),
  ];
}

/** The trust policy as a document, as those of policies are. */
function shown({ trustPolicy, description, ...role }: Role) {
  return {
    ...role,
    trustPolicy: JSON.parse(trustPolicy) as Record<string, unknown>,
    ...(description !== undefined && { description }),
  };
}
