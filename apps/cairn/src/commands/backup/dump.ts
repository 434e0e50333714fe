// `cairn backup dump`: a file, or a directory as a tar archive, on standard output.

import { dumpFile, dumpTree, openTree, pathBytes, resolveSnapshot } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addExamples } from '../../output/examples.ts';
import { printResult } from '../../output/print-result.ts';
import { entryJson } from './entry-text.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  type RepositoryOptions,
} from './repository-options.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type DumpOptions = RepositoryOptions & FilterOptions & BandwidthOptions;

export function addDumpCommand(noun: Command, context: CommandContext): void {
  const command = addFilterOptions(
    addBandwidthOptions(
      addRepositoryOptions(
        noun
          .command('dump')
          .description(
            'Writes a file to standard output, or a directory and all below it as a tar archive; with --json instead what lies there.',
          )
          .argument('<snapshot>', 'an id, the beginning of one, or latest (see the filters)')
          .argument('<path>', 'of a file or a directory'),
      ),
    ),
  );
  addExamples(command, [
    'cairn backup dump latest /home/ann/notes.txt | less',
    'cairn backup dump latest /home/ann | tar --extract --directory /tmp',
  ]);
  command.action((name: string, path: string, options: DumpOptions) =>
    withRepository(context, options, async (repository) => {
      const { printBytes } = context;
      if (printBytes === undefined) throw new CommandFailed('usage', 'there is no standard output for bytes');
      const snapshot = await resolveSnapshot(repository, name, filterOf(options));
      const at = pathBytes(path);
      const entry = await openTree(repository, snapshot).resolve(at);
      if (options.json === true && entry !== undefined) {
        printResult(context, options, { result: entryJson(at, entry), text: () => '' });
        return;
      }
      const dump = entry?.type === 'directory' ? dumpTree : dumpFile;
      for await (const bytes of await dump(repository, snapshot, at)) {
        printBytes(bytes);
        if ((await context.flushed?.()) === false) return;
      }
    }),
  );
}
