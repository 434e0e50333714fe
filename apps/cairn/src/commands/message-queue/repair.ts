// `cairn queue repair`: makes what can be made again, and tells what is lost.

import type { RepairReport } from '@cairn/message-queue';
import type { Command } from 'commander';
import { repairFolder } from '../../client/repair-folder.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import {
  addConfigurationOptions,
  addJsonOption,
  type ConfigurationOptions,
  type JsonOption,
} from '../../output/command-options.ts';
import { printResult } from '../../output/print-result.ts';

export function addRepairCommand(noun: Command, context: CommandContext): void {
  addJsonOption(
    addConfigurationOptions(
      noun
        .command('repair')
        .summary('repair the data folder')
        .description(
          'Makes indexes, checkpoints and lists of segments anew, cuts what was never synced, removes leftovers, and names the records that are lost. Refuses while the folder is in use; exits with 1 when something is lost and was not accepted.',
        )
        .option('--accept-loss', 'let consumers pass over the records that are lost'),
    ),
  ).action(async (options: ConfigurationOptions & JsonOption & { acceptLoss?: boolean }) => {
    const report = (await repairFolder(context, options, 'message-queue')) as RepairReport;
    printResult(context, options, { result: report, text: reportText });
    const left = report.problems.filter(({ isResolved }) => !isResolved).length;
    if (left > 0) throw new CommandFailed('no', `${left} problems are left`);
  });
}

function reportText(report: RepairReport): string {
  const { logs, remadeFiles, removedLeftovers, cutTails } = report;
  const lines = [
    `${logs} partitions and queues were read and opened`,
    `${remadeFiles.length} files were made again, ${removedLeftovers.length} leftovers removed, ${cutTails.length} torn ends cut`,
    ...remadeFiles.map(({ where, file, detail }) => `made again: ${where}: ${file}: ${detail}`),
    ...removedLeftovers.map((path) => `removed: ${path}`),
    ...cutTails.map(({ where, detail }) => `cut: ${where}: ${detail}`),
    ...report.problems.map(
      ({ where, detail, isResolved }) => `${isResolved ? 'passed over' : 'left'}: ${where}: ${detail}`,
    ),
  ];
  return lines.map((line) => `${line.replaceAll(/\p{Control}/gu, '\uFFFD')}\n`).join('');
}
