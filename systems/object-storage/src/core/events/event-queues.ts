// What waits for delivery, target by target, and how it goes: for operators.

import type { MetadataSql } from '../../metadata/store.ts';
import type { EventWorker } from './event-worker.ts';

export type EventQueueState = {
  /** An ARN. */
  readonly target: string;
  /** Whether events are delivered to it, as things are now. */
  readonly known: boolean;
  readonly waiting: number;
  readonly oldestMs: number;
  /** Of deliveries since the last one that succeeded, and what went wrong with the last one. */
  readonly failures: number;
  readonly failure?: string;
};

export async function eventQueues(
  metadata: MetadataSql,
  worker: EventWorker,
): Promise<readonly EventQueueState[]> {
  const queues = await metadata.read('countEvents', {});
  return Promise.all(
    queues.map(async (queue) => {
      const failure = worker.failureOf(queue.target);
      const known = await worker.accepts(queue.target);
      return {
        ...queue,
        known,
        failures: failure?.failures ?? 0,
        ...(failure && { failure: failure.message }),
      };
    }),
  );
}
