// What replication counts, by destination.

import type { Metrics } from '@cairn/telemetry';
import type { ReplicationQueue } from '../../metadata/replication/queue.ts';

export type ReplicationMetrics = {
  replicated(target: string): void;
  /** `retry`: it comes again. `refused`: it never can succeed. `lost`: nobody knows any more what waited. */
  failed(target: string, kind: 'retry' | 'refused' | 'lost'): void;
  sent(target: string, bytes: number): void;
  measured(queues: readonly ReplicationQueue[], nowMs: number): void;
};

export function replicationMetrics(metrics: Metrics): ReplicationMetrics {
  const labels = ['target'] as const;
  const replicated = metrics.counter('cairn_object_storage_replication_replicated_total', {
    help: 'Versions and delete markers that were brought to a destination.',
    labels,
  });
  const failures = metrics.counter('cairn_object_storage_replication_failures_total', {
    help: 'Versions that could not be brought to a destination: to be tried again, refused for good, or lost.',
    labels: ['target', 'kind'] as const,
  });
  const bytes = metrics.counter('cairn_object_storage_replication_bytes_total', {
    help: 'Bytes of objects that were read to be replicated.',
    labels,
  });
  const waiting = metrics.gauge('cairn_object_storage_replication_waiting', {
    help: 'Versions that wait for being replicated.',
    labels,
  });
  const age = metrics.gauge('cairn_object_storage_replication_oldest_age_seconds', {
    help: 'How long the oldest version that waits has done so.',
    labels,
  });
  let shown: ReadonlySet<string> = new Set();
  return {
    replicated: (target) => replicated.with({ target }).add(1),
    failed: (target, kind) => failures.with({ target, kind }).add(1),
    sent: (target, count) => bytes.with({ target }).add(count),
    measured(queues, nowMs) {
      const targets = new Set(queues.map(({ target }) => target));
      for (const target of shown.difference(targets)) {
        waiting.with({ target }).set(0);
        age.with({ target }).set(0);
      }
      for (const { target, waiting: count, oldestMs } of queues) {
        waiting.with({ target }).set(count);
        age.with({ target }).set(count === 0 ? 0 : Math.max(0, nowMs - oldestMs) / 1_000);
      }
      shown = targets;
    },
  };
}
