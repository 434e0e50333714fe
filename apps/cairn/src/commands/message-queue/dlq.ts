// `cairn queue dlq`: dead letters of SQS queues, and how they go back.

import { setTimeout as rest } from 'node:timers/promises';
import type { DeadLetters, RedriveTask } from '@cairn/message-queue';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import type { ManagementApi } from '../../client/management-api.ts';
import { callSystem, runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'message-queue';

export function addDeadLetterCommands(noun: Command, context: CommandContext): void {
  const dlq = noun.command('dlq').description('Dead letters: messages that were received too often.');
  addClientOptions(
    dlq
      .command('list')
      .description(
        'Lists the queues that get dead letters, whose, and how many; or shows one, with its redrives.',
      )
      .argument('[queue]'),
  ).action((queue: string | undefined, options: ClientOptions) =>
    queue === undefined
      ? runCall<{ items: readonly DeadLetters[] }>(context, options, {
          ...{ system, method: 'GET', path: ['dead-letters'] },
          text: ({ items }) => (items.length === 0 ? 'no queue gets dead letters\n' : listTable(items)),
        })
      : runCall<DeadLetters>(context, options, {
          ...{ system, method: 'GET', path: ['dead-letters', queue] },
          text: (letters) => `${listTable([letters])}\n${redriveTable(letters.redrives)}`,
        }),
  );
  addRedrive(dlq, context);
  addClientOptions(
    dlq
      .command('cancel')
      .description('Stops the redrive of a queue that is under way; what was moved stays moved.')
      .argument('<queue>'),
  ).action((queue: string, options: ClientOptions) =>
    runCall<RedriveTask>(context, options, {
      ...{ system, method: 'POST', path: ['dead-letters', queue, 'cancel'] },
      text: taskText,
    }),
  );
}

type RedriveOptions = ClientOptions & {
  readonly to?: string;
  readonly rate?: number;
  readonly detach?: boolean;
};

function addRedrive(dlq: Command, context: CommandContext): void {
  const redrive = dlq
    .command('redrive')
    .description(
      'Moves dead letters back to the queues that they came from, or to another one, and shows how far it is. Exits with 1 when it failed.',
    )
    .argument('<queue>')
    .option('--to <queue>', 'to this queue instead')
    .option('--rate <n>', 'so many per second at most', wholeNumber('--rate'))
    .option('--detach', 'leave it to the server and return at once');
  addExamples(addClientOptions(redrive), ['cairn queue dlq redrive jobs-dead --rate 50']).action(
    (queue: string, options: RedriveOptions) =>
      withManagementApi(context, { ...options, system }, (api) => run(api, context, { ...options, queue })),
  );
}

async function run(
  api: ManagementApi,
  context: CommandContext,
  { queue, to, rate, ...options }: RedriveOptions & { readonly queue: string },
): Promise<void> {
  if (options.detach && !/^https?:/.test(api.location))
    throw new CommandFailed(
      'usage',
      'no server runs that it could be left to: start one, or leave --detach out',
    );
  const body = { to, perSecond: rate };
  const call = { system, method: 'POST', path: ['dead-letters', queue, 'redrive'], body } as const;
  const started = (await callSystem(api, call)) as RedriveTask;
  const task = options.detach
    ? started
    : await watch(api, context, { queue, started, isQuiet: options.json ?? false });
  printResult(context, options, { result: task, text: taskText });
  if (task.status === 'FAILED') throw new CommandFailed('no', `the redrive failed: ${task.failureReason}`);
}

/** Until it ends. On a terminal one line that changes. */
async function watch(
  api: ManagementApi,
  context: CommandContext,
  { queue, started, isQuiet }: { queue: string; started: RedriveTask; isQuiet: boolean },
): Promise<RedriveTask> {
  const isTerminal = !isQuiet && process.stderr.isTTY === true;
  const lookEveryMs = { first: 20, most: 500 };
  let task = started;
  for (let waitMs = lookEveryMs.first; isUnderWay(task); waitMs = Math.min(2 * waitMs, lookEveryMs.most)) {
    await rest(waitMs);
    const call = { system, method: 'GET', path: ['dead-letters', queue] } as const;
    const { redrives } = (await callSystem(api, call)) as DeadLetters;
    task = redrives.find(({ id }) => id === task.id) ?? task;
    if (isTerminal) context.printError(`\r\u001b[2Kmoved ${task.moved} of ${task.toMove}`);
  }
  if (isTerminal) context.printError('\r\u001b[2K');
  return task;
}

function isUnderWay({ status }: RedriveTask): boolean {
  return status === 'RUNNING' || status === 'CANCELLING';
}

function taskText({ status, moved, toMove, destination, failureReason }: RedriveTask): string {
  const to = destination === undefined ? '' : ` to ${destination}`;
  const reason = failureReason === undefined ? '' : `: ${failureReason}`;
  return `${status.toLowerCase()}: moved ${moved} of ${toMove}${to}${reason}\n`;
}

type Row = Omit<DeadLetters, 'sources'> & { readonly source: DeadLetters['sources'][number] | undefined };

function listTable(items: readonly DeadLetters[]): string {
  const rows = items.flatMap(({ sources, ...item }): readonly Row[] =>
    sources.length === 0 ? [{ ...item, source: undefined }] : sources.map((source) => ({ ...item, source })),
  );
  return table(rows, [
    { title: 'QUEUE', value: ({ queue }) => queue },
    { title: 'WAITING', value: ({ waiting }) => waiting },
    { title: 'IN FLIGHT', value: ({ inFlight }) => inFlight },
    { title: 'OF', value: ({ source }) => source?.queue },
    { title: 'RECEIVED OVER', value: ({ source }) => source?.maxReceiveCount },
  ]);
}

function redriveTable(redrives: readonly RedriveTask[]): string {
  if (redrives.length === 0) return 'no redrives\n';
  return table(redrives, [
    { title: 'STARTED', value: ({ startedMs }) => timeText(startedMs) },
    { title: 'STATE', value: ({ status }) => status.toLowerCase() },
    { title: 'MOVED', value: ({ moved }) => moved },
    { title: 'OF', value: ({ toMove }) => toMove },
    { title: 'TO', value: ({ destination }) => destination ?? 'where they came from' },
    { title: 'WHY', value: ({ failureReason }) => failureReason },
  ]);
}
