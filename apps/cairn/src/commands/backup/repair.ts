// `cairn backup repair`: rebuilds what can be rebuilt, saves all that is readable, names what is hurt.

import { type RepairReport, repairRepository } from '@cairn/backup';
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
import { findingsText } from './verify.ts';
import { whoami, withRepository } from './with-repository.ts';

type RepairCommandOptions = RepositoryOptions &
  BandwidthOptions & {
    readonly dryRun?: boolean;
    readonly readData?: boolean;
    readonly forget?: boolean;
  };

export function addRepairCommand(noun: Command, context: CommandContext): void {
  addBandwidthOptions(
    addRepositoryOptions(
      noun
        .command('repair')
        .description(
          'Rebuilds the index from the packs, stores readable chunks of damaged packs anew, and makes readable copies of hurt snapshots. Works beside running backups. Exits with 1 when something is lost.',
        ),
    ),
  )
    .option('--dry-run', 'tell, write nothing')
    .option('--read-data', 'read every pack whole to find damage')
    .option('--forget', 'forget the hurt snapshots that were replaced')
    .action((options: RepairCommandOptions) =>
      withRepository(context, options, async (repository) => {
        const { dryRun = false, readData = false, forget = false } = options;
        const bar = openProgressBar(options);
        const report = await interruptibly((signal) =>
          repairRepository(repository, {
            ...{ dryRun, readData, forget, signal, ...whoami() },
            onProgress: ({ stage, done, total }) => bar.show({ done, total, unit: 'objects', text: stage }),
          }),
        ).finally(() => bar.stop());
        printResult(context, options, { result: report, text: repairText });
        if (report.salvage.chunksLost > 0 || report.snapshotsLost.length > 0)
          throw new CommandFailed('no', 'some data is lost: it was named');
      }),
    );
}

const unexamined =
  'snapshots were not examined: what is lost is known once these packs are in the index, which a dry run does not write';

function repairText(report: RepairReport): string {
  const { findings, index, salvage, copiesMended, listsRemoved } = report;
  const { snapshots, snapshotsLost, snapshotsExamined } = report;
  const lost = snapshotsExamined ? salvage.chunksLost : 'an unknown number';
  const lines = [
    `index: ${countText(index.packsAdded.length, 'pack')} added, ${index.packsDropped.length} dropped`,
    `salvaged ${countText(salvage.chunks, 'chunk')} (${bytesText(salvage.bytes)}), lost ${lost}`,
    ...copiesMended.map((name) => `wrote ${name} anew`),
    ...listsRemoved.map((name) => `removed ${name}: gc makes it anew where it is needed`),
    ...snapshotsLost.map(
      (id) => `snapshot ${id.slice(0, 8)} is lost; until it is forgotten gc frees nothing`,
    ),
    ...(snapshotsExamined ? [] : [unexamined]),
    ...snapshots.flatMap(({ snapshot, repaired, files }) => [
      `snapshot ${snapshot.slice(0, 8)}: ${repaired === undefined ? 'not copied' : `readable copy ${repaired.slice(0, 8)}`}`,
      ...files.map(({ path, outcome, bytesLost }) => `  ${outcome} ${path} (${bytesText(bytesLost)} lost)`),
    ]),
  ];
  return `${findingsText(findings)}${lines.join('\n')}\n`;
}
