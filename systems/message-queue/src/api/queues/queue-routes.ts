// The management routes of SQS queues, under /api/message-queue/queues.

import { ApiError, type ApiRoute, defineRoute, nearestName } from '@cairn/service';
import { z } from 'zod';
import { attributeRules } from '../../queues/queue-attributes.ts';
import type { Queues } from '../../queues/queues.ts';
import { explained, queueNamed } from '../api-errors.ts';
import { type ApiParts, arnsOf } from '../api-parts.ts';
import { queueDescription, queueDescriptionOf, queueItem, queueItemOf } from './queue-views.ts';

/** Queues are opened for their counts. */
const pageMax = 100;
const attributes = z.record(z.string(), z.string());
const queue = z.string().min(1);

export function queueRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { queues } = parts.queue;
  const arns = arnsOf(parts);
  const resource = ({ queue: name }: { queue: string }) => arns.queue(name);
  return [
    defineRoute({
      method: 'GET',
      path: '/queues',
      summary: 'Lists queues by name, with how many messages they hold.',
      action: 'sqs:ListQueues',
      resource: () => arns.queue('*'),
      input: z.strictObject({ after: z.string().default('') }),
      output: z.strictObject({ items: z.array(queueItem).readonly(), next: z.string().optional() }),
      handle: ({ after }) => explained(list(queues, after)),
    }),
    defineRoute({
      method: 'POST',
      path: '/queues',
      summary:
        'Creates a queue; attributes have the names of SQS. A FIFO queue has a name that ends with .fifo.',
      action: 'sqs:CreateQueue',
      resource,
      input: z.strictObject({ queue, attributes: attributes.default({}) }),
      output: queueDescription,
      handle: ({ queue: name, attributes: given }) =>
        explained(async () => {
          requireKnown(given);
          const isFifo = name.endsWith('.fifo') && { FifoQueue: 'true' };
          const all = { ...isFifo, ...withArns(parts, given) };
          return queueDescriptionOf(queues, await queues.create({ name, attributes: all }));
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/queues/{queue}',
      summary: 'Shows a queue, its attributes, and which queues send it their dead letters.',
      action: 'sqs:GetQueueAttributes',
      resource,
      input: z.strictObject({ queue }),
      output: queueDescription,
      handle: ({ queue: name }) => explained(() => queueDescriptionOf(queues, queueNamed(queues, name))),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/queues/{queue}',
      summary: 'Changes attributes of a queue.',
      action: 'sqs:SetQueueAttributes',
      resource,
      input: z.strictObject({ queue, attributes }),
      output: queueDescription,
      handle: ({ queue: name, attributes: given }) =>
        explained(async () => {
          requireKnown(given);
          queueNamed(queues, name);
          return queueDescriptionOf(queues, await queues.setAttributes(name, withArns(parts, given)));
        }),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/queues/{queue}',
      summary: 'Deletes a queue with its messages.',
      action: 'sqs:DeleteQueue',
      resource,
      input: z.strictObject({ queue }),
      output: z.strictObject({}),
      handle: ({ queue: name }) =>
        explained(async () => {
          await queues.delete(queueNamed(queues, name).name);
          return {};
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/queues/{queue}/purge',
      summary: 'Deletes all messages that were sent to a queue until now.',
      action: 'sqs:PurgeQueue',
      resource,
      input: z.strictObject({ queue }),
      output: z.strictObject({}),
      handle: ({ queue: name }) =>
        explained(async () => {
          await (await queues.queue(queueNamed(queues, name))).purge();
          return {};
        }),
    }),
  ];
}

async function list(queues: Queues, after: string) {
  const page = queues.list({ after, limit: pageMax });
  const items = [];
  for (const definition of page.items) items.push(await queueItemOf(queues, definition));
  return { items, ...(page.next !== undefined && { next: page.next }) };
}

function requireKnown(given: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(attributeRules, name)) continue;
    const nearest = nearestName(name, Object.keys(attributeRules));
    const hint = nearest === undefined ? '' : `: did you mean '${nearest}'?`;
    throw new ApiError('invalid-request', `queues have no attribute '${name}'${hint}`);
  }
}

/** A redrive policy may name its queue instead of the queue's ARN. */
function withArns(
  parts: ApiParts,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const policy = /^\s*\{/.test(given.RedrivePolicy ?? '') ? parsed(given.RedrivePolicy!) : undefined;
  const target = policy?.deadLetterTargetArn;
  if (typeof target !== 'string' || target.startsWith('arn:')) return given;
  const { arn } = queueNamed(parts.queue.queues, target);
  return { ...given, RedrivePolicy: JSON.stringify({ ...policy, deadLetterTargetArn: arn }) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    // Refused by who takes it, as any other text that is none.
    return undefined;
  }
}
