// `cairn identity token`: bearer tokens, which expire and can be revoked.

import type { NewToken, TokenInfo } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'identity';
type CreateOptions = ClientOptions & { readonly lifetimeSeconds?: number };

export function addTokenCommands(identity: Command, context: CommandContext): void {
  const token = identity.command('token').description('Bearer tokens.');

  addClientOptions(
    token
      .command('create')
      .description('Issues a token with the rights of whoever asks, and prints it, this once.')
      .option(
        '--lifetime-seconds <seconds>',
        'how long it is good for, at most 12 hours (default: 3600)',
        seconds,
      ),
  ).action((options: CreateOptions) =>
    runCall<NewToken>(context, options, {
      system,
      method: 'POST',
      path: ['tokens'],
      body: { lifetimeSeconds: options.lifetimeSeconds },
      text: (issued) => `${issued.token}\n`,
    }),
  );

  addClientOptions(
    token.command('list').description('Lists the tokens of a user, or of root.').argument('<user>'),
  ).action((user: string, options: ClientOptions) =>
    runListing<TokenInfo>(context, options, {
      system,
      method: 'GET',
      path: ['users', user, 'tokens'],
      text: tokenTable,
    }),
  );

  addClientOptions(
    token.command('revoke').description('Ends a token now.').argument('<user>').argument('<id>'),
  ).action((user: string, id: string, options: ClientOptions) =>
    runCall(context, options, {
      system,
      method: 'DELETE',
      path: ['users', user, 'tokens', id],
      text: () => `revoked ${id}\n`,
    }),
  );
}

function tokenTable(tokens: readonly TokenInfo[]): string {
  return table(tokens, [
    { title: 'ID', value: ({ id }) => id },
    { title: 'ACCESS KEY ID', value: ({ accessKeyId }) => accessKeyId },
    { title: 'ISSUED', value: ({ issuedMs }) => timeText(issuedMs) },
    { title: 'EXPIRES', value: ({ expiresMs }) => timeText(expiresMs) },
  ]);
}

function seconds(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new CommandFailed('usage', `could not take '${value}' as a lifetime: wanted is a number of seconds`);
}
