// `cairn object-storage gc`: gives space back now instead of by and by.

import type { GcReport } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';

export function addGcCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('gc')
      .description('Removes garbage and orphans now, compacts segments, and tells what came back.'),
  ).action((options: ClientOptions) =>
    runCall<GcReport>(context, options, {
      system: 'object-storage',
      method: 'POST',
      path: ['gc'],
      text: reportText,
      verdict: ({ problems }) => {
        if (problems.length > 0) throw new CommandFailed('no', 'not all of it could be done');
      },
    }),
  );
}

function reportText(report: GcReport): string {
  const removed = `removed ${report.garbageBlobs} blobs of garbage and ${report.orphanBlobs} orphans\n`;
  const space = `freed ${report.freedBytes} bytes, copied ${report.copiedBytes} bytes to do so\n`;
  return removed + space + report.problems.map((problem) => `problem: ${problem}\n`).join('');
}
