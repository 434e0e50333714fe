// `cairn backup inspect`: any object of a repository, as JSON.

import { inspectObject } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { printResult } from '../../output/print-result.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { withRepository } from './with-repository.ts';

export function addInspectCommand(noun: Command, context: CommandContext): void {
  addRepositoryOptions(
    noun
      .command('inspect')
      .description(
        'Shows any object, where a chunk lies, or what a file consists of, as JSON without secrets.',
      )
      .argument(
        '<what>',
        "an object's name (packs/ab/ab12...), id or the beginning of one, a chunk's fingerprint, latest, or SNAPSHOT:PATH",
      ),
  ).action((what: string, options: RepositoryOptions) =>
    withRepository(context, options, async (repository) => {
      const result = await inspectObject(repository, what);
      printResult(context, options, { result, text: () => `${JSON.stringify(result, null, 2)}\n` });
    }),
  );
}
