// Routes on bearer tokens, and on who the caller is. AWS has no names for looking after tokens: those begin `cairn:`.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { rootArn } from '../core/operations/names.ts';
import { tokenLifetimeMsDefault } from '../limits.ts';
import { identityRoute } from './identity-route.ts';
import { nothing, token } from './schemas.ts';

export function tokenRoutes(identity: Identity): readonly ApiRoute[] {
  const { account } = identity;
  const resource = ({ user }: { user: string }) =>
    user === 'root' ? rootArn(account) : identity.userArn({ name: user });
  const owner = z.string().describe('Name of a user, or root');
  return [
    identityRoute({
      method: 'GET',
      path: '/caller',
      summary: 'Tells who is calling.',
      action: 'sts:GetCallerIdentity',
      input: nothing,
      output: z.object({
        type: z.enum(['root', 'user', 'role', 'anonymous']),
        name: z.string(),
        arn: z.string(),
        account: z.string(),
        accessKeyId: z.string().optional(),
      }),
      handle: async (_input, { principal }) => ({ ...principal, account }),
    }),
    identityRoute({
      method: 'POST',
      path: '/tokens',
      summary: 'Issues a bearer token with the rights of the caller.',
      action: 'sts:GetSessionToken',
      input: z.strictObject({
        lifetimeSeconds: z
          .number()
          .default(tokenLifetimeMsDefault / 1000)
          .describe('1 to 43200'),
      }),
      output: token.extend({ token: z.string() }),
      handle: ({ lifetimeSeconds }, { principal }) =>
        identity.issueToken({ principal, lifetimeMs: lifetimeSeconds * 1000 }),
    }),
    identityRoute({
      method: 'GET',
      path: '/users/{user}/tokens',
      summary: 'Lists the tokens of a user, or of root, that have not expired.',
      action: 'cairn:ListTokens',
      resource,
      input: z.strictObject({ user: owner }),
      output: z.object({ items: z.array(token).readonly() }),
      handle: async (input) => ({ items: await identity.listTokens(input) }),
    }),
    identityRoute({
      method: 'DELETE',
      path: '/users/{user}/tokens/{id}',
      summary: 'Revokes a token.',
      action: 'cairn:RevokeToken',
      resource,
      input: z.strictObject({ user: owner, id: z.string() }),
      output: nothing,
      handle: async (input) => {
        await identity.revokeToken(input);
        return {};
      },
    }),
  ];
}
