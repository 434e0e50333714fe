// `cairn queue groups`: consumer groups, their members, and how far they are behind.

import type { GroupDescription, GroupItem, ResetItem } from '@cairn/message-queue';
import type { Command } from 'commander';
import { runCall, runListing } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions, collected } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { placeText, wholeNumber } from '../../output/option-values.ts';
import { table } from '../../output/table.ts';

const system = 'message-queue';

export function addGroupCommands(noun: Command, context: CommandContext): void {
  const groups = noun.command('groups').description('Consumer groups, their members and their lag.');
  addListing(groups, context);
  addReset(groups, context);
  addClientOptions(
    groups
      .command('delete')
      .description('Deletes a group, which must have no members, with its offsets.')
      .argument('<group>'),
  ).action((group: string, options: ClientOptions) =>
    runCall(context, options, {
      ...{ system, method: 'DELETE', path: ['groups', group] },
      text: () => `deleted ${group}\n`,
    }),
  );
}

function addListing(groups: Command, context: CommandContext): void {
  addClientOptions(
    groups
      .command('list')
      .description('Lists the groups by name.')
      .option('--lag', 'with how many records each is behind'),
  ).action(({ lag, ...options }: ClientOptions & { lag?: boolean }) =>
    runListing<GroupItem>(context, options, {
      ...{ system, method: 'GET', path: ['groups'], query: { lag } },
      text: (items) => (items.length === 0 ? 'no groups\n' : groupTable(items)),
    }),
  );

  addClientOptions(
    groups
      .command('describe')
      .description(
        'Shows a group: its members, what they consume, what was committed and how far that is behind.',
      )
      .argument('<group>'),
  ).action((group: string, options: ClientOptions) =>
    runCall<GroupDescription>(context, options, {
      ...{ system, method: 'GET', path: ['groups', group] },
      text: descriptionText,
    }),
  );
}

type ResetOptions = ClientOptions & {
  readonly to: string;
  readonly topic?: readonly string[];
  readonly partition?: number;
  readonly dryRun?: boolean;
  readonly create?: boolean;
};

function addReset(groups: Command, context: CommandContext): void {
  const reset = groups
    .command('reset-offsets')
    .description('Moves what a group committed to another place, while it has no members.')
    .argument('<group>')
    .requiredOption(
      '--to <place>',
      'earliest, latest, an offset, -N for the last N, a time, or an age as 15m, 2h, 7d',
    )
    .option('--topic <name>', 'of this topic; may be repeated (default: all it has offsets of)', collected)
    .option('--partition <n>', 'of this partition only', wholeNumber('--partition'))
    .option('--dry-run', 'show what would change')
    .option('--create', 'also when there is no such group yet');
  addExamples(addClientOptions(reset), [
    'cairn queue groups reset-offsets billing --to earliest --dry-run',
    'cairn queue groups reset-offsets billing --to 2026-01-31T12:00:00Z --topic orders',
  ]).action((group: string, { to, topic, partition, dryRun, create, ...options }: ResetOptions) =>
    runCall<{ offsets: readonly ResetItem[] }>(context, options, {
      ...{ system, method: 'POST', path: ['groups', group, 'reset-offsets'] },
      body: { to: placeText(to), topics: topic, partition, dryRun, create },
      text: ({ offsets }) => resetText(offsets, dryRun ?? false),
    }),
  );
}

function groupTable(items: readonly GroupItem[]): string {
  const hasLag = items.some(({ lag }) => lag !== undefined);
  return table(items, [
    { title: 'GROUP', value: ({ group }) => group },
    { title: 'STATE', value: ({ state }) => state },
    { title: 'PROTOCOL', value: ({ type }) => type },
    { title: 'MEMBERS', value: ({ members }) => members },
    ...(hasLag ? [{ title: 'LAG', value: ({ lag }: GroupItem) => lag }] : []),
  ]);
}

function descriptionText({
  group,
  state,
  type,
  assignor,
  lag = 0,
  members,
  offsets,
}: GroupDescription): string {
  const by = assignor === '' ? '' : `, assignor ${assignor}`;
  const uncommitted = offsets.filter(({ committed }) => committed === undefined).length;
  const without =
    uncommitted === 0 ? '' : `, nothing committed for ${uncommitted} of ${offsets.length} partitions`;
  const owners = new Map(
    members.flatMap(({ clientId, assignment }) =>
      assignment.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => [`${topic}/${partition}`, clientId]),
      ),
    ),
  );
  const memberTable = table(members, [
    { title: 'MEMBER', value: ({ memberId }) => memberId },
    { title: 'HOST', value: ({ clientHost }) => clientHost },
    { title: 'PARTITIONS', value: ({ assignment }) => assignment.map(assignmentText).join(' ') || undefined },
  ]);
  const offsetTable = table(offsets, [
    { title: 'TOPIC', value: ({ topic }) => topic },
    { title: 'PARTITION', value: ({ partition }) => partition },
    { title: 'COMMITTED', value: ({ committed }) => committed },
    { title: 'END', value: ({ end }) => end },
    { title: 'LAG', value: (offset) => offset.lag },
    { title: 'CLIENT', value: ({ topic, partition }) => owners.get(`${topic}/${partition}`) },
  ]);
  return [
    `${group}: ${state}, ${type} protocol${by}, lag ${lag}${without}\n`,
    members.length === 0 ? '\nno members\n' : `\n${memberTable}`,
    offsets.length === 0 ? '\nnothing committed\n' : `\n${offsetTable}`,
  ].join('');
}

function assignmentText({ topic, partitions }: { topic: string; partitions: readonly number[] }): string {
  return `${topic}:${partitions.join(',')}`;
}

function resetText(offsets: readonly ResetItem[], isDryRun: boolean): string {
  if (offsets.length === 0) return 'the group has no offsets: name topics with --topic\n';
  const rows = table(offsets, [
    { title: 'TOPIC', value: ({ topic }) => topic },
    { title: 'PARTITION', value: ({ partition }) => partition },
    { title: 'BEFORE', value: ({ before }) => before },
    { title: 'AFTER', value: ({ after }) => after },
  ]);
  return isDryRun ? `${rows}nothing was changed\n` : rows;
}
