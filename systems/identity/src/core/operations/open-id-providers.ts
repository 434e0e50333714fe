// Operations on OpenID Connect providers: who else may say who somebody is.
//
// Whoever may add one may let strangers in as far as a role's trust policy names it, so it takes a right like any other
// change. A provider's name is its URL without the scheme, as in its ARN.

import { isLoopbackHost } from '@cairn/service';
import { IdentityError } from '../../errors.ts';
import {
  clientIdCharactersMax,
  clientsPerProviderMax,
  providersMax,
  providerUrlCharactersMax,
  thumbprintCharacters,
  thumbprintsPerProviderMax,
} from '../../limits.ts';
import { newProviderId } from '../../secrets/random-names.ts';
import type { OpenIdProviderRow } from '../../store/open-id-providers.ts';
import { mayBePublic } from '../../web-identity/public-address.ts';
import type { Identity, OpenIdProvider } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { openIdProviderArn } from './names.ts';

type Operations = Pick<
  Identity,
  | 'createOpenIdProvider'
  | 'getOpenIdProvider'
  | 'listOpenIdProviders'
  | 'deleteOpenIdProvider'
  | 'addOpenIdClient'
  | 'removeOpenIdClient'
  | 'setOpenIdThumbprints'
>;

export function openIdProviderOperations({
  world,
  sql,
  account,
  caches,
  acceptsLocalProviders,
}: CoreParts): Operations {
  const changing = async (
    input: { name: string } & Partial<Record<'addClient' | 'removeClient', string>> & {
        thumbprints?: readonly string[];
      },
  ): Promise<void> => {
    requireName(input.name);
    try {
      const outcome = await sql.write('changeOpenIdProvider', {
        ...input,
        clientsMax: clientsPerProviderMax,
      });
      if (outcome === 'NoSuchEntity') throw noSuchProvider(input.name);
      if (outcome === 'LimitExceeded')
        throw new IdentityError(
          outcome,
          `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${clientsPerProviderMax}`,
        );
    } finally {
      caches.openIdProviders.forget(input.name);
    }
  };
  return {
    async createOpenIdProvider({ url, clientIds = [], thumbprints = [] }) {
      const name = providerName(url, acceptsLocalProviders);
      const clients = [...new Set(clientIds)];
      clients.forEach(requireClientId);
      if (clients.length > clientsPerProviderMax)
        throw invalid(`A provider has at most ${clientsPerProviderMax} client ids, not ${clients.length}.`);
      requireThumbprints(thumbprints);
      const row = {
        ...{ name, url, id: newProviderId(world.random), created_ms: Math.floor(world.clock.nowMs()) },
        ...{ client_ids: JSON.stringify(clients), thumbprints: JSON.stringify(thumbprints) },
      };
      const outcome = await sql.write('createOpenIdProvider', { ...row, providersMax });
      if (outcome === 'EntityAlreadyExists')
        throw new IdentityError(outcome, `Provider with url ${name} already exists.`);
      if (outcome === 'LimitExceeded')
        throw new IdentityError(
          outcome,
          `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${providersMax}`,
        );
      return providerOf(row, account);
    },

    async getOpenIdProvider({ name }) {
      requireName(name);
      const row = await sql.lookup('findOpenIdProvider', { name });
      if (row === undefined) throw noSuchProvider(name);
      return providerOf(row, account);
    },

    async listOpenIdProviders() {
      const rows = await sql.read('listOpenIdProviders', { after: '', limit: providersMax });
      return rows.map((row) => providerOf(row, account));
    },

    async deleteOpenIdProvider({ name }) {
      requireName(name);
      try {
        if (!(await sql.write('deleteOpenIdProvider', { name }))) throw noSuchProvider(name);
      } finally {
        caches.openIdProviders.forget(name);
      }
    },

    async addOpenIdClient({ name, clientId }) {
      requireClientId(clientId);
      await changing({ name, addClient: clientId });
    },

    async removeOpenIdClient({ name, clientId }) {
      requireClientId(clientId);
      await changing({ name, removeClient: clientId });
    },

    async setOpenIdThumbprints({ name, thumbprints }) {
      requireThumbprints(thumbprints);
      await changing({ name, thumbprints });
    },
  };
}

