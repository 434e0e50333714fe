// `cairn queue consume`: prints records of a topic, from a place on, to its end now or for as long as it runs.

import type { RecordItem } from '@cairn/message-queue';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import type { ManagementApi } from '../../client/management-api.ts';
import { streamSystem } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { placeText, wholeNumber } from '../../output/option-values.ts';
import { GroupProgress } from './group-progress.ts';
import { recordLine, valueLine } from './record-text.ts';

const system = 'message-queue';

type ConsumeOptions = ClientOptions & {
  readonly from?: string;
  readonly partition?: string;
  readonly count?: number;
  readonly follow?: boolean;
  readonly uncommitted?: boolean;
  readonly values?: boolean;
  readonly group?: string;
};

export function addConsumeCommand(noun: Command, context: CommandContext): void {
  const consume = noun
    .command('consume')
    .summary('print the records of a topic')
    .description(
      'Prints the records of a topic, a line each: partition and offset, time, key, value, headers. Ends where the topic ends now, unless it follows. With --json a record is a line that `produce --json-lines` takes.',
    )
    .argument('<topic>')
    .option(
      '--from <place>',
      'beginning, end, an offset, -N for the last N of each partition, a time, or an age as 15m, 2h, 7d (default: beginning; end with --follow)',
    )
    .option('--partition <n,...>', 'of these partitions only')
    .option('--count <n>', 'so many records, then end', wholeNumber('--count'))
    .option('--follow', 'go on with what comes')
    .option(
      '--group <name>',
      'go on where this group is, and commit what was printed; the group must have no members. A kill may leave the last second uncommitted',
    )
    .option('--uncommitted', 'also what transactions wrote that are open or were aborted')
    .option('--values', 'only values');
  addExamples(addClientOptions(consume), [
    'cairn queue consume events --from -10',
    'cairn queue consume events --follow --json | jq .value',
    'cairn queue consume events --partition 2 --from 1000 --count 5',
  ]).action((topic: string, options: ConsumeOptions) =>
    withManagementApi(context, { ...options, system }, (api) =>
      consumeTopic(api, context, { ...options, topic }),
    ),
  );
}

async function consumeTopic(
  api: ManagementApi,
  context: CommandContext,
  { topic, group, ...options }: ConsumeOptions & { readonly topic: string },
): Promise<void> {
  const { follow, count, uncommitted, partition: partitions } = options;
  const isAtEnd = follow === true && group === undefined;
  const from = placeText(options.from ?? (isAtEnd ? 'end' : 'beginning'));
  const progress = group === undefined ? undefined : new GroupProgress(api, { group, topic });
  const offsets = await progress?.committed();
  const query = { from, partitions, count, follow, uncommitted, offsets };
  const lineOf = formatOf(options);
  try {
    for await (const item of streamSystem(api, {
      system,
      method: 'GET',
      path: ['topics', topic, 'records'],
      query,
    })) {
      const record = item as RecordItem;
      context.print(lineOf(record));
      if (context.flushed !== undefined && !(await context.flushed())) break;
      progress?.note(record);
    }
  } finally {
    await progress?.close();
  }
}

function formatOf({ json, values }: ConsumeOptions): (record: RecordItem) => string {
  if (json) return (record) => `${JSON.stringify(record)}\n`;
  return values ? valueLine : recordLine;
}
