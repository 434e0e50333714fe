// `cairn identity group`: groups of users, whose policies all have who are in them.

import type { Group, User } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';
import { addAttachment } from './policy.ts';
import { userTable } from './user.ts';

const system = 'identity';

export function addGroupCommands(identity: Command, context: CommandContext): void {
  const group = identity.command('group').description('Groups, and who is in them.');
  addListings(group, context);
  addChanges(group, context);
  addMembership(group, context, { verb: 'add', method: 'PUT', description: 'Adds a user to a group.' });
  addMembership(group, context, {
    ...{ verb: 'remove', method: 'DELETE' },
    description: 'Removes a user from a group.',
  });
  addAttachment(group, context, {
    ...{ verb: 'attach', method: 'PUT', holder: 'group' },
    description: 'Gives a policy to a group.',
  });
  addAttachment(group, context, {
    ...{ verb: 'detach', method: 'DELETE', holder: 'group' },
    description: 'Takes a policy from a group.',
  });
}

function addListings(group: Command, context: CommandContext): void {
  addClientOptions(
    group
      .command('list')
      .description('Lists the groups by name, or those of a user.')
      .option('--user <name>', 'groups that this user is in'),
  ).action((options: ClientOptions & { readonly user?: string }) =>
    runListing<Group>(context, options, {
      ...{ system, method: 'GET' },
      path: options.user === undefined ? ['groups'] : ['users', options.user, 'groups'],
      text: groupTable,
    }),
  );

  addClientOptions(
    group.command('members').description('Lists the users of a group by name.').argument('<name>'),
  ).action((name: string, options: ClientOptions) =>
    runListing<User>(context, options, {
      ...{ system, method: 'GET', path: ['groups', name, 'members'] },
      text: userTable,
    }),
  );
}

function addChanges(group: Command, context: CommandContext): void {
  addClientOptions(
    group.command('create').description('Creates a group, without policies.').argument('<name>'),
  ).action((name: string, options: ClientOptions) =>
    runCall<Group>(context, options, {
      ...{ system, method: 'POST', path: ['groups'], body: { name } },
      text: ({ arn }) => `created ${arn}\n`,
    }),
  );

  addClientOptions(
    group
      .command('rename')
      .description('Gives a group another name; members and policies stay.')
      .argument('<name>')
      .argument('<new-name>'),
  ).action((name: string, newName: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'PATCH', path: ['groups', name], body: { newName } },
      text: () => `renamed to ${newName}\n`,
    }),
  );

  addClientOptions(
    group
      .command('delete')
      .description('Deletes a group, which must have neither members nor policies.')
      .argument('<name>'),
  ).action((name: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'DELETE', path: ['groups', name] },
      text: () => `deleted ${name}\n`,
    }),
  );
}

function addMembership(
  group: Command,
  context: CommandContext,
  { verb, method, description }: { verb: 'add' | 'remove'; method: 'PUT' | 'DELETE'; description: string },
): void {
  addClientOptions(
    group.command(verb).description(description).argument('<group>').argument('<user>'),
  ).action((name: string, user: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method, path: ['groups', name, 'members', user] },
      text: () => (verb === 'add' ? `added ${user}\n` : `removed ${user}\n`),
    }),
  );
}

function groupTable(groups: readonly Group[]): string {
  return table(groups, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'ID', value: ({ id }) => id },
    { title: 'CREATED', value: ({ createdMs }) => timeText(createdMs) },
    { title: 'ARN', value: ({ arn }) => arn },
  ]);
}
