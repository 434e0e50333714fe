// `cairn queue inspect`: the batches of a partition, or of a queue, as they lie in the files.

import type { InspectStep } from '@cairn/message-queue';
import type { Command } from 'commander';
import { withManagementApi } from '../../client/connect.ts';
import { streamSystem } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { addExamples } from '../../output/examples.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { timeText } from '../../output/time.ts';
import { recordLine } from './record-text.ts';

const system = 'message-queue';

type InspectOptions = ClientOptions & {
  readonly topic?: string;
  readonly queue?: string;
  readonly partition?: number;
  readonly offset?: number;
};

export function addInspectCommand(noun: Command, context: CommandContext): void {
  const inspect = noun
    .command('inspect')
    .summary('show batches as they lie in the files')
    .description('Shows the segments and batches of a partition, or of a queue, as they lie in the files.')
    .option('--topic <name>', 'a partition of this topic')
    .option('--partition <n>', 'which one (default: 0)', wholeNumber('--partition'))
    .option('--queue <name>', 'the messages of this queue')
    .option('--offset <n>', 'only the batch that holds it, with its records', wholeNumber('--offset'));
  addExamples(addClientOptions(inspect), [
    'cairn queue inspect --topic events --partition 2 --offset 1000',
  ]).action((options: InspectOptions) =>
    withManagementApi(context, { ...options, system }, async (api) => {
      const { topic, queue, partition, offset } = options;
      if ((topic === undefined) === (queue === undefined))
        throw new CommandFailed(
          'usage',
          'name a partition with --topic and --partition, or a queue with --queue',
        );
      const query = { topic, queue, partition, offset };
      let isEmpty = true;
      for await (const item of streamSystem(api, { system, method: 'GET', path: ['inspect'], query })) {
        isEmpty = false;
        const step = item as InspectStep;
        context.print(options.json ? `${JSON.stringify(step)}\n` : stepText(step));
        if (context.flushed !== undefined && !(await context.flushed())) break;
      }
      if (isEmpty && offset !== undefined)
        throw new CommandFailed('no', `there is no batch with offset ${offset}`);
      if (isEmpty && !options.json) context.print('there is nothing in it\n');
    }),
  );
}

function stepText(step: InspectStep): string {
  switch (step.kind) {
    case 'segment':
      return segmentText(step);
    case 'batch':
      return batchText(step);
    case 'gap':
      return `  offsets ${step.firstOffset} to ${step.lastOffset} are not there\n`;
    case 'torn':
      return `  at ${step.position}: the end of what was synced (${step.detail})\n`;
    case 'damage': {
      const offsets = `offsets ${step.firstOffset ?? '?'} to ${step.lastOffset ?? '?'}`;
      return `  at ${step.position}: damage of ${step.endPosition - step.position} bytes, ${offsets}: ${step.detail}\n`;
    }
    case 'unread': {
      const offsets = `offsets ${step.firstOffset} to ${step.lastOffset}`;
      return `  segment ${step.segment}, ${offsets}: could not be looked at (${step.detail})\n`;
    }
    case 'copy':
      return `  segment ${step.segment}: ${step.detail}\n`;
    default:
      return step satisfies never;
  }
}

function segmentText({
  segment,
  file,
  sizeBytes,
  isSealed,
  bounds,
  blob,
}: InspectStep & { kind: 'segment' }): string {
  if (blob !== undefined)
    return `segment ${segment}, moved to the blob ${blob}: ${sizeBytes} bytes, offsets ${bounds!.baseOffset} to ${bounds!.endOffset - 1}\n`;
  if (bounds !== undefined)
    return `batch file ${file}: ${sizeBytes} bytes, offsets ${bounds.baseOffset} to ${bounds.endOffset - 1}\n`;
  return `segment ${segment}: ${sizeBytes} bytes, ${isSealed ? 'sealed' : 'being written'}\n`;
}

function batchText(batch: InspectStep & { kind: 'batch' }): string {
  const { position, baseOffset, lastOffset, records, lengthBytes, compression, maxTimestampMs } = batch;
  const kind = batch.control === undefined ? `${records} records` : `marker: ${batch.control}`;
  const packed = compression === 'none' ? '' : `, ${compression}`;
  const producer =
    batch.producerId < 0
      ? ''
      : `, producer ${batch.producerId} epoch ${batch.producerEpoch} sequence ${batch.baseSequence}`;
  const inTransaction = batch.isTransactional && batch.control === undefined ? ', in a transaction' : '';
  const time = maxTimestampMs < 0 ? '' : `, ${timeText(maxTimestampMs)}`;
  const line = `  at ${position}: offsets ${baseOffset} to ${lastOffset}, ${kind}, ${lengthBytes} bytes${packed}${time}, epoch ${batch.leaderEpoch}${producer}${inTransaction}\n`;
  return line + (batch.contents ?? []).map((record) => `    ${recordLine(record)}`).join('');
}
