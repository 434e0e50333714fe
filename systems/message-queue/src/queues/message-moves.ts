// Message move tasks: what lies in a dead-letter queue goes back to where it came from, or to another queue, in the
// background. A task is written down at its start, when it is cancelled and at its end, and goes on after a crash; a message
// is first in its destination and then deleted, so a crash between the two leaves it in both.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { batchEntriesMax, moveTasksMax } from '../limits.ts';
import type { StoredMoveRow } from '../metadata/queues.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { ReceivedMessage } from './queue.ts';
import type { QueueDefinition } from './queue-definition.ts';
import { QueueError } from './queue-error.ts';
import type { Queues } from './queues.ts';

export type MoveTask = {
  readonly id: string;
  readonly sourceArn: string;
  /** Absent: each message goes back to its source. */
  readonly destinationArn?: string | undefined;
  readonly perSecondMax?: number | undefined;
  readonly startedMs: number;
  readonly toMove: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  moved: number;
  failureReason?: string;
};

export type MessageMovesParts = {
  readonly queues: Queues;
  readonly clock: Clock;
  readonly sql: MetadataSql;
  readonly log: Telemetry['log'];
};

const visibilityMs = 60_000;

export class MessageMoves {
  readonly #parts: MessageMovesParts;
  /** By the id of the source, the newest first. */
  readonly #tasks = new Map<string, MoveTask[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #closed = new AbortController();

  constructor(parts: MessageMovesParts) {
    this.#parts = parts;
  }

  /** Tasks that were running when the broker stopped go on. One whose row is damaged is passed over. */
  async resume(): Promise<void> {
    for (const row of await this.#parts.sql.read('listMoves', {})) {
      const { queue, id } = row;
      const task = storedTask(row);
      if (task === undefined) {
        this.#parts.log.error('a message move task is passed over: its row is damaged', { queue, task: id });
        continue;
      }
      const tasks = this.#tasksOf(queue);
      tasks.push(task);
      tasks.sort((a, b) => b.startedMs - a.startedMs);
      const source = this.#parts.queues.findByArn(task.sourceArn);
      // Another queue may have its name by now.
      if (source?.id === queue && isUnderWay(task)) this.#run(source, task);
    }
  }

