// `cairn backup find`: in which snapshots a file is.

import { compilePathPattern, findEntries } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { collected } from '../../output/command-options.ts';
import { entryJson, entryLine } from './entry-text.ts';
import { OutputBuffer } from './output-buffer.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { addFilterOptions, chosenSnapshots, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type FindOptions = RepositoryOptions &
  FilterOptions & {
    readonly snapshot?: readonly string[];
    readonly ignoreCase?: boolean;
    readonly type?: string;
  };

const types = ['file', 'directory', 'symlink', 'fifo', 'character-device', 'block-device', 'socket'];

export function addFindCommand(noun: Command, context: CommandContext): void {
  addFilterOptions(
    addRepositoryOptions(
      noun
        .command('find')
        .description(
          'Finds files by name (*.key) or by path (/home/**/*.key), in all snapshots or in some. Exits with 1 when there are none.',
        )
        .argument('<pattern...>', 'matches any of them'),
    ),
  )
    .option('--snapshot <snapshot>', 'only in this one; may be repeated', collected)
    .option('-i, --ignore-case', 'upper and lower case are the same')
    .option('--type <type>', `only ${types.join(', ')}`)
    .action((texts: readonly string[], options: FindOptions) =>
      withRepository(context, options, async (repository) => {
        const patterns = texts.map((text) =>
          compilePathPattern(text, { ignoreCase: options.ignoreCase ?? false }),
        );
        const { type } = options;
        if (type !== undefined && !types.includes(type))
          throw new CommandFailed('usage', `could not use --type '${type}': wanted is ${types.join(', ')}`);
        const snapshots = await chosenSnapshots(context, repository, {
          names: options.snapshot ?? [],
          filter: filterOf(options),
        });
        const print = new OutputBuffer(context);
        let found = 0;
        for await (const { snapshot, path, entry } of findEntries(repository, snapshots, {
          patterns,
          ...(type !== undefined && { filter: (one) => one.type === type }),
        })) {
          found += 1;
          const line = options.json
            ? JSON.stringify({ snapshot: snapshot.id, ...entryJson(path, entry) })
            : `${snapshot.id.slice(0, 8)} ${entryLine(path, entry, snapshot)}`;
          if (!(await print.add(`${line}\n`))) return;
        }
        await print.flush();
        if (found === 0) throw new CommandFailed('no', `nothing matches in ${snapshots.length} snapshots`);
      }),
    );
}
