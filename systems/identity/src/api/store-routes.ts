// Routes of whoever looks after the store itself.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { identityRoute } from './identity-route.ts';
import { finding, inspection, nothing, userName } from './schemas.ts';

export function storeRoutes(identity: Identity): readonly ApiRoute[] {
  return [
    identityRoute({
      method: 'GET',
      path: '/check',
      summary: 'Looks for damage in everything that is stored; none when there are no findings.',
      action: 'cairn:CheckIdentity',
      input: nothing,
      output: z.object({ findings: z.array(finding).readonly() }),
      handle: async () => ({ findings: await identity.check() }),
    }),
    identityRoute({
      method: 'GET',
      path: '/inspect',
      summary: 'Counts what there is, and shows one user in detail; never a secret.',
      action: 'iam:GetAccountSummary',
      input: z.strictObject({ user: userName.optional() }),
      output: inspection,
      handle: ({ user }) => identity.inspect(user === undefined ? {} : { user }),
    }),
  ];
}