/** As it is stored now. */
export async function lookUpProvider(
  name: string,
  { sql, account }: Pick<CoreParts, 'sql' | 'account'>,
): Promise<OpenIdProvider | undefined> {
  const row = await sql.lookup('findOpenIdProvider', { name });
  return row && providerOf(row, account);
}

/** Throws ServiceFailure for what cannot have been stored: damage. */
export function providerOf(row: OpenIdProviderRow, account: string): OpenIdProvider {
  const { name, id, url, client_ids, thumbprints, created_ms } = row;
  return {
    ...{ name, id, url, createdMs: created_ms, arn: openIdProviderArn(account, name) },
    clientIds: textsOf(client_ids, name),
    thumbprints: textsOf(thumbprints, name),
  };
}

function textsOf(stored: string, provider: string): readonly string[] {
  let texts: unknown;
  try {
    texts = JSON.parse(stored);
  } catch {
    // Said below.
  }
  if (Array.isArray(texts) && texts.every((each) => typeof each === 'string')) return texts;
  throw new IdentityError(
    'ServiceFailure',
    `could not read the stored lists of the OpenID provider ${provider}`,
  );
}

/**
 * https to a public host, as AWS has it; where the operator allows providers here any host, and http to this machine itself,
 * where nobody is in between. What a name stands for is seen when it is connected to (public-address.ts). Compared as it is with the issuer of
 * tokens, so only what a URL parser would not change is taken.
 */
function providerName(url: string, acceptsLocal: boolean): string {
  const shown = JSON.stringify(url.slice(0, providerUrlCharactersMax + 1));
  if (url.length > providerUrlCharactersMax)
    throw invalid(`The provider URL ${shown} has more than ${providerUrlCharactersMax} characters.`);
  const parsed = URL.parse(url);
  const name = /^https?:\/\/([!-~]+)$/.exec(url)?.[1];
  if (parsed === null || name === undefined || ![parsed.href, parsed.href.replace(/\/$/, '')].includes(url))
    throw invalid(
      `The provider URL ${shown} must be a URL such as https://HOST/PATH, in lower case where that is the same.`,
    );
  if (parsed.username !== '' || parsed.password !== '' || /[?#]/.test(url))
    throw invalid(`The provider URL ${shown} must have neither user, query nor fragment.`);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (parsed.protocol !== 'https:' && !(acceptsLocal && isLoopbackHost(host)))
    throw invalid(
      `The provider URL ${shown} must begin with https://; http:// is for providers on this machine, where identity.localProviders is set.`,
    );
  if (!acceptsLocal && !mayBePublic(host))
    throw invalid(
      `The provider URL ${shown} must name a public host; where identity.localProviders is set it may be one of this machine or its network.`,
    );
  return name;
}

/** What no provider can be called is not looked up: a database does not take every text. */
function requireName(name: string): void {
  if (!/^[!-~]{1,255}$/.test(name)) throw noSuchProvider(name);
}

function requireClientId(clientId: string): void {
  if (clientId.length >= 1 && clientId.length <= clientIdCharactersMax) return;
  throw invalid(`A client id has 1 to ${clientIdCharactersMax} characters, not ${clientId.length}.`);
}

function requireThumbprints(thumbprints: readonly string[]): void {
  if (thumbprints.length > thumbprintsPerProviderMax)
    throw invalid(
      `A provider has at most ${thumbprintsPerProviderMax} thumbprints, not ${thumbprints.length}.`,
    );
  const wrong = thumbprints.find(
    (each) => each.length !== thumbprintCharacters || !/^[0-9A-Za-z]+$/.test(each),
  );
  if (wrong === undefined) return;
  const shown = JSON.stringify(wrong.slice(0, thumbprintCharacters + 1));
  throw invalid(`The thumbprint ${shown} must be a SHA-1 in ${thumbprintCharacters} hexadecimal digits.`);
}

function invalid(message: string): IdentityError {
  return new IdentityError('ValidationError', message);
}

function noSuchProvider(name: string): IdentityError {
  return new IdentityError(
    'NoSuchEntity',
    `OpenIDConnect Provider not found for url ${name.slice(0, providerUrlCharactersMax)}`,
  );
}
