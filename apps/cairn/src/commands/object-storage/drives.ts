// `cairn object-storage drives`: the state of each drive and of healing; `drives replace`: a new drive for a missing one.

import type { DrivesStats } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

type Answer = { readonly drives?: DrivesStats | undefined };

export function addDrivesCommand(noun: Command, context: CommandContext): void {
  const drives = noun.command('drives').description('The drives that objects lie on, and their healing.');
  addClientOptions(
    drives
      .command('list', { isDefault: true })
      .description(
        'Shows each drive, how objects are kept on them, and how far healing is; exits with 1 when one is missing.',
      ),
  ).action((options: ClientOptions) =>
    runCall<Answer>(context, options, {
      ...{ system: 'object-storage', method: 'GET', path: ['drives'] },
      text: drivesText,
      verdict: ({ drives: found }) => {
        const missing = found?.drives.filter(({ state }) => state === 'missing') ?? [];
        if (missing.length > 0) throw new CommandFailed('no', `${missing.length} drives are missing`);
      },
    }),
  );
  addClientOptions(
    drives
      .command('replace')
      .argument('<folder>', 'as object-storage.data.drives names it; empty now')
      .description('Takes the empty folder of a missing drive for a new drive, which healing fills.'),
  ).action((folder: string, options: ClientOptions) =>
    runCall<Answer>(context, options, {
      ...{ system: 'object-storage', method: 'POST', path: ['drives', 'replace'], body: { folder } },
      text: drivesText,
    }),
  );
}

export function drivesText({ drives }: Answer): string {
  if (drives === undefined) return 'all objects lie in the data folder\n';
  const rows = table(drives.drives, [
    { title: 'DRIVE', value: ({ folder }) => folder },
    { title: 'STATE', value: ({ state }) => state },
    { title: 'FREE', value: ({ freeBytes }) => freeBytes },
    { title: 'BLOBS', value: ({ blobs }) => blobs },
    { title: 'DAMAGED', value: ({ damagedBlobs }) => damagedBlobs },
    { title: 'WHY', value: ({ reason }) => reason },
  ]);
  return `redundancy ${drives.redundancy}\n${rows}${healingText(drives.healing)}`;
}

function healingText(healing: DrivesStats['healing']): string {
  const { running, startedMs, finishedMs, scannedBlobs, healedBlobs, healedBytes } = healing;
  const when = running ? `since ${timeText(startedMs)}` : finishedMs === 0 ? 'never' : timeText(finishedMs);
  const counts = `${scannedBlobs} blobs looked at, ${healedBlobs} healed (${healedBytes} bytes), ${healing.queuedBlobs} waiting`;
  const left = `${healing.degradedBlobs} blobs are degraded, ${healing.lostBlobs} lost\n`;
  return `healing ${running ? 'runs' : 'finished'} ${when}: ${counts}\n${left}`;
}
