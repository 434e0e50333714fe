// Queues themselves: create, delete, list, find, and their tags.

import { queuePageMax } from '../../limits.ts';
import { QueueError } from '../../queues/queue-error.ts';
import type { QueuePage } from '../../queues/queues.ts';
import type { Input } from '../input.ts';
import { requireCharacters } from '../message-attributes.ts';
import type { Operation, OperationCall } from '../operation.ts';

export const createQueue: Operation = async (input, call) => {
  const name = input.required('QueueName');
  await call.require('CreateQueue', name);
  const tags = { ...input.textMap('tags'), ...input.textMap('Tags') };
  if (Object.keys(tags).length > 0) await call.require('TagQueue', name);
  await call.queues.create({ name, attributes: input.textMap('Attributes'), tags: checkedTags(tags) });
  return { QueueUrl: call.queueUrl(name) };
};

export const deleteQueue: Operation = async (input, call) => {
  const { name } = await call.queue(input, 'DeleteQueue');
  await call.queues.delete(name);
  return {};
};

export const getQueueUrl: Operation = async (input, call) => {
  const name = input.required('QueueName');
  await call.require('GetQueueUrl', name);
  const owner = input.text('QueueOwnerAWSAccountId') ?? call.account;
  if (owner !== call.account)
    throw new QueueError('QueueDoesNotExist', 'The specified queue does not exist.');
  call.queues.find(name);
  return { QueueUrl: call.queueUrl(name) };
};

export const listQueues: Operation = async (input, call) => {
  await call.require('ListQueues', '*');
  const page = call.queues.list({ prefix: input.text('QueueNamePrefix') ?? '', ...pageOf(input) });
  const urls = urlsOf(page, call);
  return { ...(urls.length > 0 && { QueueUrls: urls }), ...nextOf(page, input) };
};

export const listDeadLetterSourceQueues: Operation = async (input, call) => {
  const { arn } = await call.queue(input, 'ListDeadLetterSourceQueues');
  const page = call.queues.list({ deadLetterArn: arn, ...pageOf(input) });
  return { queueUrls: urlsOf(page, call), ...nextOf(page, input) };
};

export const tagQueue: Operation = async (input, call) => {
  const { name } = await call.queue(input, 'TagQueue');
  const added = input.textMap('Tags');
  await call.queues.setTags(name, (tags) => checkedTags({ ...tags, ...added }));
  return {};
};

export const untagQueue: Operation = async (input, call) => {
  const { name } = await call.queue(input, 'UntagQueue');
  const removed = new Set(input.texts('TagKeys'));
  await call.queues.setTags(name, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
  );
  return {};
};

export const listQueueTags: Operation = async (input, call) => {
  const { tags } = await call.queue(input, 'ListQueueTags');
  return Object.keys(tags).length > 0 ? { Tags: tags } : {};
};

const tagsMax = 50;

function checkedTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const text of Object.entries(tags).flat()) requireCharacters(text);
  const isSound = Object.entries(tags).every(
    ([key, value]) => /^.{1,128}$/su.test(key) && value.length <= 256,
  );
  if (isSound && Object.keys(tags).length <= tagsMax) return tags;
  throw new QueueError(
    'InvalidParameterValue',
    `A queue has up to ${tagsMax} tags, keys of 1 to 128 and values of up to 256 characters.`,
  );
}

function pageOf(input: Input): { limit: number; after?: string } {
  const limit = input.integer('MaxResults', { min: 1, max: queuePageMax }) ?? queuePageMax;
  const token = input.text('NextToken');
  return { limit, ...(token && { after: Buffer.from(token, 'base64url').toString() }) };
}

/** A token only for those who asked for pages, as AWS does. */
function nextOf({ next }: QueuePage, input: Input): { NextToken?: string } {
  if (next === undefined || !input.has('MaxResults')) return {};
  return { NextToken: Buffer.from(next).toString('base64url') };
}

function urlsOf({ items }: QueuePage, call: OperationCall): readonly string[] {
  return items.map(({ name }) => call.queueUrl(name));
}
