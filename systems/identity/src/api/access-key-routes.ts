// Routes on access keys. A secret leaves only in the answer that creates it.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { identityRoute } from './identity-route.ts';
import { accessKey, nothing, userName } from './schemas.ts';

export function accessKeyRoutes(identity: Identity): readonly ApiRoute[] {
  const resource = ({ user }: { user: string }) => identity.userArn({ name: user });
  const keyName = { user: userName, accessKeyId: z.string() };
  return [
    identityRoute({
      method: 'POST',
      path: '/users/{user}/keys',
      summary: 'Creates an access key; the answer is the only place its secret is ever shown.',
      action: 'iam:CreateAccessKey',
      resource,
      input: z.strictObject({ user: userName }),
      output: accessKey.extend({ secretKey: z.string() }),
      handle: (input) => identity.createAccessKey(input),
    }),
    identityRoute({
      method: 'GET',
      path: '/users/{user}/keys',
      summary: 'Lists the access keys of a user, the oldest first.',
      action: 'iam:ListAccessKeys',
      resource,
      input: z.strictObject({ user: userName }),
      output: z.object({ items: z.array(accessKey).readonly() }),
      handle: async (input) => ({ items: await identity.listAccessKeys(input) }),
    }),
    identityRoute({
      method: 'PATCH',
      path: '/users/{user}/keys/{accessKeyId}',
      summary: 'Switches an access key on or off.',
      action: 'iam:UpdateAccessKey',
      resource,
      input: z.strictObject({ ...keyName, active: z.boolean() }),
      output: nothing,
      handle: async (input) => {
        await identity.setAccessKeyActive(input);
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/users/{user}/keys/{accessKeyId}',
      summary: 'Deletes an access key, and the tokens issued to it.',
      action: 'iam:DeleteAccessKey',
      resource,
      input: z.strictObject(keyName),
      output: nothing,
      handle: async (input) => {
        await identity.deleteAccessKey(input);
        return {};
      },
    }),
  ];
}
