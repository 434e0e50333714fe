// DeleteMessage and ChangeMessageVisibility, alone and in batches; PurgeQueue.

import type { Queue } from '../../queues/queue.ts';
import { QueueError } from '../../queues/queue-error.ts';
import { batchEntries, eachOfBatch } from '../batch.ts';
import type { Input } from '../input.ts';
import type { Operation, OperationCall, OutputMembers } from '../operation.ts';

export const deleteMessage: Operation = async (input, call) => {
  return deleteOne(input, await opened(input, { call, action: 'DeleteMessage' }));
};

export const deleteMessageBatch: Operation = async (input, call) => {
  const queue = await opened(input, { call, action: 'DeleteMessage' });
  return eachOfBatch(batchEntries(input), (entry) => deleteOne(entry, queue));
};

export const changeMessageVisibility: Operation = async (input, call) => {
  return changeOne(input, await opened(input, { call, action: 'ChangeMessageVisibility' }));
};

export const changeMessageVisibilityBatch: Operation = async (input, call) => {
  const queue = await opened(input, { call, action: 'ChangeMessageVisibility' });
  return eachOfBatch(batchEntries(input), (entry) => changeOne(entry, queue));
};

export const purgeQueue: Operation = async (input, call) => {
  await (await opened(input, { call, action: 'PurgeQueue' })).purge();
  return {};
};

async function opened(
  input: Input,
  { call, action }: { call: OperationCall; action: string },
): Promise<Queue> {
  return call.queues.queue(await call.queue(input, action));
}

async function deleteOne(input: Input, queue: Queue): Promise<OutputMembers> {
  await queue.delete(input.required('ReceiptHandle'));
  return {};
}

async function changeOne(input: Input, queue: Queue): Promise<OutputMembers> {
  const seconds = input.integer('VisibilityTimeout', { min: 0, max: 43_200 });
  if (seconds === undefined)
    throw new QueueError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.');
  await queue.changeVisibility(input.required('ReceiptHandle'), seconds * 1_000);
  return {};
}
