// `cairn backup tag`, `rewrite`, `copy`: snapshots that are made from others.

import {
  copySnapshots,
  fingerprintServiceFor,
  rewriteSnapshots,
  type TagChange,
  type TransformedSnapshot,
  type TransformProgress,
  tagSnapshots,
} from '@cairn/backup';
import { realWorld } from '@cairn/world';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { collected } from '../../output/command-options.ts';
import { printResult } from '../../output/print-result.ts';
import { addPatternOptions, type PatternOptions, patternsOf } from './exclude-options.ts';
import { interruptibly } from './interruption.ts';
import { openProgressBar } from './progress.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  patienceOf,
  type RepositoryOptions,
} from './repository-options.ts';
import { addFilterOptions, chosenSnapshots, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { whoami, withRepository } from './with-repository.ts';

type ChoiceOptions = RepositoryOptions & FilterOptions;

export function addTagCommand(noun: Command, context: CommandContext): void {
  chooses(noun.command('tag').description('Adds, removes or sets tags of snapshots.'))
    .option('--add <tag[,tag]>', 'may be repeated', collected)
    .option('--remove <tag[,tag]>', 'may be repeated', collected)
    .option('--set <tag[,tag]>', 'these and no others; may be repeated, empty for none', collected)
    .action((names: readonly string[], options: ChoiceOptions & TagOptions) =>
      withRepository(context, options, async (repository) => {
        const change = tagChangeOf(options);
        const chosen = await chosenSnapshots(context, repository, { names, filter: filterOf(options) });
        print(context, options, await tagSnapshots(repository, chosen, { ...whoami(), change }));
      }),
    );
}

type TagOptions = {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly set?: readonly string[];
};

function tagChangeOf({ add, remove, set }: TagOptions): TagChange {
  const tagsOf = (lists: readonly string[] = []) => lists.flatMap((list) => list.split(',')).filter(Boolean);
  if (set !== undefined && add === undefined && remove === undefined) return { set: tagsOf(set) };
  if (set === undefined && (add ?? remove) !== undefined) return { add: tagsOf(add), remove: tagsOf(remove) };
  throw new CommandFailed('usage', 'name --add and --remove, or --set alone');
}

export function addRewriteCommand(noun: Command, context: CommandContext): void {
  addPatternOptions(
    addBandwidthOptions(
      chooses(
        noun
          .command('rewrite')
          .description(
            'Makes copies of snapshots without what matches. With --forget and gc, it is gone for good.',
          ),
      ),
    ),
  )
    .option('--forget', 'forget the old snapshots')
    .option('--dry-run', 'tell, write nothing')
    .action(
      (
        names: readonly string[],
        options: ChoiceOptions &
          BandwidthOptions &
          PatternOptions & { readonly forget?: boolean; readonly dryRun?: boolean },
      ) =>
        withRepository(context, options, async (repository) => {
          const excludes = await patternsOf(context, options);
          if (excludes.length === 0)
            throw new CommandFailed('usage', 'name what to leave out with --exclude');
          const chosen = await chosenSnapshots(context, repository, { names, filter: filterOf(options) });
          const { forget = false, dryRun = false } = options;
          const results = await withProgress(options, (watch) =>
            rewriteSnapshots(repository, chosen, { ...{ excludes, forget, dryRun }, ...whoami(), ...watch }),
          );
          print(context, options, results);
        }),
    );
}

export function addCopyCommand(noun: Command, context: CommandContext): void {
  addBandwidthOptions(
    chooses(
      noun
        .command('copy')
        .description(
          'Copies snapshots to another repository, which may have another password; what is there is not copied again.',
        ),
    ),
  )
    .requiredOption('--to <url>', 'the repository that gets them')
    .option('--to-password-file <file>', 'its password (default: CAIRN_BACKUP_TO_PASSWORD, else a prompt)')
    .option('--dry-run', 'tell, write nothing')
    .action(
      (
        names: readonly string[],
        options: ChoiceOptions &
          BandwidthOptions & {
            readonly to: string;
            readonly toPasswordFile?: string;
            readonly dryRun?: boolean;
          },
      ) =>
        withRepository(context, options, (source) => {
          const { to, toPasswordFile, dryRun = false } = options;
          const { retryFor, limitUpload, limitDownload } = options;
          const opening = {
            repo: to,
            ...(toPasswordFile !== undefined && { passwordFile: toPasswordFile }),
            ...(retryFor !== undefined && { retryFor }),
            ...(limitUpload !== undefined && { limitUpload }),
            ...(limitDownload !== undefined && { limitDownload }),
          };
          return withRepository(
            context,
            opening,
            async (target) => {
              const service = { concurrency: target.config.concurrency, patienceMs: patienceOf(options) };
              const chosen = await chosenSnapshots(context, source, { names, filter: filterOf(options) });
              const results = await withProgress(options, (watch) =>
                copySnapshots(source, target, chosen, {
                  ...{ dryRun, ...whoami(), ...watch },
                  openService: fingerprintServiceFor({ url: to, world: realWorld(), ...service }),
                }),
              );
              print(context, options, results);
            },
            {
              prompt: 'password of the target: ',
              variable: 'CAIRN_BACKUP_TO_PASSWORD',
              options: '--to-password-file',
            },
          );
        }),
    );
}

function chooses(command: Command): Command {
  return addFilterOptions(addRepositoryOptions(command)).argument(
    '[snapshot...]',
    'these; without any, all that the filters let through',
  );
}

type Watch = { readonly signal: AbortSignal; readonly onProgress: (progress: TransformProgress) => void };

async function withProgress<Result>(
  options: RepositoryOptions,
  work: (watch: Watch) => Promise<Result>,
): Promise<Result> {
  const bar = openProgressBar(options);
  try {
    return await interruptibly((signal) =>
      work({
        signal,
        onProgress: ({ done, total, chunks }) =>
          bar.show({ done, total, unit: 'objects', text: chunks > 0 ? `${chunks} chunks` : 'snapshots' }),
      }),
    );
  } finally {
    bar.stop();
  }
}

function print(
  context: CommandContext,
  options: RepositoryOptions,
  results: readonly TransformedSnapshot[],
): void {
  printResult(context, options, {
    result: results,
    text: () =>
      results
        .map(({ snapshot, made, skipped }) => {
          const outcome = made === undefined ? (skipped ?? 'would be made') : `is now ${made.slice(0, 8)}`;
          return `${snapshot.slice(0, 8)} ${outcome}\n`;
        })
        .join(''),
  });
}
