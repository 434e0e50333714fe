// `cairn backup destroy`: removes a repository at the service, with all its snapshots.

import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addExamples } from '../../output/examples.ts';
import { printResult } from '../../output/print-result.ts';
import { atService } from './at-service.ts';
import { addServiceOptions, type ServiceOptions } from './repository-options.ts';
import { repositoryUrl } from './with-repository.ts';

type DestroyOptions = ServiceOptions & { readonly confirm: string };

const what = 'is removed by a command; elsewhere remove the folder, or what lies below the prefix, yourself';

export function addDestroyCommand(noun: Command, context: CommandContext): void {
  const command = addServiceOptions(
    noun
      .command('destroy')
      .description(
        'Removes a repository at the service with all its snapshots, for good. Needs the right backup:DeleteRepository, which keys that may only append lack.',
      ),
  ).requiredOption('--confirm <name>', "the repository's name, again");
  addExamples(command, ['cairn backup destroy --repo cairn://nas/old-laptop --confirm old-laptop']);
  command.action((options: DestroyOptions) =>
    atService(context, { repo: options.repo, what }, async (service) => {
      const name = nameOf(repositoryUrl(context, options.repo));
      if (name !== options.confirm) {
        const message = `to remove the repository '${name}' say --confirm ${name}, not --confirm ${options.confirm}`;
        throw new CommandFailed('usage', message);
      }
      const { removedObjects } = await service.removeRepository(name);
      const text = () => `removed the repository '${name}': ${removedObjects} objects\n`;
      printResult(context, options, { result: { removed: name, removedObjects }, text });
    }),
  );
}

function nameOf(url: string): string {
  return url.replace(/\/$/, '').split('/').at(-1)!;
}
