// `cairn object-storage stats`: how much there is, how much of it is dead or damaged, how far the scrubber has come.

import type { ObjectStorageStats } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

export function addStatsCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun.command('stats').description('Counts what is stored, live and dead, and what was found damaged.'),
  ).action((options: ClientOptions) =>
    runCall<ObjectStorageStats>(context, options, {
      system: 'object-storage',
      method: 'GET',
      path: ['stats'],
      text: statsText,
    }),
  );
}

function statsText({ scrub, encryption, ...counts }: ObjectStorageStats): string {
  const rows: readonly (readonly [string, string | number | undefined])[] = [
    ...Object.entries(counts),
    ...Object.entries({ ...encryption, rewrapping: encryption.rewrapping ? 'yes' : 'no' }),
    ['scrubStarted', scrub.startedMs === 0 ? 'never' : timeText(scrub.startedMs)],
    ['scrubReadBlobs', scrub.readBlobs],
    ['scrubReadBytes', scrub.readBytes],
    ['scrubFinished', scrub.finishedMs === 0 ? 'never' : timeText(scrub.finishedMs)],
  ];
  return table(rows, [
    { title: 'WHAT', value: ([name]) => name },
    { title: 'COUNT', value: ([, count]) => count },
  ]);
}
