// `cairn queue produce`: writes records to a topic, from options or from standard input.

import type { NewRecordItem } from '@cairn/message-queue';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import type { ManagementApi } from '../../client/management-api.ts';
import { callSystem } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions, collected } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { pairsOf, wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { groupsOfLines, jsonRecord, plainRecord } from './record-lines.ts';

const system = 'message-queue';

type ProduceOptions = ClientOptions & {
  readonly value?: readonly string[];
  readonly key?: string;
  readonly header?: readonly string[];
  readonly partition?: number;
  readonly keySeparator?: string;
  readonly jsonLines?: boolean;
};
type NewRecords = readonly Partial<NewRecordItem>[];
type Stored = { readonly partition: number; readonly baseOffset: number; readonly records: number };

export function addProduceCommand(noun: Command, context: CommandContext): void {
  const produce = noun
    .command('produce')
    .summary('write records to a topic')
    .description(
      'Writes records to a topic: one for each --value, else one for each line of standard input. Keys choose partitions as they do for Kafka’s clients; records without a key go together where there is no reason for another place.',
    )
    .argument('<topic>')
    .option('--value <text>', 'a record; may be repeated', collected)
    .option('--key <text>', 'of all records')
    .option('--header <name=value>', 'of all records; may be repeated', collected)
    .option('--partition <n>', 'of all records', wholeNumber('--partition'))
    .option('--key-separator <text>', 'lines are a key, this, and a value')
    .option('--json-lines', 'lines are records in JSON, as `consume --json` prints them');
  addExamples(addClientOptions(produce), [
    'cairn queue produce events --key user-1 --value hello',
    'cat lines.txt | cairn queue produce events --key-separator :',
    'cairn queue consume events --json | cairn queue produce copies --json-lines',
  ]).action((topic: string, options: ProduceOptions) =>
    withManagementApi(context, { ...options, system }, (api) =>
      produceTo(api, context, { ...options, topic }),
    ),
  );
}

async function produceTo(
  api: ManagementApi,
  context: CommandContext,
  { topic, ...options }: ProduceOptions & { readonly topic: string },
): Promise<void> {
  const all = new Map<number, Stored>();
  for await (const records of recordsOf(context, options)) {
    const call = { system, method: 'POST', path: ['topics', topic, 'records'] } as const;
    const answer = (await callSystem(api, { ...call, body: { records } })) as {
      partitions: readonly Stored[];
    };
    for (const one of answer.partitions) {
      const before = all.get(one.partition);
      const records = (before?.records ?? 0) + one.records;
      all.set(one.partition, { ...one, baseOffset: before?.baseOffset ?? one.baseOffset, records });
    }
  }
  const stored = [...all.values()].sort((a, b) => a.partition - b.partition);
  printResult(context, options, { result: { topic, partitions: stored }, text: () => storedText(stored) });
}

async function* recordsOf(
  context: CommandContext,
  options: ProduceOptions,
): AsyncGenerator<NewRecords, void, undefined> {
  const { value: values, key, header, partition, keySeparator, jsonLines } = options;
  if (keySeparator !== undefined && (key !== undefined || jsonLines))
    throw new CommandFailed('usage', '--key-separator goes neither with --key nor with --json-lines');
  const headers = Object.entries(pairsOf('--header', header ?? [])).map(([name, value]) => ({
    key: name,
    value,
  }));
  const common = {
    ...(key !== undefined && { key }),
    ...(headers.length > 0 && { headers }),
    ...(partition !== undefined && { partition }),
  };
  if (values !== undefined) {
    yield values.map((value) => ({ ...common, value }));
    return;
  }
  if (context.input === undefined) throw new CommandFailed('usage', 'give records with --value');
  let number = 0;
  for await (const lines of groupsOfLines(context.input()))
    yield lines.map((line) => {
      number++;
      return { ...(jsonLines ? jsonRecord(line, number) : plainRecord(line, keySeparator)), ...common };
    });
}

function storedText(stored: readonly Stored[]): string {
  if (stored.length === 0) return 'no records\n';
  return table(stored, [
    { title: 'PARTITION', value: ({ partition }) => partition },
    { title: 'RECORDS', value: ({ records }) => records },
    { title: 'FROM OFFSET', value: ({ baseOffset }) => baseOffset },
  ]);
}
