// `cairn backup files`: what a snapshot holds.

import { openTree, pathBytes, pathText, resolveSnapshot, type Snapshot, type TreeEntry } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { entryJson, entryLine } from './entry-text.ts';
import { OutputBuffer } from './output-buffer.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type FilesOptions = RepositoryOptions &
  FilterOptions & { readonly long?: boolean; readonly directory?: boolean };

export function addFilesCommand(noun: Command, context: CommandContext): void {
  addFilterOptions(
    addRepositoryOptions(
      noun
        .command('files')
        .description('Lists the files of a snapshot, all of them or those below a path.')
        .argument('<snapshot>', 'an id, the beginning of one, or latest (see the filters)')
        .argument('[path]', 'only what is here'),
    ),
  )
    .option('-l, --long', 'with mode, owner, size and time')
    .option('-d, --directory', 'of a directory only what lies directly in it')
    .action((name: string, path: string | undefined, options: FilesOptions) =>
      withRepository(context, options, async (repository) => {
        const snapshot = await resolveSnapshot(repository, name, filterOf(options));
        const tree = openTree(repository, snapshot);
        const start = pathBytes(path ?? '/');
        const directory = await tree.resolve(start);
        if (directory === undefined) throw new CommandFailed('no', `the snapshot has nothing at ${path}`);
        const print = new OutputBuffer(context);
        const line = lineOf(options, snapshot);
        if (directory.type !== 'directory') await print.add(line(start, directory));
        else
          for await (const { path: at, entry } of tree.walk({
            start: { directory, path: start },
            ...(options.directory && { enter: () => false }),
          }))
            if (!(await print.add(line(at, entry)))) return;
        await print.flush();
      }),
    );
}

/** JSON is a line for each file, as there may be millions. */
function lineOf(
  { json, long }: FilesOptions,
  snapshot: Snapshot,
): (path: Uint8Array, entry: TreeEntry) => string {
  if (json === true) return (path, entry) => `${JSON.stringify(entryJson(path, entry))}\n`;
  if (long === true) return (path, entry) => `${entryLine(path, entry, snapshot)}\n`;
  return (path) => `${pathText(path)}\n`;
}
