// `cairn identity provider`: OpenID Connect providers, whose tokens roles can trust.

import type { OpenIdProvider } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'identity';
type Lists = { readonly client?: readonly string[]; readonly thumbprint?: readonly string[] };

export function addProviderCommands(identity: Command, context: CommandContext): void {
  const provider = identity
    .command('provider')
    .description('OpenID Connect providers, whose tokens roles can trust.');
  addListing(provider, context);
  addChanges(provider, context);
  addClients(provider, context, {
    ...{ verb: 'add-client', method: 'PUT', description: 'Takes tokens for one more client.' },
  });
  addClients(provider, context, {
    ...{ verb: 'remove-client', method: 'DELETE' },
    description: 'Takes no more tokens for a client; the sessions that it let in end.',
  });
}

function addListing(provider: Command, context: CommandContext): void {
  addClientOptions(provider.command('list').description('Lists the providers by name.')).action(
    (options: ClientOptions) =>
      runListing<OpenIdProvider>(context, options, {
        ...{ system, method: 'GET', path: ['open-id-providers'] },
        text: providerTable,
      }),
  );

  addClientOptions(
    provider
      .command('show')
      .alias('get')
      .description('Shows a provider, its clients and its thumbprints.')
      .argument('<url>', 'with or without https://'),
  ).action((url: string, options: ClientOptions) =>
    runCall<OpenIdProvider>(context, options, {
      ...{ system, method: 'GET', path: ['open-id-providers', nameOf(url)] },
      text: (one) =>
        providerTable([one]) + listed('client', one.clientIds) + listed('thumbprint', one.thumbprints),
    }),
  );
}

function addChanges(provider: Command, context: CommandContext): void {
  addClientOptions(
    provider
      .command('create')
      .description('Registers a provider.')
      .argument('<url>', 'the issuer of its tokens')
      .option('--client <id...>', 'clients for which its tokens are taken')
      .option('--thumbprint <sha1...>', 'of certificates, where no public authority vouches for it'),
  ).action((url: string, options: ClientOptions & Lists) =>
    runCall<OpenIdProvider>(context, options, {
      ...{ system, method: 'POST', path: ['open-id-providers'] },
      body: { url, clientIds: options.client, thumbprints: options.thumbprint },
      text: ({ arn }) => `created ${arn}\n`,
    }),
  );

  addClientOptions(
    provider
      .command('set-thumbprints')
      .description('Replaces the thumbprints of a provider.')
      .argument('<url>')
      .argument('[sha1...]'),
  ).action((url: string, thumbprints: readonly string[], options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'PUT', path: ['open-id-providers', nameOf(url), 'thumbprints'] },
      body: { thumbprints },
      text: () => `changed ${nameOf(url)}\n`,
    }),
  );

  addClientOptions(
    provider
      .command('delete')
      .description('Deletes a provider; the sessions that it let in end.')
      .argument('<url>'),
  ).action((url: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'DELETE', path: ['open-id-providers', nameOf(url)] },
      text: () => `deleted ${nameOf(url)}\n`,
    }),
  );
}

function addClients(
  provider: Command,
  context: CommandContext,
  { verb, method, description }: { verb: string; method: 'PUT' | 'DELETE'; description: string },
): void {
  addClientOptions(
    provider.command(verb).description(description).argument('<url>').argument('<client>'),
  ).action((url: string, client: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method, path: ['open-id-providers', nameOf(url), 'clients', client] },
      text: () => `changed ${nameOf(url)}\n`,
    }),
  );
}

function nameOf(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

function listed(title: string, values: readonly string[]): string {
  return values.map((value) => `${title} ${value}\n`).join('');
}

function providerTable(providers: readonly OpenIdProvider[]): string {
  return table(providers, [
    { title: 'URL', value: ({ url }) => url },
    { title: 'CREATED', value: ({ createdMs }) => timeText(createdMs) },
    { title: 'CLIENTS', value: ({ clientIds }) => clientIds.length },
    { title: 'ARN', value: ({ arn }) => arn },
  ]);
}