  /** Throws QueueError: UnsupportedOperation while one is running. */
  async start(
    source: QueueDefinition,
    request: { id: string; destinationArn?: string | undefined; perSecondMax?: number | undefined },
  ): Promise<MoveTask> {
    const { waiting } = (await this.#parts.queues.queue(source)).counts();
    const tasks = this.#tasksOf(source.id);
    if (tasks.some(isUnderWay))
      throw new QueueError(
        'UnsupportedOperation',
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    const task: MoveTask = {
      ...{ ...request, sourceArn: source.arn, startedMs: this.#parts.clock.nowMs(), toMove: waiting },
      ...{ status: 'RUNNING', moved: 0 },
    };
    tasks.unshift(task);
    try {
      await this.#write(source.id, task, tasks.slice(moveTasksMax));
    } catch (error) {
      tasks.splice(tasks.indexOf(task), 1);
      throw error;
    }
    tasks.splice(moveTasksMax);
    this.#run(source, task);
    return task;
  }

  list(source: QueueDefinition): readonly MoveTask[] {
    return this.#tasksOf(source.id);
  }

  /** Throws QueueError: ResourceNotFoundException, UnsupportedOperation. */
  async cancel(source: QueueDefinition, id: string): Promise<MoveTask> {
    const task = this.#tasksOf(source.id).find((known) => known.id === id);
    if (task === undefined) throw new QueueError('ResourceNotFoundException', 'Task does not exist.');
    if (task.status !== 'RUNNING')
      throw new QueueError('UnsupportedOperation', 'Only active tasks can be cancelled.');
    task.status = 'CANCELLING';
    await this.#write(source.id, task, []);
    return task;
  }

  forget(queueId: string): void {
    for (const task of this.#tasksOf(queueId)) task.status = 'CANCELLED';
    this.#tasks.delete(queueId);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#running);
  }

  #run(source: QueueDefinition, task: MoveTask): void {
    const running = this.#move(source, task)
      .catch((error) => this.#parts.log.warn('a message move task stopped', { queue: source.name, error }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #move(source: QueueDefinition, task: MoveTask): Promise<void> {
    try {
      while (task.status === 'RUNNING' && (await this.#moveSome(source, task))) await this.#pace(task);
      if (this.#closed.signal.aborted) return;
      task.status = task.status === 'CANCELLING' ? 'CANCELLED' : 'COMPLETED';
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      task.status = 'FAILED';
      task.failureReason = error instanceof QueueError ? error.code : 'InternalError';
    }
    if (this.#tasks.get(source.id)?.includes(task)) await this.#write(source.id, task, []);
  }

  /** False when there is nothing left. */
  async #moveSome(source: QueueDefinition, task: MoveTask): Promise<boolean> {
    if (this.#closed.signal.aborted) return false;
    const queue = await this.#parts.queues.queue(source);
    const max = Math.min(batchEntriesMax, task.perSecondMax ?? batchEntriesMax);
    const received = await queue.receive({ max, visibilityMs, waitMs: 0, signal: this.#closed.signal });
    for (const one of received) {
      await this.#moveOne(one, task);
      await queue.delete(one.handle);
      task.moved++;
    }
    return received.length > 0;
  }

  async #moveOne({ message }: ReceivedMessage, task: MoveTask): Promise<void> {
    const { queues } = this.#parts;
    const arn = task.destinationArn ?? message.deadLetterSource;
    const target = arn === undefined ? undefined : queues.findByArn(arn);
    // Who began the task was asked for the right to send to queues of which this is the dead-letter queue.
    const isSource = target?.settings.redrive?.deadLetterTargetArn === task.sourceArn;
    if (target === undefined || (task.destinationArn === undefined && !isSource))
      throw new QueueError('QueueDoesNotExist', 'The destination of a message does not exist.');
    const { deadLetterSource: _source, dueMs: _due, sentMs: _sent, ...moved } = message;
    await (await queues.queue(target)).send([moved], { always: true });
  }

  async #pace({ perSecondMax }: MoveTask): Promise<void> {
    if (perSecondMax === undefined) return;
    const batch = Math.min(batchEntriesMax, perSecondMax);
    await this.#parts.clock.sleep((batch * 1_000) / perSecondMax, this.#closed.signal).catch(() => {});
  }

  async #write(queue: string, task: MoveTask, forgotten: readonly MoveTask[]): Promise<void> {
    const row = { queue, id: task.id, document: JSON.stringify(task) };
    await this.#parts.sql.write('putMove', { row, forget: forgotten.map(({ id }) => id) });
  }

  #tasksOf(queueId: string): MoveTask[] {
    return this.#tasks.getOrInsertComputed(queueId, () => []);
  }
}

/** Undefined when a row is damaged. */
export function storedTask({ document, isIntact }: Pick<StoredMoveRow, 'document' | 'isIntact'>) {
  if (!isIntact) return undefined;
  try {
    const parsed: unknown = JSON.parse(document);
    return isTask(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isTask(value: unknown): value is MoveTask {
  if (typeof value !== 'object' || value === null) return false;
  const { id, sourceArn, destinationArn, startedMs, status, moved } = value as Partial<MoveTask>;
  const isAddressed = destinationArn === undefined || typeof destinationArn === 'string';
  return (
    [typeof id, typeof sourceArn, typeof status].every((type) => type === 'string') &&
    isAddressed &&
    Number.isFinite(startedMs) &&
    Number.isFinite(moved)
  );
}

function isUnderWay({ status }: MoveTask): boolean {
  return status === 'RUNNING' || status === 'CANCELLING';
}
