// `cairn backup stats`: how much there is, and what deduplication and compression save.

import {
  type RepositoryStats,
  type RepositoryUsage,
  repositoryStats,
  type StatsMode,
  statsModes,
} from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { countText } from '../../output/count.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { atService, isAtService } from './at-service.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { addFilterOptions, chosenSnapshots, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { repositoryUrl, withRepository } from './with-repository.ts';

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
        const stats = await repositoryStats(repository, { mode, snapshots });
        const usage = await usageOf(context, options);
        printResult(context, options, {
          result: { ...stats, ...(usage !== undefined && { usage }) },
          text: () => `${statsText(stats)}${usageText(usage)}`,
        });
      }),
    );
}

type Usage = RepositoryUsage | { readonly unknown: string };

/** At the service, of the whole repository, what it counts. A key that may only add need not be allowed to see it. */
async function usageOf(context: CommandContext, { repo }: RepositoryOptions): Promise<Usage | undefined> {
  if (!isAtService(repositoryUrl(context, repo))) return undefined;
  try {
    return await atService(context, { repo, what: 'has a quota' }, (service) => service.usage());
  } catch (error) {
    if (error instanceof CommandFailed && error.exit === 'no') return { unknown: error.message };
    throw error;
  }
}

function usageText(usage: Usage | undefined): string {
  if (usage === undefined) return '';
  if ('unknown' in usage) return `${usage.unknown}\n`;
  const { usedBytes, quotaBytes } = usage;
  if (quotaBytes === undefined) return `${bytesText(usedBytes)} are used; there is no quota\n`;
  const share = quotaBytes === 0 ? '' : ` (${Math.round((usedBytes / quotaBytes) * 100)}%)`;
  return `${bytesText(usedBytes)} of a quota of ${bytesText(quotaBytes)} are used${share}\n`;
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
