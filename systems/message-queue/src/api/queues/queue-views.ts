// Queues as the management API shows them.

import { z } from 'zod';
import { effectiveAttributes } from '../../queues/queue-attributes.ts';
import type { QueueDefinition } from '../../queues/queue-definition.ts';
import type { Queues } from '../../queues/queues.ts';

const count = z.int().nonnegative();
const counts = { waiting: count, inFlight: count, delayed: count };

export const queueItem = z.strictObject({
  name: z.string(),
  isFifo: z.boolean(),
  ...counts,
  createdMs: z.number(),
  /** Name of the queue that gets its dead letters. */
  deadLetters: z.string().optional(),
});
export type QueueItem = z.output<typeof queueItem>;

export const queueDescription = queueItem.extend({
  arn: z.string(),
  attributes: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  modifiedMs: z.number(),
  /** Names of the queues whose dead letters it gets. */
  deadLetterSources: z.array(z.string()).readonly(),
});
export type QueueDescription = z.output<typeof queueDescription>;

export async function queueItemOf(queues: Queues, definition: QueueDefinition): Promise<QueueItem> {
  const { name, settings, createdMs } = definition;
  const { redrive } = settings;
  const target =
    redrive && (queues.findByArn(redrive.deadLetterTargetArn)?.name ?? redrive.deadLetterTargetArn);
  return {
    ...{ name, isFifo: settings.isFifo, createdMs },
    ...(await queues.queue(definition)).counts(),
    ...(target !== undefined && { deadLetters: target }),
  };
}

export async function queueDescriptionOf(
  queues: Queues,
  definition: QueueDefinition,
): Promise<QueueDescription> {
  const { arn, settings, tags, modifiedMs } = definition;
  const attributes = Object.entries(effectiveAttributes(definition.attributes, settings));
  return {
    ...(await queueItemOf(queues, definition)),
    ...{ arn, modifiedMs, tags: { ...tags } },
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, value ?? ''])),
    deadLetterSources: sourcesOf(queues, definition),
  };
}

/** Names of the queues whose dead letters a queue gets. */
export function sourcesOf(queues: Queues, { arn }: QueueDefinition): readonly string[] {
  return queues.list({ deadLetterArn: arn }).items.map(({ name }) => name);
}
