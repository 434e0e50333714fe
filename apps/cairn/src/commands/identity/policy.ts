// `cairn identity policy`: IAM policy documents, managed ones that are attached to users, roles and groups, and inline
// ones of one of them.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PolicyInfo, UserPolicies } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'identity';
type PolicyOptions = ClientOptions & {
  readonly user?: string;
  readonly role?: string;
  readonly group?: string;
};

export function addPolicyCommands(identity: Command, context: CommandContext): void {
  const policy = identity.command('policy').description('Policies, and who has them.');

  addPolicyOptions(
    policy.command('list').description('Lists all policies, or those of a user, a role or a group.'),
  ).action(async (options: PolicyOptions) => {
    const holder = holderPath(options);
    if (holder === undefined) await listAll(context, options);
    else await listOfHolder(context, options, holder);
  });

  addPolicyOptions(policy.command('get').description('Prints a policy.').argument('<name>')).action(
    (name: string, options: PolicyOptions) =>
      runCall<{ document: unknown }>(context, options, {
        system,
        method: 'GET',
        path: pathOf(name, options),
        text: ({ document }) => `${JSON.stringify(document, null, 2)}\n`,
      }),
  );

  addPolicyOptions(
    policy.command('put').description('Creates or replaces a policy.').argument('<name>').argument('<file>'),
  ).action(async (name: string, file: string, options: PolicyOptions) => {
    const body = { document: await readDocument(context, file) };
    const text = () => `stored ${name}\n`;
    await runCall(context, options, { system, method: 'PUT', path: pathOf(name, options), body, text });
  });

  addPolicyOptions(policy.command('delete').description('Deletes a policy.').argument('<name>')).action(
    (name: string, options: PolicyOptions) =>
      runCall(context, options, {
        system,
        method: 'DELETE',
        path: pathOf(name, options),
        text: () => `deleted ${name}\n`,
      }),
  );

  addAttachment(policy, context, { verb: 'attach', method: 'PUT', description: 'Gives a policy to a user.' });
  addAttachment(policy, context, {
    verb: 'detach',
    method: 'DELETE',
    description: 'Takes a policy from a user.',
  });
}

function addPolicyOptions(command: Command): Command {
  return addClientOptions(
    command
      .option('--user <name>', 'inline policies of this user')
      .option('--role <name>', 'inline policies of this role')
      .option('--group <name>', 'inline policies of this group'),
  );
}

/** A managed policy, or with `--user`, `--role` or `--group` an inline one. */
function pathOf(name: string, options: PolicyOptions): readonly string[] {
  const holder = holderPath(options);
  return holder === undefined ? ['policies', name] : [...holder, 'inline-policies', name];
}

function holderPath({ user, role, group }: PolicyOptions): readonly string[] | undefined {
  const given = Object.entries({ users: user, roles: role, groups: group }).filter(
    (holder): holder is [string, string] => holder[1] !== undefined,
  );
  if (given.length > 1)
    throw new CommandFailed('usage', 'a policy is inline in one of them: give --user, --role or --group');
  return given[0];
}

function listAll(context: CommandContext, options: PolicyOptions): Promise<void> {
  return runListing<PolicyInfo>(context, options, {
    system,
    method: 'GET',
    path: ['policies'],
    text: (policies) =>
      table(policies, [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'KIND', value: ({ canned }) => (canned ? 'canned' : 'own') },
        { title: 'UPDATED', value: ({ updatedMs }) => timeText(updatedMs) },
        { title: 'ARN', value: ({ arn }) => arn },
      ]),
  });
}

async function listOfHolder(
  context: CommandContext,
  options: PolicyOptions,
  holder: readonly string[],
): Promise<void> {
  await runCall<UserPolicies>(context, options, {
    system,
    method: 'GET',
    path: [...holder, 'policies'],
    text: ({ attached, inline }) =>
      table(
        [
          ...attached.map((name) => ({ name, kind: 'attached' })),
          ...inline.map((name) => ({ name, kind: 'inline' })),
        ],
        [
          { title: 'NAME', value: ({ name }) => name },
          { title: 'KIND', value: ({ kind }) => kind },
        ],
      ),
  });
}

export function addAttachment(
  parent: Command,
  context: CommandContext,
  {
    verb,
    method,
    description,
    holder = 'user',
  }: { verb: string; method: 'PUT' | 'DELETE'; description: string; holder?: 'user' | 'role' | 'group' },
): void {
  addClientOptions(
    parent.command(verb).description(description).argument(`<${holder}>`).argument('<policy>'),
  ).action((holderName: string, name: string, options: ClientOptions) =>
    runCall(context, options, {
      system,
      method,
      path: [`${holder}s`, holderName, 'attached-policies', name],
      text: () => `${verb}ed ${name}\n`,
    }),
  );
}

export async function readDocument({ directory }: CommandContext, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(resolve(directory, file), 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed('usage', `could not read a policy from '${file}': ${reason}`, { cause });
  }
}
