// `cairn queue topics`: what there is, how it is set, how much it holds.

import type { TopicDescription, TopicItem } from '@cairn/message-queue';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions, collected } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { pairsOf, wholeNumber } from '../../output/option-values.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

/** The broker has no more of all topics together. */
const partitionsMax = 10_000;

const system = 'message-queue';

type Changes = { readonly set?: readonly string[]; readonly unset?: readonly string[] };

export function addTopicCommands(noun: Command, context: CommandContext): void {
  const topics = noun.command('topics').description('Topics, their partitions and settings.');
  addListing(topics, context);
  addChanges(topics, context);
  addRemovals(topics, context);
}

function addListing(topics: Command, context: CommandContext): void {
  addClientOptions(
    topics
      .command('list')
      .description('Lists the topics by name.')
      .option('--sizes', 'with records and bytes: looks into every partition'),
  ).action(({ sizes, ...options }: ClientOptions & { sizes?: boolean }) =>
    runListing<TopicItem>(context, options, {
      ...{ system, method: 'GET', path: ['topics'], query: { sizes } },
      text: (items) => (items.length === 0 ? 'no topics\n' : topicTable(items)),
    }),
  );

  const describe = topics
    .command('describe')
    .description('Shows a topic: its partitions with their offsets, and what was set for it.')
    .argument('<topic>')
    .option('--all', 'all settings, those at their defaults too');
  addClientOptions(describe).action((topic: string, { all, ...options }: ClientOptions & { all?: boolean }) =>
    runCall<TopicDescription>(context, options, {
      ...{ system, method: 'GET', path: ['topics', topic] },
      text: (description) => descriptionText(description, all ?? false),
    }),
  );
}

function addChanges(topics: Command, context: CommandContext): void {
  const create = topics
    .command('create')
    .description('Creates a topic.')
    .argument('<topic>')
    .option(
      '--partitions <n>',
      'how many (default: the broker’s)',
      wholeNumber('--partitions', 1, partitionsMax),
    )
    .option('--set <name=value>', 'a setting by Kafka’s name; may be repeated', collected);
  addExamples(addClientOptions(create), [
    'cairn queue topics create events --partitions 6',
    'cairn queue topics create sessions --set cleanup.policy=compact --set retention.ms=3600000',
  ]).action(
    (
      topic: string,
      { partitions, set = [], ...options }: ClientOptions & Changes & { partitions?: number },
    ) =>
      runCall<TopicItem>(context, options, {
        ...{ system, method: 'POST', path: ['topics'] },
        body: { topic, partitions, settings: pairsOf('--set', set) },
        text: ({ name, partitions: count }) => `created ${name} with ${partitionsText(count)}\n`,
      }),
  );

  const alter = topics
    .command('alter')
    .description('Changes settings of a topic.')
    .argument('<topic>')
    .option('--set <name=value>', 'a setting by Kafka’s name; may be repeated', collected)
    .option('--unset <name>', 'back to the default; may be repeated', collected);
  addExamples(addClientOptions(alter), [
    'cairn queue topics alter events --set retention.ms=86400000',
  ]).action((topic: string, { set = [], unset = [], ...options }: ClientOptions & Changes) =>
    runCall<TopicItem>(context, options, {
      ...{ system, method: 'PATCH', path: ['topics', topic] },
      body: {
        settings: { ...pairsOf('--set', set), ...Object.fromEntries(unset.map((name) => [name, null])) },
      },
      text: ({ name, settings }) => `changed ${name}\n${settingTable(Object.entries(settings))}`,
    }),
  );

  const add = topics
    .command('add-partitions')
    .description(
      'Gives a topic more partitions. Keys may belong to others then: their records are not moved.',
    )
    .argument('<topic>')
    .argument('<partitions>', 'how many it has then', wholeNumber('<partitions>', 1, partitionsMax));
  addClientOptions(add).action((topic: string, partitions: number, options: ClientOptions) =>
    runCall<TopicItem>(context, options, {
      ...{ system, method: 'POST', path: ['topics', topic, 'partitions'], body: { partitions } },
      text: ({ name, partitions: count }) => `${name} has ${partitionsText(count)}\n`,
    }),
  );
}

type Deleted = {
  readonly partitions: readonly { readonly partition: number; readonly startOffset: number }[];
};

function addRemovals(topics: Command, context: CommandContext): void {
  addClientOptions(
    topics.command('delete').description('Deletes a topic with its records.').argument('<topic>'),
  ).action((topic: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'DELETE', path: ['topics', topic] },
      text: () => `deleted ${topic}\n`,
    }),
  );

  const records = topics
    .command('delete-records')
    .description('Deletes the oldest records of a topic: all that are there, or those below an offset.')
    .argument('<topic>')
    .option('--partition <n>', 'of this one only', wholeNumber('--partition'))
    .option('--before <offset>', 'the first offset that stays', wholeNumber('--before'));
  addClientOptions(records).action(
    (
      topic: string,
      { partition, before, ...options }: ClientOptions & { partition?: number; before?: number },
    ) =>
      runCall<Deleted>(context, options, {
        ...{ system, method: 'POST', path: ['topics', topic, 'delete-records'], body: { partition, before } },
        text: ({ partitions }) =>
          table(partitions, [
            { title: 'PARTITION', value: (one) => one.partition },
            { title: 'BEGINS AT', value: (one) => one.startOffset },
          ]),
      }),
  );
}

function topicTable(items: readonly TopicItem[]): string {
  const isSized = items.some(({ records }) => records !== undefined);
  return table(items, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'PARTITIONS', value: ({ partitions }) => partitions },
    ...(isSized
      ? [
          { title: 'RECORDS', value: ({ records }: TopicItem) => records },
          { title: 'BYTES', value: ({ sizeBytes }: TopicItem) => sizeBytes },
        ]
      : []),
    { title: 'CREATED', value: ({ createdMs }) => timeText(createdMs) },
  ]);
}

function descriptionText(topic: TopicDescription, all: boolean): string {
  const { name, topicId, createdMs, records = 0, sizeBytes = 0, partitions, settings } = topic;
  const shown = settings.filter(({ isDefault }) => all || !isDefault);
  const rows = shown.map(({ name: setting, value, isDefault }) => [
    setting,
    value,
    isDefault ? 'default' : 'set',
  ]);
  return [
    `${name}: ${partitionsText(partitions.length)}, ${records} records, ${sizeBytes} bytes\n`,
    `id ${topicId}, created ${timeText(createdMs)}\n\n`,
    table(partitions, [
      { title: 'PARTITION', value: ({ partition }) => partition },
      { title: 'START', value: ({ startOffset }) => startOffset },
      { title: 'END', value: ({ endOffset }) => endOffset },
      { title: 'STABLE', value: ({ lastStableOffset }) => lastStableOffset },
      { title: 'RECORDS', value: (one) => one.records },
      { title: 'BYTES', value: (one) => one.sizeBytes },
      { title: 'EPOCH', value: ({ leaderEpoch }) => leaderEpoch },
    ]),
    rows.length === 0 ? '\nall settings are at their defaults\n' : `\n${settingTable(rows)}`,
  ].join('');
}

function settingTable(rows: readonly (readonly string[])[]): string {
  return table(rows, [
    { title: 'SETTING', value: ([name]) => name },
    { title: 'VALUE', value: ([, value]) => value },
    ...(rows.some((row) => row.length > 2)
      ? [{ title: 'FROM', value: (row: readonly string[]) => row[2] }]
      : []),
  ]);
}

function partitionsText(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`;
}
