// `cairn backup gc`: gives back the space of what no snapshot needs, while backups run.

import { type CollectReport, collectGarbage } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { countText } from '../../output/count.ts';
import { printResult } from '../../output/print-result.ts';
import { interruptibly } from './interruption.ts';
import { openProgressBar } from './progress.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  type RepositoryOptions,
} from './repository-options.ts';
import { byteSize } from './sizes.ts';
import { whoami, withRepository } from './with-repository.ts';

export type GcOptions = RepositoryOptions &
  BandwidthOptions & {
    readonly dryRun?: boolean;
    readonly maxUnused?: string;
    readonly maxRewrite?: number;
    readonly reseal?: boolean;
  };

export function addGcCommand(noun: Command, context: CommandContext): void {
  addBandwidthOptions(
    addRepositoryOptions(
      noun
        .command('gc')
        .description(
          'Removes what no snapshot needs, while backups run. It may be stopped at any moment; what backups under way may need waits for a later run. Exits with 1 when damage keeps it from deleting.',
        ),
    ),
  )
    .option('--dry-run', 'tell, remove nothing')
    .option('--max-unused <percent>', 'of what is stored, before packs are rewritten (default: 5)')
    .option('--max-rewrite <size>', 'rewrite at most so much in this run: 10G', byteSize('--max-rewrite'))
    .option('--reseal', 'also rewrite what an old key seals (see key rotate)')
    .action((options: GcOptions) =>
      withRepository(context, options, async (repository) => {
        const bar = openProgressBar(options);
        const report = await interruptibly((signal) =>
          collectGarbage(repository, {
            ...{ signal, dryRun: options.dryRun ?? false, reseal: options.reseal ?? false, ...whoami() },
            ...(options.maxUnused !== undefined && { maxUnusedPercent: percentOf(options.maxUnused) }),
            ...(options.maxRewrite !== undefined && { maxRewriteBytes: options.maxRewrite }),
            onProgress: ({ phase, done, total }) =>
              bar.show({ done, total, unit: phase === 'rewrite' ? 'bytes' : 'objects', text: phase }),
          }),
        ).finally(() => bar.stop());
        printResult(context, options, { result: report, text: gcText });
        if (report.damaged.length > 0)
          throw new CommandFailed('no', 'nothing was removed, as it is not known what is needed: see repair');
      }),
    );
}

function percentOf(text: string): number {
  const number = Number(text.replace(/%$/, ''));
  if (number >= 0 && number <= 100) return number;
  throw new CommandFailed('usage', `could not use --max-unused '${text}': wanted is 0 to 100`);
}

/** Also what `schedule` reports. */
function gcText(report: CollectReport): string {
  const { dryRun, packsCondemned, bytesCondemned, packsDeleted, bytesFreed, packsWaiting } = report;
  const lines = [
    ...report.damaged.map(({ name, problem }) => `damage: ${name}: ${problem}`),
    `${countText(report.snapshots, 'snapshot')} with ${countText(report.chunksReachable, 'chunk')}, ${bytesText(report.bytesUsed)}; ${bytesText(report.bytesUnused)} beside them are not needed`,
    dryRun
      ? `would remove ${countText(packsCondemned, 'pack')}, ${bytesText(bytesCondemned)}, after rewriting ${bytesText(report.bytesRewritten)}`
      : `removed ${countText(packsDeleted, 'pack')}, ${bytesText(bytesFreed)}, rewrote ${bytesText(report.bytesRewritten)}`,
  ];
  if (report.noRoom)
    lines.push('there was no room to rewrite what is needed in part; what nothing needs went: run gc again');
  if (packsWaiting > 0)
    lines.push(`${packsWaiting} packs wait for writers that may need them; run gc again later:`);
  for (const { session, purpose, host, user, ageMs } of report.waits)
    lines.push(
      `  ${purpose ?? 'writer'} of ${user ?? '?'}@${host ?? '?'}, last seen ${Math.round(ageMs / 1000)} s ago (${session.slice(0, 8)})`,
    );
  if (report.sessionsFenced > 0) lines.push(`${report.sessionsFenced} silent writers were taken for dead`);
  return `${lines.join('\n')}\n`;
}
