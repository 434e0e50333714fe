// `cairn identity key`: access keys, the login of every protocol.

import type { AccessKeyInfo, NewAccessKey } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'identity';

export function addKeyCommands(identity: Command, context: CommandContext): void {
  const key = identity.command('key').description('Access keys of users.');

  addClientOptions(key.command('list').description('Lists the keys of a user.').argument('<user>')).action(
    (user: string, options: ClientOptions) =>
      runListing<AccessKeyInfo>(context, options, {
        system,
        method: 'GET',
        path: ['users', user, 'keys'],
        text: keyTable,
      }),
  );

  addClientOptions(
    key.command('create').description('Creates a key and prints its secret, this once.').argument('<user>'),
  ).action((user: string, options: ClientOptions) =>
    runCall<NewAccessKey>(context, options, {
      system,
      method: 'POST',
      path: ['users', user, 'keys'],
      text: ({ accessKeyId, secretKey }) =>
        `CAIRN_ACCESS_KEY=${accessKeyId}\nCAIRN_SECRET_KEY=${secretKey}\n`,
    }),
  );

  addSwitch(key, context, { verb: 'enable', active: true, description: 'Lets a key be used again.' });
  addSwitch(key, context, {
    verb: 'disable',
    active: false,
    description: 'Refuses a key until it is enabled.',
  });

  addClientOptions(
    key
      .command('delete')
      .description('Deletes a key for good.')
      .argument('<user>')
      .argument('<access-key-id>'),
  ).action((user: string, id: string, options: ClientOptions) =>
    runCall(context, options, {
      system,
      method: 'DELETE',
      path: ['users', user, 'keys', id],
      text: () => `deleted ${id}\n`,
    }),
  );
}

function addSwitch(
  key: Command,
  context: CommandContext,
  { verb, active, description }: { verb: string; active: boolean; description: string },
): void {
  addClientOptions(
    key.command(verb).description(description).argument('<user>').argument('<access-key-id>'),
  ).action((user: string, id: string, options: ClientOptions) =>
    runCall(context, options, {
      system,
      method: 'PATCH',
      path: ['users', user, 'keys', id],
      body: { active },
      text: () => `${verb}d ${id}\n`,
    }),
  );
}

function keyTable(keys: readonly AccessKeyInfo[]): string {
  return table(keys, [
    { title: 'ACCESS KEY ID', value: ({ accessKeyId }) => accessKeyId },
    { title: 'STATE', value: ({ active }) => (active ? 'enabled' : 'disabled') },
    { title: 'CREATED', value: ({ createdMs }) => timeText(createdMs) },
    { title: 'LAST USED', value: ({ lastUsedMs }) => timeText(lastUsedMs) },
  ]);
}
