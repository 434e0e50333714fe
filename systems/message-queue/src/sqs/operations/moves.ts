// Message move tasks: dead letters go back.

import { moveTasksMax } from '../../limits.ts';
import { newId } from '../../queues/message-id.ts';
import type { MoveTask } from '../../queues/message-moves.ts';
import type { QueueDefinition } from '../../queues/queue-definition.ts';
import { QueueError } from '../../queues/queue-error.ts';
import { nameInArn } from '../../queues/queue-names.ts';
import type { Input } from '../input.ts';
import type { Operation, OperationCall, OutputMembers } from '../operation.ts';

export const startMessageMoveTask: Operation = async (input, call) => {
  const source = await sourceOf(input, { call, action: 'StartMessageMoveTask' });
  for (const action of ['ReceiveMessage', 'DeleteMessage']) await call.require(action, source.name);
  const destinationArn = input.text('DestinationArn');
  if (destinationArn !== undefined) await call.require('SendMessage', nameInArn(destinationArn) ?? '*');
  const { items: sources } = call.queues.list({
    deadLetterArn: source.arn,
    limit: Number.POSITIVE_INFINITY,
  });
  if (destinationArn === undefined) for (const { name } of sources) await call.require('SendMessage', name);
  if (sources.length === 0)
    throw new QueueError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
  if (destinationArn !== undefined) {
    const destination = call.queues.findByArn(destinationArn);
    if (destination === undefined)
      throw new QueueError(
        'ResourceNotFoundException',
        'The resource that you specified for the DestinationArn parameter does not exist.',
      );
    if (destination.settings.isFifo !== source.settings.isFifo || destination === source)
      throw new QueueError('InvalidParameterValue', 'The destination is another queue of the same type.');
  }
  const perSecondMax = input.integer('MaxNumberOfMessagesPerSecond', { min: 1, max: 500 });
  const task = await call.queues.moves.start(source, {
    id: newId(call.world.random),
    destinationArn,
    perSecondMax,
  });
  return { TaskHandle: handleOf(task) };
};

export const cancelMessageMoveTask: Operation = async (input, call) => {
  const { taskId, sourceArn } = parsedHandle(input.required('TaskHandle'));
  await call.require('CancelMessageMoveTask', nameInArn(sourceArn) ?? '*');
  const source = call.queues.findByArn(sourceArn);
  if (source === undefined) throw new QueueError('ResourceNotFoundException', 'Task does not exist.');
  const { moved } = await call.queues.moves.cancel(source, taskId);
  return { ApproximateNumberOfMessagesMoved: moved };
};

export const listMessageMoveTasks: Operation = async (input, call) => {
  const source = await sourceOf(input, { call, action: 'ListMessageMoveTasks' });
  const limit = input.integer('MaxResults', { min: 1, max: moveTasksMax }) ?? 1;
  return { Results: call.queues.moves.list(source).slice(0, limit).map(taskOutput) };
};

async function sourceOf(
  input: Input,
  { call, action }: { call: OperationCall; action: string },
): Promise<QueueDefinition> {
  const arn = input.required('SourceArn');
  // Who may not know whether it exists is not told.
  await call.require(action, nameInArn(arn) ?? '*');
  const source = call.queues.findByArn(arn);
  if (source !== undefined) return source;
  throw new QueueError(
    'ResourceNotFoundException',
    'The resource that you specified for the SourceArn parameter does not exist.',
  );
}

function taskOutput(task: MoveTask): OutputMembers {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: handleOf(task) }),
    Status: task.status,
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.perSecondMax,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failureReason,
    StartedTimestamp: task.startedMs,
  };
}

function handleOf({ id: taskId, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');
}

function parsedHandle(text: string): { taskId: string; sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(text, 'base64').toString()) as Record<
      string,
      unknown
    >;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {
    // Told below, as for any other text that is none.
  }
  throw new QueueError('InvalidParameterValue', 'Value for parameter TaskHandle is invalid.');
}
