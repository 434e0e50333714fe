// `cairn identity user`: who there is besides root.

import type { User } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'identity';

export function addUserCommands(identity: Command, context: CommandContext): void {
  const user = identity.command('user').description('Users.');

  addClientOptions(user.command('list').description('Lists the users by name.')).action(
    (options: ClientOptions) =>
      runListing<User>(context, options, { system, method: 'GET', path: ['users'], text: userTable }),
  );

  addClientOptions(user.command('get').description('Shows a user.').argument('<name>')).action(
    (name: string, options: ClientOptions) =>
      runCall<User>(context, options, {
        system,
        method: 'GET',
        path: ['users', name],
        text: (one) => userTable([one]),
      }),
  );

  addClientOptions(
    user.command('create').description('Creates a user, without keys.').argument('<name>'),
  ).action((name: string, options: ClientOptions) =>
    runCall<User>(context, options, {
      system,
      method: 'POST',
      path: ['users'],
      body: { name },
      text: ({ arn }) => `created ${arn}\n`,
    }),
  );

  addClientOptions(
    user
      .command('delete')
      .description('Deletes a user, who must have neither keys nor policies, and be in no group.')
      .argument('<name>')
      .option('--force', 'delete keys and policies along, and leave all groups'),
  ).action((name: string, options: ClientOptions & { force?: boolean }) =>
    runCall(context, options, {
      system,
      method: 'DELETE',
      path: ['users', name],
      query: { force: options.force },
      text: () => `deleted ${name}\n`,
    }),
  );
}

export function userTable(users: readonly User[]): string {
  return table(users, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'ID', value: ({ id }) => id },
    { title: 'CREATED', value: ({ createdMs }) => timeText(createdMs) },
    { title: 'ARN', value: ({ arn }) => arn },
  ]);
}
