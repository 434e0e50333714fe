// `cairn backup restore`: a snapshot, or some of it, into a directory.

import { resolve } from 'node:path';
import {
  type OverwritePolicy,
  pathBytes,
  pathText,
  type RestoreOptions,
  type RestoreResult,
  resolveSnapshot,
  restoreSnapshot,
  type Snapshot,
} from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { collected } from '../../output/command-options.ts';
import { countText } from '../../output/count.ts';
import { addExamples } from '../../output/examples.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { interruptibly } from './interruption.ts';
import { openProgressBar } from './progress.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  type RepositoryOptions,
} from './repository-options.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type RestoreCommandOptions = RepositoryOptions &
  BandwidthOptions &
  Pick<FilterOptions, 'host' | 'tag' | 'path'> & {
    readonly target?: string;
    readonly include?: readonly string[];
    readonly exclude?: readonly string[];
    readonly from?: string;
    readonly overwrite?: string;
    readonly delete?: boolean;
    readonly verify?: boolean;
    readonly dryRun?: boolean;
    readonly threads?: number;
  };

const policies: readonly OverwritePolicy[] = ['always', 'if-changed', 'if-newer', 'never'];

export function addRestoreCommand(noun: Command, context: CommandContext): void {
  const command = addFilterOptions(
    addBandwidthOptions(
      addRepositoryOptions(
        noun
          .command('restore')
          .description(
            'Restores a snapshot into a directory; nothing outside of it is written. Exits with 3 when something could not be restored: the rest was.',
          )
          .argument('<snapshot>', 'an id, the beginning of one, or latest (see the filters)'),
      ),
    ),
  )
    .option('--target <dir>', 'where to (default: the working folder)')
    .option('--include <pattern>', 'only what matches, with all below it; may be repeated', collected)
    .option('--exclude <pattern>', 'leave out what matches; may be repeated', collected)
    .option('--from <path>', 'only what is below this path, right into the target')
    .option('--overwrite <policy>', `what is there already: ${policies.join(', ')} (default: always)`)
    .option('--delete', 'remove what the snapshot lacks from restored directories')
    .option('--verify', 'read back and compare every file that was written')
    .option('--dry-run', 'tell, write nothing')
    .option(
      '--threads <n>',
      'threads that decrypt and write (default: one per core)',
      wholeNumber('--threads', 1, 256),
    );
  addExamples(command, [
    'cairn backup restore latest --target /tmp/back --include /home/ann/notes',
    'cairn backup restore 4bba301e --from /home/ann --target /home/ann --overwrite if-changed',
  ]);
  command.action((name: string, options: RestoreCommandOptions) =>
    withRepository(context, options, async (repository) => {
      const wanted = optionsOf(context, options);
      const snapshot = await resolveSnapshot(repository, name, filterOf(options));
      const bar = openProgressBar(options);
      const result = await interruptibly((signal) =>
        restoreSnapshot(repository, snapshot, {
          ...wanted,
          signal,
          onProgress: ({ bytes, files, problems }) =>
            bar.show({
              done: bytes,
              unit: 'bytes',
              ...(isWhole(options) && { total: snapshot.summary.bytes }),
              text: `${files} files${problems > 0 ? `, ${problems} problems` : ''}`,
            }),
        }),
      ).finally(() => bar.stop());
      print(context, options, { result, snapshot });
      if (isNothing(result))
        throw new CommandFailed('no', 'nothing in the snapshot is what --include and --exclude let through');
      if (result.problems > 0) throw new CommandFailed('partial', problemsText(result, options));
    }),
  );
}

/** A whole snapshot has a root at least; of a pattern that matches nothing its writer wants to know. */
function isNothing({ files, directories, filesKept, problems }: RestoreResult): boolean {
  return files + directories + filesKept + problems === 0;
}

function isWhole({ include, exclude, from }: RestoreCommandOptions): boolean {
  return (include ?? exclude ?? from) === undefined;
}

function optionsOf({ directory }: CommandContext, options: RestoreCommandOptions): RestoreOptions {
  const { include, exclude, from, overwrite, threads } = options;
  const policy = policies.find((one) => one === (overwrite ?? 'always'));
  if (policy === undefined)
    throw new CommandFailed(
      'usage',
      `could not use --overwrite '${overwrite}': wanted is ${policies.join(', ')}`,
    );
  return {
    target: resolve(directory, options.target ?? '.'),
    overwrite: policy,
    delete: options.delete ?? false,
    verify: options.verify ?? false,
    dryRun: options.dryRun ?? false,
    inCallingThread: true,
    ...(include !== undefined && { includes: include }),
    ...(exclude !== undefined && { excludes: exclude }),
    ...(from !== undefined && { path: pathBytes(from) }),
    ...(threads !== undefined && { workers: threads }),
  };
}

function print(
  context: CommandContext,
  options: RestoreCommandOptions,
  { result, snapshot }: { readonly result: RestoreResult; readonly snapshot: Snapshot },
): void {
  printResult(context, options, {
    result: {
      ...result,
      snapshot: snapshot.id,
      named: result.named.map(({ path, problem }) => ({ path: pathText(path), problem })),
    },
    text: ({ files, directories, bytes, filesKept, filesDeleted, warnings }) => {
      const verb = options.dryRun ? 'would restore' : 'restored';
      const kept = filesKept > 0 ? `, kept ${filesKept}` : '';
      const deleted = filesDeleted > 0 ? `, removed ${filesDeleted}` : '';
      const counts = `${verb} ${countText(files, 'file')}, ${countText(directories, 'directory', 'directories')}, ${bytesText(bytes)}${kept}${deleted}`;
      const lines = [
        ...warnings.map((warning) => `warning: ${warning}`),
        `${counts} of ${snapshot.id.slice(0, 8)}`,
      ];
      return `${lines.join('\n')}\n`;
    },
  });
}

const problemsShown = 50;

function problemsText({ named, problems }: RestoreResult, { json }: RepositoryOptions): string {
  if (json === true) return '';
  const lines = named.slice(0, problemsShown).map(({ path, problem }) => `${pathText(path)}: ${problem}`);
  if (problems > problemsShown) lines.push(`and ${problems - lines.length} more (--json names them)`);
  return [...lines, `${countText(problems, 'file')} could not be restored`].join('\n');
}
