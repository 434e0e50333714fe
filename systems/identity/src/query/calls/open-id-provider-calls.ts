// IAM's calls about OpenID Connect providers.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html

import { openIdProviderArn } from '../../core/operations/names.ts';
import { type Asked, anything, type Call } from '../call.ts';
import { QueryError } from '../query-error.ts';
import { listOf, timeText } from '../xml.ts';

export const openIdProviderCalls: readonly Call[] = [
  {
    name: 'CreateOpenIDConnectProvider',
    resource: ({ identity, parameters }) => {
      const url = parameters.required('Url');
      return openIdProviderArn(identity.account, url.replace(/^https?:\/\//, ''));
    },
    async handle({ identity, parameters }) {
      const { arn } = await identity.createOpenIdProvider({
        url: parameters.required('Url'),
        clientIds: parameters.list('ClientIDList'),
        thumbprints: parameters.list('ThumbprintList'),
      });
      return [['OpenIDConnectProviderArn', arn]];
    },
  },
  {
    name: 'GetOpenIDConnectProvider',
    resource: arnOfProvider,
    async handle(asked) {
      const provider = await asked.identity.getOpenIdProvider({ name: providerIn(asked) });
      return [
        // As AWS shows it: without the scheme.
        ['Url', provider.name],
        ['ClientIDList', listOf(provider.clientIds, (each) => each)],
        ['ThumbprintList', listOf(provider.thumbprints, (each) => each)],
        ['CreateDate', timeText(provider.createdMs)],
      ];
    },
  },
  {
    name: 'ListOpenIDConnectProviders',
    resource: anything,
    async handle({ identity }) {
      const providers = await identity.listOpenIdProviders();
      return [['OpenIDConnectProviderList', listOf(providers, ({ arn }) => [['Arn', arn]])]];
    },
  },
  {
    name: 'DeleteOpenIDConnectProvider',
    resource: arnOfProvider,
    async handle(asked) {
      await asked.identity.deleteOpenIdProvider({ name: providerIn(asked) });
      return undefined;
    },
  },
  {
    name: 'AddClientIDToOpenIDConnectProvider',
    resource: arnOfProvider,
    async handle(asked) {
      const clientId = asked.parameters.required('ClientID');
      await asked.identity.addOpenIdClient({ name: providerIn(asked), clientId });
      return undefined;
    },
  },
  {
    name: 'RemoveClientIDFromOpenIDConnectProvider',
    resource: arnOfProvider,
    async handle(asked) {
      const clientId = asked.parameters.required('ClientID');
      await asked.identity.removeOpenIdClient({ name: providerIn(asked), clientId });
      return undefined;
    },
  },
  {
    name: 'UpdateOpenIDConnectProviderThumbprint',
    resource: arnOfProvider,
    async handle(asked) {
      const thumbprints = asked.parameters.list('ThumbprintList');
      await asked.identity.setOpenIdThumbprints({ name: providerIn(asked), thumbprints });
      return undefined;
    },
  },
];

/** With this server's account, whatever the call has in its place: what policies are asked about. */
function arnOfProvider(asked: Asked): string {
  return openIdProviderArn(asked.identity.account, providerIn(asked));
}

/** An ARN without an account, as radosgw writes it, is one of this server's. */
function providerIn({ identity, parameters }: Asked): string {
  const arn = parameters.required('OpenIDConnectProviderArn');
  const [, account, name] = /^arn:aws:iam::(\d{12})?:oidc-provider\/([!-~]+)$/.exec(arn) ?? [];
  if (name === undefined) throw new QueryError('InvalidInput', `ARN ${arn.slice(0, 2_048)} is not valid.`);
  if (account === undefined || account === identity.account) return name;
  throw new QueryError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn.slice(0, 2_048)}`);
}
