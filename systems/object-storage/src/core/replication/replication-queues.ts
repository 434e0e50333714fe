// What waits for replication, destination by destination, and how it goes: for operators.

import type { MetadataSql } from '../../metadata/store.ts';
import type { FindDestination } from '../../replication/replication-destination.ts';
import type { ReplicationQueueState } from '../reports.ts';
import type { ReplicationWorker } from './replication-worker.ts';

export async function replicationQueues(
  metadata: MetadataSql,
  { worker, find }: { worker: ReplicationWorker; find: FindDestination },
): Promise<readonly ReplicationQueueState[]> {
  const queues = await metadata.read('countReplications', {});
  return queues.map((queue) => {
    const failure = worker.failureOf(queue.target);
    return {
      ...queue,
      known: find(queue.target) !== undefined,
      failures: failure?.failures ?? 0,
      ...(failure && { failure: failure.message }),
    };
  });
}
