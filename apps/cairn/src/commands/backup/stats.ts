// `cairn backup stats`: how much there is, and what deduplication and compression save.

import { type RepositoryStats, repositoryStats, type StatsMode, statsModes } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { countText } from '../../output/count.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { addFilterOptions, chosenSnapshots, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type StatsCommandOptions = RepositoryOptions & FilterOptions & { readonly mode?: string };

export function addStatsCommand(noun: Command, context: CommandContext): void {
  addFilterOptions(
    addRepositoryOptions(
      noun
        .command('stats')
        .description(
          'Counts: raw-data what is stored for the snapshots and what each alone needs, restore-size what restoring them writes, files-by-contents the same with equal files once.',
        )
        .argument('[snapshot...]', 'of these; without any, of all'),
    ),
  )
    .option('--mode <mode>', `${statsModes.join(', ')} (default: raw-data)`)
    .action((names: readonly string[], options: StatsCommandOptions) =>
      withRepository(context, options, async (repository) => {
        const mode = modeOf(options.mode ?? 'raw-data');
        const snapshots = await chosenSnapshots(context, repository, { names, filter: filterOf(options) });
        printResult(context, options, {
          result: await repositoryStats(repository, { mode, snapshots }),
          text: statsText,
        });
      }),
    );
}

function modeOf(text: string): StatsMode {
  const mode = statsModes.find((one) => one === text);
  if (mode !== undefined) return mode;
  throw new CommandFailed('usage', `could not use --mode '${text}': wanted is ${statsModes.join(', ')}`);
}

function statsText(stats: RepositoryStats): string {
  if (stats.mode !== 'raw-data')
    return `${countText(stats.snapshots, 'snapshot')}, ${countText(stats.files, 'file')}, ${bytesText(stats.bytes)}\n`;
  const { snapshots, restoreBytes, deduplication, compression, packs, packBytes, perSnapshot } = stats;
  const rows = table(perSnapshot, [
    { title: 'snapshot', value: ({ snapshot }) => snapshot.slice(0, 8) },
    { title: 'files', value: ({ files }) => files },
    { title: 'size', value: ({ restoreBytes: bytes }) => bytesText(bytes) },
    { title: 'its own', value: ({ unique }) => bytesText(unique.storedBytes) },
  ]);
  const lines = [
    `${countText(snapshots, 'snapshot')} of ${bytesText(restoreBytes)} are ${bytesText(stats.rawBytes)} in ${stats.chunks} chunks (each byte is used ${deduplication.toFixed(2)} times)`,
    `stored as ${bytesText(stats.storedBytes)} (compressed ${compression.toFixed(2)} times); ${countText(packs, 'pack')}, ${bytesText(packBytes)}`,
    ...(stats.chunksMissing > 0 ? [`${stats.chunksMissing} chunks are missing: see verify`] : []),
  ];
  return `${rows}${lines.join('\n')}\n`;
}
