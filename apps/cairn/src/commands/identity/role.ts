// `cairn identity role`: roles, which whoever their trust policy lets takes on for a while.

import type { Role } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';
import { addAttachment, readDocument } from './policy.ts';

const system = 'identity';
type Settings = { readonly description?: string; readonly sessionSeconds?: number };
/** With its trust policy as a document. */
type ShownRole = Omit<Role, 'trustPolicy'> & { readonly trustPolicy: unknown };

export function addRoleCommands(identity: Command, context: CommandContext): void {
  const role = identity.command('role').description('Roles, and who may take them on.');
  addListing(role, context);
  addChanges(role, context);
  addAttachment(role, context, {
    ...{ verb: 'attach', method: 'PUT', holder: 'role' },
    description: 'Gives a policy to a role.',
  });
  addAttachment(role, context, {
    ...{ verb: 'detach', method: 'DELETE', holder: 'role' },
    description: 'Takes a policy from a role.',
  });
}

function addListing(role: Command, context: CommandContext): void {
  addClientOptions(role.command('list').description('Lists the roles by name.')).action(
    (options: ClientOptions) =>
      runListing<ShownRole>(context, options, {
        ...{ system, method: 'GET', path: ['roles'] },
        text: roleTable,
      }),
  );

  addClientOptions(
    role.command('show').alias('get').description('Shows a role and its trust policy.').argument('<name>'),
  ).action((name: string, options: ClientOptions) =>
    runCall<ShownRole>(context, options, {
      ...{ system, method: 'GET', path: ['roles', name] },
      text: (one) => `${roleTable([one])}${JSON.stringify(one.trustPolicy, null, 2)}\n`,
    }),
  );
}

function addChanges(role: Command, context: CommandContext): void {
  addSettings(
    role
      .command('create')
      .description('Creates a role, without policies.')
      .argument('<name>')
      .argument('<trust-policy>', 'a file with the policy that says who may take it on'),
  ).action(async (name: string, file: string, options: ClientOptions & Settings) => {
    const body = { name, trustPolicy: await readDocument(context, file), ...settingsOf(options) };
    const call = { system, method: 'POST', path: ['roles'], body } as const;
    await runCall<ShownRole>(context, options, { ...call, text: ({ arn }) => `created ${arn}\n` });
  });

  addSettings(
    role
      .command('update')
      .description('Changes who may take a role on, or what is kept beside it.')
      .argument('<name>')
      .option('--trust-policy <file>', 'who may take it on'),
  ).action(async (name: string, options: ClientOptions & Settings & { readonly trustPolicy?: string }) => {
    const { trustPolicy: file } = options;
    const trustPolicy = file === undefined ? undefined : await readDocument(context, file);
    const body = { trustPolicy, ...settingsOf(options) };
    const call = { system, method: 'PATCH', path: ['roles', name], body } as const;
    await runCall(context, options, { ...call, text: () => `changed ${name}\n` });
  });

  addClientOptions(
    role
      .command('delete')
      .description('Deletes a role, which must have no policies; its sessions end.')
      .argument('<name>'),
  ).action((name: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'DELETE', path: ['roles', name] },
      text: () => `deleted ${name}\n`,
    }),
  );
}

function addSettings(command: Command): Command {
  return addClientOptions(
    command
      .option('--description <text>', 'for people')
      .option('--session-seconds <number>', 'how long its sessions last at most', secondsOf),
  );
}

function secondsOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandFailed('usage', `'${text}' is no number of seconds`);
}

function settingsOf({ description, sessionSeconds }: Settings) {
  return { description, sessionSecondsMax: sessionSeconds };
}

function roleTable(roles: readonly ShownRole[]): string {
  return table(roles, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'ID', value: ({ id }) => id },
    { title: 'CREATED', value: ({ createdMs }) => timeText(createdMs) },
    { title: 'SECONDS', value: ({ sessionSecondsMax }) => sessionSecondsMax },
    { title: 'ARN', value: ({ arn }) => arn },
    { title: 'DESCRIPTION', value: ({ description }) => description },
  ]);
}
