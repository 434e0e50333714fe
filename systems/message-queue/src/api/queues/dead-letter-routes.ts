// The management routes of dead letters, under /api/message-queue/dead-letters: which queues hold them, and how they go back.

import { ApiError, type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import { newId } from '../../queues/message-id.ts';
import type { MoveTask } from '../../queues/message-moves.ts';
import type { QueueDefinition } from '../../queues/queue-definition.ts';
import type { Queues } from '../../queues/queues.ts';
import { explained, queueNamed } from '../api-errors.ts';
import { type ApiParts, arnsOf, requireAllowed } from '../api-parts.ts';

const count = z.int().nonnegative();

const source = z.strictObject({ queue: z.string(), maxReceiveCount: count, waiting: count });
const task = z.strictObject({
  id: z.string(),
  status: z.enum(['RUNNING', 'COMPLETED', 'CANCELLING', 'CANCELLED', 'FAILED']),
  /** Absent: each message goes back to where it came from. */
  destination: z.string().optional(),
  perSecondMax: count.optional(),
  startedMs: z.number(),
  moved: count,
  toMove: count,
  failureReason: z.string().optional(),
});
export type RedriveTask = z.output<typeof task>;

const deadLetters = z.strictObject({
  queue: z.string(),
  waiting: count,
  inFlight: count,
  sources: z.array(source).readonly(),
  /** The newest first. */
  redrives: z.array(task).readonly(),
});
export type DeadLetters = z.output<typeof deadLetters>;

export function deadLetterRoutes(parts: ApiParts): readonly ApiRoute[] {
  const { queues } = parts.queue;
  const arns = arnsOf(parts);
  const resource = ({ queue }: { queue: string }) => arns.queue(queue);
  return [
    defineRoute({
      method: 'GET',
      path: '/dead-letters',
      summary: 'Lists the queues that get dead letters of others.',
      action: 'sqs:ListDeadLetterSourceQueues',
      resource: () => arns.queue('*'),
      input: z.strictObject({}),
      output: z.strictObject({ items: z.array(deadLetters).readonly() }),
      handle: () =>
        explained(async () => ({
          items: await Promise.all(targetsOf(queues).map((one) => describe(queues, one))),
        })),
    }),
    defineRoute({
      method: 'GET',
      path: '/dead-letters/{queue}',
      summary:
        'Shows whose dead letters a queue gets, how many it holds, and how far they have been moved back.',
      action: 'sqs:ListMessageMoveTasks',
      resource,
      input: z.strictObject({ queue: z.string() }),
      output: deadLetters,
      handle: ({ queue }) => explained(() => describe(queues, queueNamed(queues, queue))),
    }),
    defineRoute({
      method: 'POST',
      path: '/dead-letters/{queue}/redrive',
      summary:
        'Begins to move messages of a dead-letter queue back to where they came from, or to another queue.',
      // Not SQS's own, which goes with the rights to receive from one queue and to send to others.
      action: 'cairn:RedriveDeadLetters',
      resource,
      input: z.strictObject({
        queue: z.string(),
        to: z.string().optional(),
        perSecond: z.int().min(1).max(500).optional(),
      }),
      output: task,
      handle: ({ queue, to, perSecond }, caller) =>
        explained(async () => {
          if (to !== undefined)
            await requireAllowed(parts, caller, { action: 'sqs:SendMessage', resource: arns.queue(to) });
          return redrive(parts, { queue, to, perSecond });
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/dead-letters/{queue}/cancel',
      summary: 'Stops the redrive that is under way; what was moved stays moved.',
      action: 'cairn:RedriveDeadLetters',
      resource,
      input: z.strictObject({ queue: z.string() }),
      output: task,
      handle: ({ queue }) =>
        explained(async () => {
          const definition = queueNamed(queues, queue);
          const running = queues.moves.list(definition).find(({ status }) => status === 'RUNNING');
          if (running === undefined) throw new ApiError('conflict', `no redrive of '${queue}' is under way`);
          return taskOf(queues, await queues.moves.cancel(definition, running.id));
        }),
    }),
  ];
}

function targetsOf(queues: Queues): readonly QueueDefinition[] {
  const arns = new Set(
    queues
      .list({ limit: Number.POSITIVE_INFINITY })
      .items.map(({ settings }) => settings.redrive?.deadLetterTargetArn),
  );
  return [...arns].flatMap((arn) => (arn === undefined ? [] : (queues.findByArn(arn) ?? [])));
}

async function describe(queues: Queues, definition: QueueDefinition): Promise<DeadLetters> {
  const { waiting, inFlight } = (await queues.queue(definition)).counts();
  const sources = [];
  for (const one of queues.list({ deadLetterArn: definition.arn }).items) {
    const counts = (await queues.queue(one)).counts();
    const { maxReceiveCount } = one.settings.redrive!;
    sources.push({ queue: one.name, maxReceiveCount, waiting: counts.waiting });
  }
  const redrives = queues.moves.list(definition).map((one) => taskOf(queues, one));
  return { queue: definition.name, waiting, inFlight, sources, redrives };
}

async function redrive(
  { queue: { queues }, world }: ApiParts,
  request: { queue: string; to: string | undefined; perSecond: number | undefined },
): Promise<RedriveTask> {
  const definition = queueNamed(queues, request.queue);
  if (queues.list({ deadLetterArn: definition.arn, limit: 1 }).items.length === 0)
    throw new ApiError('invalid-request', `'${request.queue}' gets no dead letters of any queue`);
  const to = request.to === undefined ? undefined : queueNamed(queues, request.to);
  if (to !== undefined && (to.settings.isFifo !== definition.settings.isFifo || to.id === definition.id))
    throw new ApiError(
      'invalid-request',
      `'${to.name}' cannot get them: wanted is another queue of the same type`,
    );
  const id = newId(world.random);
  return taskOf(
    queues,
    await queues.moves.start(definition, { id, destinationArn: to?.arn, perSecondMax: request.perSecond }),
  );
}

function taskOf(
  queues: Queues,
  { destinationArn, sourceArn: _, failureReason, perSecondMax, ...rest }: MoveTask,
): RedriveTask {
  const destination = destinationArn && (queues.findByArn(destinationArn)?.name ?? destinationArn);
  return {
    ...rest,
    ...(destination !== undefined && { destination }),
    ...(perSecondMax !== undefined && { perSecondMax }),
    ...(failureReason !== undefined && { failureReason }),
  };
}
