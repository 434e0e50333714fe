// `cairn identity whoami`, `check` and `inspect`: who is calling, and what state the store is in.

import type { Finding, Inspection } from '@cairn/identity';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';

const system = 'identity';

export function addIdentityStoreCommands(identity: Command, context: CommandContext): void {
  addClientOptions(
    identity.command('whoami').description('Tells as whom the server knows this command.'),
  ).action((options: ClientOptions) =>
    runCall<{ arn: string }>(context, options, {
      system,
      method: 'GET',
      path: ['caller'],
      text: ({ arn }) => `${arn}\n`,
    }),
  );

  addClientOptions(
    identity
      .command('check')
      .description('Looks for damage, without changing anything; exits with 1 when there is.'),
  ).action((options: ClientOptions) =>
    runCall<{ findings: readonly Finding[] }>(context, options, {
      system,
      method: 'GET',
      path: ['check'],
      text: findingsText,
      verdict: ({ findings }) => {
        if (findings.length > 0) throw new CommandFailed('no', `${findings.length} things are damaged`);
      },
    }),
  );

  addClientOptions(
    identity
      .command('inspect')
      .description('Counts what the store holds, and shows one user; never a secret.')
      .option('--user <name>', 'show this user'),
  ).action((options: ClientOptions & { user?: string }) =>
    runCall<Inspection>(context, options, {
      system,
      method: 'GET',
      path: ['inspect'],
      query: { user: options.user },
      text: (inspection) => `${JSON.stringify(inspection, null, 2)}\n`,
    }),
  );
}

function findingsText(answer: { findings: readonly Finding[] }): string {
  if (answer.findings.length === 0) return 'sound\n';
  return answer.findings.map(({ subject, problem }) => `${subject}: ${problem}\n`).join('');
}
