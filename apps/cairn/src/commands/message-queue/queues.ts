// `cairn queue queues`: SQS queues and their attributes.

import type { QueueDescription, QueueItem } from '@cairn/message-queue';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions, collected } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { pairsOf, wholeNumber } from '../../output/option-values.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

const system = 'message-queue';

type Attributes = {
  readonly set?: readonly string[] | undefined;
  readonly deadLetters?: string | undefined;
  readonly maxReceives?: number | undefined;
};

/** Gives the noun, for what is done with messages. */
export function addQueueCommands(noun: Command, context: CommandContext): Command {
  const queues = noun.command('queues').description('SQS queues and their messages.');
  addListing(queues, context);
  addChanges(queues, context);
  addRemoval(queues, context, { verb: 'delete', description: 'Deletes a queue with its messages.' });
  addRemoval(queues, context, {
    verb: 'purge',
    description: 'Deletes all messages that were sent to a queue until now.',
  });
  return queues;
}

function addListing(queues: Command, context: CommandContext): void {
  addClientOptions(
    queues.command('list').description('Lists the queues by name, with how many messages they hold.'),
  ).action((options: ClientOptions) =>
    runListing<QueueItem>(context, options, {
      ...{ system, method: 'GET', path: ['queues'] },
      text: (items) => (items.length === 0 ? 'no queues\n' : queueTable(items)),
    }),
  );

  addClientOptions(
    queues
      .command('describe')
      .description('Shows a queue, its attributes, and which queues send it their dead letters.')
      .argument('<queue>'),
  ).action((queue: string, options: ClientOptions) =>
    runCall<QueueDescription>(context, options, {
      ...{ system, method: 'GET', path: ['queues', queue] },
      text: descriptionText,
    }),
  );
}

function addChanges(queues: Command, context: CommandContext): void {
  const create = addAttributes(
    queues
      .command('create')
      .description('Creates a queue. One whose name ends with .fifo keeps the order of its groups.')
      .argument('<queue>'),
  );
  addExamples(create, [
    'cairn queue queues create jobs --set VisibilityTimeout=120 --dead-letters jobs-dead --max-receives 5',
    'cairn queue queues create orders.fifo --set ContentBasedDeduplication=true',
  ]).action((queue: string, { set, deadLetters, maxReceives, ...options }: ClientOptions & Attributes) =>
    runCall<QueueDescription>(context, options, {
      ...{ system, method: 'POST', path: ['queues'] },
      body: { queue, attributes: attributesOf({ set, deadLetters, maxReceives }) },
      text: ({ arn }) => `created ${arn}\n`,
    }),
  );

  addAttributes(
    queues.command('alter').description('Changes attributes of a queue.').argument('<queue>'),
  ).action((queue: string, { set, deadLetters, maxReceives, ...options }: ClientOptions & Attributes) =>
    runCall<QueueDescription>(context, options, {
      ...{ system, method: 'PATCH', path: ['queues', queue] },
      body: { attributes: attributesOf({ set, deadLetters, maxReceives }) },
      text: ({ attributes }) => attributeTable(attributes),
    }),
  );
}

function addAttributes(command: Command): Command {
  return addClientOptions(
    command
      .option('--set <name=value>', 'an attribute by its name in SQS; may be repeated', collected)
      .option('--dead-letters <queue>', 'the queue that gets what was received too often')
      .option('--max-receives <n>', 'how often that is (default: 10)', wholeNumber('--max-receives')),
  );
}

const maxReceivesDefault = 10;

function attributesOf({ set = [], deadLetters, maxReceives }: Attributes): Readonly<Record<string, string>> {
  if (maxReceives !== undefined && deadLetters === undefined)
    throw new CommandFailed(
      'usage',
      '--max-receives says when a message goes to the queue of --dead-letters: name one',
    );
  const policy = deadLetters !== undefined && {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetters,
      maxReceiveCount: maxReceives ?? maxReceivesDefault,
    }),
  };
  return { ...pairsOf('--set', set), ...policy };
}

function addRemoval(
  queues: Command,
  context: CommandContext,
  { verb, description }: { verb: 'delete' | 'purge'; description: string },
): void {
  addClientOptions(queues.command(verb).description(description).argument('<queue>')).action(
    (queue: string, options: ClientOptions) =>
      runCall(context, options, {
        system,
        ...(verb === 'delete'
          ? ({ method: 'DELETE', path: ['queues', queue] } as const)
          : ({ method: 'POST', path: ['queues', queue, 'purge'] } as const)),
        text: () => `${verb}d ${queue}\n`,
      }),
  );
}

function queueTable(items: readonly QueueItem[]): string {
  return table(items, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'WAITING', value: ({ waiting }) => waiting },
    { title: 'IN FLIGHT', value: ({ inFlight }) => inFlight },
    { title: 'DELAYED', value: ({ delayed }) => delayed },
    { title: 'DEAD LETTERS TO', value: ({ deadLetters }) => deadLetters },
  ]);
}

function descriptionText(queue: QueueDescription): string {
  const { name, arn, isFifo, waiting, inFlight, delayed, createdMs, attributes, deadLetterSources, tags } =
    queue;
  const sources = deadLetterSources.length === 0 ? '' : `dead letters of ${deadLetterSources.join(', ')}\n`;
  const tagged = Object.entries(tags).map(([key, value]) => `tag ${key}=${value}\n`);
  return [
    `${name}: ${isFifo ? 'FIFO' : 'standard'}, ${waiting} waiting, ${inFlight} in flight, ${delayed} delayed\n`,
    `${arn}\ncreated ${timeText(createdMs)}\n${sources}${tagged.join('')}\n`,
    attributeTable(attributes),
  ].join('');
}

function attributeTable(attributes: Readonly<Record<string, string>>): string {
  return table(Object.entries(attributes), [
    { title: 'ATTRIBUTE', value: ([name]) => name },
    { title: 'VALUE', value: ([, value]) => value },
  ]);
}
