// The management routes of messages, under /api/message-queue/queues/{queue}/messages.

import { type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import { bytesPerMiB, messageBytesMax } from '../../limits.ts';
import { newId } from '../../queues/message-id.ts';
import type { QueueDefinition } from '../../queues/queue-definition.ts';
import { QueueError } from '../../queues/queue-error.ts';
import type { NewMessage } from '../../queues/queue-sender.ts';
import { explained, queueNamed } from '../api-errors.ts';
import { type ApiParts, arnsOf } from '../api-parts.ts';
import { attributeValue, messageItem, messageItemOf, storedAttributes } from './message-json.ts';

const messagesMax = 1_000;
const receivedMax = 100;

const newMessage = z.strictObject({
  body: z.string().min(1),
  attributes: z.record(z.string(), attributeValue).default({}),
  group: z.string().optional(),
  deduplicationId: z.string().optional(),
  delaySeconds: z.int().min(0).max(900).optional(),
});
type NewMessageItem = z.output<typeof newMessage>;

export function messageRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { queues } = parts.queue;
  const resource = ({ queue }: { queue: string }) => arnsOf(parts).queue(queue);
  const open = async (name: string) => {
    const definition = queueNamed(queues, name);
    return { definition, queue: await queues.queue(definition) };
  };
  return [
    defineRoute({
      method: 'POST',
      path: '/queues/{queue}/messages',
      summary: 'Sends messages, in order, all or none.',
      action: 'sqs:SendMessage',
      resource,
      bodyBytesMax: 4 * bytesPerMiB,
      input: z.strictObject({ queue: z.string(), messages: z.array(newMessage).min(1).max(messagesMax) }),
      output: z.strictObject({ ids: z.array(z.string()).readonly() }),
      handle: ({ queue: name, messages }, { principal }) =>
        explained(async () => {
          const { definition, queue } = await open(name);
          const made = messages.map((message) =>
            messageOf(message, { parts, definition, sender: principal.name }),
          );
          const sent = await queue.send(made, { delayMs: definition.settings.delayMs });
          return { ids: sent.map(({ id }) => id) };
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/queues/{queue}/receive',
      summary:
        'Receives messages: they are hidden for the visibility timeout, or with `delete` deleted at once.',
      action: 'sqs:ReceiveMessage',
      resource,
      input: z.strictObject({
        queue: z.string(),
        count: z.int().min(1).max(receivedMax).default(10),
        visibilitySeconds: z.int().min(0).max(43_200).optional(),
        waitSeconds: z.int().min(0).max(20).default(0),
      }),
      output: z.strictObject({ messages: z.array(messageItem).readonly() }),
      handle: ({ queue: name, count, visibilitySeconds, waitSeconds }) =>
        explained(async () => {
          const { queue } = await open(name);
          const visibilityMs = visibilitySeconds === undefined ? undefined : visibilitySeconds * 1_000;
          const received = await queue.receive({ max: count, visibilityMs, waitMs: waitSeconds * 1_000 });
          return { messages: received.map(messageItemOf) };
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/queues/{queue}/delete',
      summary: 'Deletes messages by the handles with which they were received.',
      action: 'sqs:DeleteMessage',
      resource,
      input: z.strictObject({ queue: z.string(), handles: z.array(z.string()).min(1).max(messagesMax) }),
      output: z.strictObject({}),
      handle: ({ queue: name, handles }) =>
        explained(async () => {
          const { queue } = await open(name);
          await Promise.all(handles.map((handle) => queue.delete(handle)));
          return {};
        }),
    }),
  ];
}

type Around = { readonly parts: ApiParts; readonly definition: QueueDefinition; readonly sender: string };

/** Throws QueueError for what the queue does not take. */
function messageOf(
  { body, attributes, group, deduplicationId, delaySeconds }: NewMessageItem,
  { parts, definition: { settings }, sender }: Around,
): NewMessage {
  const { world } = parts;
  const bytes = Buffer.byteLength(body);
  if (bytes > Math.min(settings.messageBytesMax, messageBytesMax))
    throw new QueueError(
      'InvalidParameterValue',
      `A message has ${bytes} bytes, ${settings.messageBytesMax} are allowed.`,
    );
  if (settings.isFifo && group === undefined)
    throw new QueueError('MissingParameter', 'A message of a FIFO queue has a group.');
  if (!settings.isFifo && deduplicationId !== undefined)
    throw new QueueError('InvalidParameterValue', 'Only messages of FIFO queues have a deduplication id.');
  if (settings.isFifo && delaySeconds !== undefined && delaySeconds > 0)
    throw new QueueError('InvalidParameterValue', 'A FIFO queue delays all its messages or none.');
  return {
    ...{ id: newId(world.random), body, sender, group, deduplicationId },
    attributes: storedAttributes(attributes),
    ...(delaySeconds !== undefined && { dueMs: world.clock.nowMs() + delaySeconds * 1_000 }),
  };
}
