// Routes on users.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { userArn } from '../core/operations/names.ts';
import { identityRoute } from './identity-route.ts';
import { nothing, pageInput, pageOutput, user, userName, userPath } from './schemas.ts';

export function userRoutes(identity: Identity): readonly ApiRoute[] {
  const resource = ({ name }: { name: string }) => identity.userArn({ name });
  return [
    identityRoute({
      method: 'POST',
      path: '/users',
      summary: 'Creates a user.',
      action: 'iam:CreateUser',
      resource,
      input: z.strictObject({ name: userName, path: userPath.optional() }),
      output: user,
      handle: ({ name, path }) => identity.createUser({ name, ...(path !== undefined && { path }) }),
    }),
    identityRoute({
      method: 'GET',
      path: '/users',
      summary: 'Lists the users by name, in pages.',
      action: 'iam:ListUsers',
      resource: () => userArn(identity.account, { name: '', path: '/' }),
      input: pageInput,
      output: pageOutput(user),
      handle: (input) => identity.listUsers(input),
    }),
    identityRoute({
      method: 'GET',
      path: '/users/{name}',
      summary: 'Shows a user.',
      action: 'iam:GetUser',
      resource,
      input: z.strictObject({ name: userName }),
      output: user,
      handle: (input) => identity.getUser(input),
    }),
    identityRoute({
      method: 'DELETE',
      path: '/users/{name}',
      summary: 'Deletes a user who has neither keys nor policies nor groups, or with force everything along.',
      action: 'iam:DeleteUser',
      resource,
      input: z.strictObject({ name: userName, force: z.boolean().default(false) }),
      output: nothing,
      handle: async (input) => {
        await identity.deleteUser(input);
        return {};
      },
    }),
  ];
}
