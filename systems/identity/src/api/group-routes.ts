// Routes on groups, and on who is in them.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { groupArn } from '../core/operations/names.ts';
import { groupsOf } from '../core/policy-holders.ts';
import { requireRight } from './further-rights.ts';
import { identityRoute } from './identity-route.ts';
import { group, groupName, nothing, pageInput, pageOutput, user, userName, userPath } from './schemas.ts';

export function groupRoutes(identity: Identity): readonly ApiRoute[] {
  return [...routesOnGroups(identity), ...routesOnMembers(identity)];
}

function routesOnGroups(identity: Identity): readonly ApiRoute[] {
  const resource = ({ name }: { name: string }) => groupsOf(identity).arn(name);
  return [
    identityRoute({
      method: 'POST',
      path: '/groups',
      summary: 'Creates a group, whose policies all have who are in it.',
      action: 'iam:CreateGroup',
      resource: ({ name, path = '/' }) => groupArn(identity.account, { name, path }),
      input: z.strictObject({ name: groupName, path: userPath.optional() }),
      output: group,
      handle: (input) => identity.createGroup(input),
    }),
    identityRoute({
      method: 'GET',
      path: '/groups',
      summary: 'Lists the groups by name, in pages.',
      action: 'iam:ListGroups',
      resource: () => groupArn(identity.account, { name: '', path: '/' }),
      input: pageInput,
      output: pageOutput(group),
      handle: (input) => identity.listGroups(input),
    }),
    identityRoute({
      method: 'GET',
      path: '/groups/{name}',
      summary: 'Shows a group.',
      action: 'iam:GetGroup',
      resource,
      input: z.strictObject({ name: groupName }),
      output: group,
      handle: (input) => identity.getGroup(input),
    }),
    identityRoute({
      method: 'PATCH',
      path: '/groups/{name}',
      summary: 'Gives a group another name or path; its members and policies stay.',
      action: 'iam:UpdateGroup',
      resource,
      input: z.strictObject({ name: groupName, newName: groupName.optional(), path: userPath.optional() }),
      output: nothing,
      handle: async ({ name, newName, path }, caller) => {
        const before = await identity.getGroup({ name });
        const after = { name: newName ?? before.name, path: path ?? before.path };
        const right = { action: 'iam:UpdateGroup', resource: groupArn(identity.account, after) };
        await requireRight(identity, caller, right);
        await identity.updateGroup({ name, newName, path });
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/groups/{name}',
      summary: 'Deletes a group that has neither members nor policies.',
      action: 'iam:DeleteGroup',
      resource,
      input: z.strictObject({ name: groupName }),
      output: nothing,
      handle: async (input) => {
        await identity.deleteGroup(input);
        return {};
      },
    }),
  ];
}

function routesOnMembers(identity: Identity): readonly ApiRoute[] {
  const resource = (input: { group: string }) => groupsOf(identity).arn(input.group);
  const member = z.strictObject({ group: groupName, user: userName });
  return [
    identityRoute({
      method: 'GET',
      path: '/groups/{group}/members',
      summary: 'Lists the users of a group by name, in pages.',
      action: 'iam:GetGroup',
      resource,
      input: pageInput.extend({ group: groupName }),
      output: pageOutput(user),
      handle: (input) => identity.listGroupMembers(input),
    }),
    identityRoute({
      method: 'PUT',
      path: '/groups/{group}/members/{user}',
      summary: 'Adds a user to a group.',
      action: 'iam:AddUserToGroup',
      resource,
      input: member,
      output: nothing,
      handle: async (input) => {
        await identity.addUserToGroup(input);
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/groups/{group}/members/{user}',
      summary: 'Removes a user from a group.',
      action: 'iam:RemoveUserFromGroup',
      resource,
      input: member,
      output: nothing,
      handle: async (input) => {
        await identity.removeUserFromGroup(input);
        return {};
      },
    }),
    identityRoute({
      method: 'GET',
      path: '/users/{name}/groups',
      summary: 'Lists the groups that a user is in.',
      action: 'iam:ListGroupsForUser',
      resource: ({ name }) => identity.userArn({ name }),
      input: z.strictObject({ name: userName }),
      output: z.object({ items: z.array(group).readonly() }),
      handle: async ({ name }) => ({ items: await identity.listGroupsOfUser({ user: name }) }),
    }),
  ];
}
