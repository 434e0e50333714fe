// `cairn queue check`: looks for damage of every kind, and says how far it is.

import type { CheckStep } from '@cairn/message-queue';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import { streamSystem } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';

const system = 'message-queue';

export function addCheckCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('check')
      .summary('look for damage')
      .description(
        'Looks for damage, without changing anything: reads every byte of topics and queues. Exits with 1 when there is damage. With --json a finding, how far it is, and at the end the summary are lines.',
      )
      .option('--deep', 'unpack every batch too, and look at its records'),
  ).action((options: ClientOptions & { deep?: boolean }) =>
    withManagementApi(context, { ...options, system }, async (api) => {
      const call = { system, method: 'GET', path: ['check'], query: { deep: options.deep } } as const;
      const shown = options.json ? jsonLines(context) : text(context);
      let damage: number | undefined;
      for await (const item of streamSystem(api, call)) {
        const step = item as CheckStep;
        shown(step);
        if (step.kind === 'summary') damage = step.damage;
      }
      if (damage === undefined) throw new CommandFailed('unexpected', 'the check ended without a summary');
      if (damage > 0) throw new CommandFailed('no', `${damage} things are damaged`);
    }),
  );
}

function jsonLines(context: CommandContext): (step: CheckStep) => void {
  return (step) => context.print(`${JSON.stringify(step)}\n`);
}

/** Progress on a terminal is one line that changes, and goes before anything else is printed. */
function text(context: CommandContext): (step: CheckStep) => void {
  const isTerminal = process.stderr.isTTY === true;
  const clear = (): void => {
    if (isTerminal) context.printError('\r\u001b[2K');
  };
  return (step) => {
    if (step.kind === 'progress') {
      clear();
      if (isTerminal) context.printError(progressText(step));
      return;
    }
    clear();
    context.print(step.kind === 'finding' ? findingText(step.finding) : summaryText(step));
  };
}

function progressText({ checkedLogs, logs, checkedBytes }: CheckStep & { kind: 'progress' }): string {
  return `checked ${checkedLogs} of ${logs} partitions and queues, ${bytesText(checkedBytes)}`;
}

function findingText({ severity, where, detail }: (CheckStep & { kind: 'finding' })['finding']): string {
  return `${severity}: ${where}: ${detail}`.replaceAll(/\p{Control}/gu, '\uFFFD').concat('\n');
}

function summaryText({
  logs,
  segments,
  batches,
  bytes,
  damage,
  notices,
}: CheckStep & { kind: 'summary' }): string {
  const verdict = damage > 0 ? `${damage} things are damaged` : 'sound';
  const noticed = notices === 0 ? '' : `, ${notices} notices`;
  return `${verdict}${noticed}: read ${batches} batches with ${bytesText(bytes)} in ${segments} segments of ${logs} partitions and queues\n`;
}
