// `cairn queue queues send` and `receive`: messages of SQS queues.

import type { MessageItem } from '@cairn/message-queue';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import { callSystem, runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions, collected } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { pairsOf, wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { timeText } from '../../output/time.ts';
import { groupsOfLines } from './record-lines.ts';

const system = 'message-queue';

export function addMessageCommands(queues: Command, context: CommandContext): void {
  addSend(queues, context);
  addReceive(queues, context);
  addClientOptions(
    queues
      .command('delete-message')
      .description('Deletes a message that was received, by its handle.')
      .argument('<queue>')
      .argument('<handle>'),
  ).action((queue: string, handle: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'POST', path: ['queues', queue, 'delete'], body: { handles: [handle] } },
      text: () => 'deleted\n',
    }),
  );
}

type SendOptions = ClientOptions & {
  readonly body?: readonly string[];
  readonly attribute?: readonly string[];
  readonly messageGroup?: string;
  readonly deduplicationId?: string;
  readonly delaySeconds?: number;
};

function addSend(queues: Command, context: CommandContext): void {
  const send = queues
    .command('send')
    .description('Sends messages: one for each --body, else one for each line of standard input.')
    .argument('<queue>')
    .option('--body <text>', 'a message; may be repeated', collected)
    .option('--attribute <name=value>', 'of all messages, as text; may be repeated', collected)
    .option('--message-group <name>', 'of all messages; a FIFO queue wants one')
    .option(
      '--deduplication-id <text>',
      'in a FIFO queue: what was sent with it in the last five minutes is not sent again',
    )
    .option('--delay-seconds <n>', 'not to be received before', wholeNumber('--delay-seconds'));
  addExamples(addClientOptions(send), [
    'cairn queue queues send jobs --body \'{"video": 17}\'',
    'cat jobs.jsonl | cairn queue queues send jobs',
  ]).action(async (queue: string, options: SendOptions) => {
    const ids = await withManagementApi(context, { ...options, system }, async (api) => {
      const sent: string[] = [];
      for await (const bodies of bodiesOf(context, options)) {
        const call = { system, method: 'POST', path: ['queues', queue, 'messages'] } as const;
        const answer = await callSystem(api, { ...call, body: { messages: messagesOf(bodies, options) } });
        sent.push(...(answer as { ids: readonly string[] }).ids);
      }
      return sent;
    });
    printResult(context, options, { result: { ids }, text: () => `sent ${ids.length}\n` });
  });
}

async function* bodiesOf(
  context: CommandContext,
  { body }: SendOptions,
): AsyncGenerator<readonly string[], void, undefined> {
  if (body !== undefined) {
    yield body;
    return;
  }
  if (context.input === undefined) throw new CommandFailed('usage', 'give messages with --body');
  for await (const lines of groupsOfLines(context.input())) yield lines.map((line) => line.toString('utf8'));
}

function messagesOf(bodies: readonly string[], options: SendOptions): readonly object[] {
  const pairs = Object.entries(pairsOf('--attribute', options.attribute ?? []));
  const attributes = Object.fromEntries(pairs.map(([name, value]) => [name, { type: 'String', value }]));
  const { messageGroup: group, deduplicationId, delaySeconds } = options;
  return bodies.map((body) => ({ body, attributes, group, deduplicationId, delaySeconds }));
}

type ReceiveOptions = ClientOptions & {
  readonly count?: number;
  readonly waitSeconds?: number;
  readonly visibilitySeconds?: number;
  readonly delete?: boolean;
};

function addReceive(queues: Command, context: CommandContext): void {
  const receive = queues
    .command('receive')
    .description(
      'Receives messages and prints them. They come again after the visibility timeout, unless they are deleted.',
    )
    .argument('<queue>')
    .option('--count <n>', 'so many at most (default: 10)', wholeNumber('--count'))
    .option('--wait-seconds <n>', 'wait so long for the first', wholeNumber('--wait-seconds'))
    .option(
      '--visibility-seconds <n>',
      'hidden for so long; 0 only looks, and counts as a receive',
      wholeNumber('--visibility-seconds'),
    )
    .option('--delete', 'delete what was printed');
  addExamples(addClientOptions(receive), ['cairn queue queues receive jobs --count 1 --delete']).action(
    async (queue: string, options: ReceiveOptions) => {
      const { count, waitSeconds, visibilitySeconds } = options;
      const call = { system, method: 'POST' } as const;
      await withManagementApi(context, { ...options, system }, async (api) => {
        const body = { count, waitSeconds, visibilitySeconds };
        const answer = await callSystem(api, { ...call, path: ['queues', queue, 'receive'], body });
        const { messages } = answer as { messages: readonly MessageItem[] };
        printResult(context, options, { result: messages, text: messagesText });
        if (!options.delete || messages.length === 0) return;
        const handles = messages.map(({ handle }) => handle);
        await callSystem(api, { ...call, path: ['queues', queue, 'delete'], body: { handles } });
      });
    },
  );
}

function messagesText(messages: readonly MessageItem[]): string {
  if (messages.length === 0) return 'no messages\n';
  return messages.map(messageText).join('\n');
}

function messageText({
  id,
  body,
  sentMs,
  receiveCount,
  group,
  deadLetterSource,
  attributes,
  handle,
}: MessageItem): string {
  const from = deadLetterSource === undefined ? '' : `, dead letter of ${deadLetterSource}`;
  const inGroup = group === undefined ? '' : `, group ${group}`;
  const lines = [
    `${id}  sent ${timeText(sentMs)}, receive ${receiveCount}${inGroup}${from}`,
    ...Object.entries(attributes).map(([name, { value }]) => `  ${name}=${value}`),
    `handle ${handle}`,
    body,
  ];
  // Bodies come from users: what moves the cursor must not reach a terminal, line breaks may.
  return `${lines.join('\n').replaceAll(/[^\P{Control}\n\t]/gu, '\uFFFD')}\n`;
}
