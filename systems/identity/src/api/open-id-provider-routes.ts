// Routes on OpenID Connect providers: whose tokens are taken for roles that trust them.

import type { ApiRoute } from '@cairn/service';
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';
import { openIdProviderArn } from '../core/operations/names.ts';
import { identityRoute } from './identity-route.ts';
import { clientId, nothing, openIdProvider, openIdProviderName, thumbprint } from './schemas.ts';

export function openIdProviderRoutes(identity: Identity): readonly ApiRoute[] {
  return [...routesOnProviders(identity), ...routesOnClients(identity)];
}

function routesOnProviders(identity: Identity): readonly ApiRoute[] {
  const resource = ({ name }: { name: string }) => openIdProviderArn(identity.account, name);
  const named = z.strictObject({ name: openIdProviderName });
  return [
    identityRoute({
      method: 'POST',
      path: '/open-id-providers',
      summary: 'Registers an OpenID Connect provider, whose tokens roles can trust.',
      action: 'iam:CreateOpenIDConnectProvider',
      resource: ({ url }) => openIdProviderArn(identity.account, url.replace(/^https?:\/\//, '')),
      input: z.strictObject({
        url: z.string().describe('Issuer of the tokens; begins with https:// unless it is on this machine'),
        clientIds: z.array(clientId).optional(),
        thumbprints: z.array(thumbprint).optional(),
      }),
      output: openIdProvider,
      handle: ({ url, clientIds = [], thumbprints = [] }) =>
        identity.createOpenIdProvider({ url, clientIds, thumbprints }),
    }),
    identityRoute({
      method: 'GET',
      path: '/open-id-providers',
      summary: 'Lists the OpenID Connect providers by name.',
      action: 'iam:ListOpenIDConnectProviders',
      input: nothing,
      output: z.object({ items: z.array(openIdProvider).readonly() }),
      handle: async () => ({ items: await identity.listOpenIdProviders() }),
    }),
    identityRoute({
      method: 'GET',
      path: '/open-id-providers/{name}',
      summary: 'Shows an OpenID Connect provider.',
      action: 'iam:GetOpenIDConnectProvider',
      resource,
      input: named,
      output: openIdProvider,
      handle: (input) => identity.getOpenIdProvider(input),
    }),
    identityRoute({
      method: 'PUT',
      path: '/open-id-providers/{name}/thumbprints',
      summary: 'Replaces the thumbprints of a provider for which no public authority vouches.',
      action: 'iam:UpdateOpenIDConnectProviderThumbprint',
      resource,
      input: named.extend({ thumbprints: z.array(thumbprint) }),
      output: nothing,
      handle: async (input) => {
        await identity.setOpenIdThumbprints(input);
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/open-id-providers/{name}',
      summary: 'Deletes an OpenID Connect provider; the sessions that it let in end.',
      action: 'iam:DeleteOpenIDConnectProvider',
      resource,
      input: named,
      output: nothing,
      handle: async (input) => {
        await identity.deleteOpenIdProvider(input);
        return {};
      },
    }),
  ];
}

function routesOnClients(identity: Identity): readonly ApiRoute[] {
  const resource = ({ name }: { name: string }) => openIdProviderArn(identity.account, name);
  const input = z.strictObject({ name: openIdProviderName, clientId });
  return [
    identityRoute({
      method: 'PUT',
      path: '/open-id-providers/{name}/clients/{clientId}',
      summary: 'Takes tokens of a provider for one more of its clients.',
      action: 'iam:AddClientIDToOpenIDConnectProvider',
      resource,
      input,
      output: nothing,
      handle: async (client) => {
        await identity.addOpenIdClient(client);
        return {};
      },
    }),
    identityRoute({
      method: 'DELETE',
      path: '/open-id-providers/{name}/clients/{clientId}',
      summary: 'Takes no more tokens for a client; the sessions that it let in end.',
      action: 'iam:RemoveClientIDFromOpenIDConnectProvider',
      resource,
      input,
      output: nothing,
      handle: async (client) => {
        await identity.removeOpenIdClient(client);
        return {};
      },
    }),
  ];
}
