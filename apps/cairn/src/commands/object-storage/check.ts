// `cairn object-storage check`: looks for damage of every kind.

import type { Finding } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';

export function addCheckCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('check')
      .description('Looks for damage, without changing anything; exits with 1 when there is.')
      .option('--deep', 'read and verify every byte'),
  ).action((options: ClientOptions & { deep?: boolean }) =>
    runCall<{ findings: readonly Finding[] }>(context, options, {
      system: 'object-storage',
      method: 'GET',
      path: ['check'],
      query: { deep: options.deep },
      text: findingsText,
      verdict: ({ findings }) => {
        const damaged = findings.filter(({ severity }) => severity === 'damage').length;
        if (damaged > 0) throw new CommandFailed('no', `${damaged} things are damaged`);
      },
    }),
  );
}

function findingsText({ findings }: { findings: readonly Finding[] }): string {
  if (findings.length === 0) return 'sound\n';
  return findings.map(({ severity, where, detail }) => `${severity}: ${where}: ${detail}\n`).join('');
}
