// What the delivery of events counts, by target.

import type { Metrics } from '@cairn/telemetry';
import type { EventQueue } from '../../metadata/events/event-queue.ts';

export type EventMetrics = {
  delivered(target: string, events: number): void;
  failed(target: string): void;
  /** Not delivered and gone: the target was away too long, or the rows rotted. */
  lost(target: string, events: number): void;
  measured(queues: readonly EventQueue[], nowMs: number): void;
};

export function eventMetrics(metrics: Metrics): EventMetrics {
  const labels = ['target'] as const;
  const delivered = metrics.counter('cairn_object_storage_events_delivered_total', {
    help: 'Events that a target took.',
    labels,
  });
  const failed = metrics.counter('cairn_object_storage_event_delivery_failures_total', {
    help: 'Batches of events that a target did not take; each comes again.',
    labels,
  });
  const lost = metrics.counter('cairn_object_storage_events_lost_total', {
    help: 'Events that were given up: their target was unknown for too long, or their rows rotted.',
    labels,
  });
  const waiting = metrics.gauge('cairn_object_storage_events_waiting', {
    help: 'Events that wait for delivery.',
    labels,
  });
  const age = metrics.gauge('cairn_object_storage_event_oldest_age_seconds', {
    help: 'How long the oldest event that waits has done so.',
    labels,
  });
  let shown: ReadonlySet<string> = new Set();
  return {
    delivered: (target, events) => delivered.with({ target }).add(events),
    failed: (target) => failed.with({ target }).add(1),
    lost: (target, events) => lost.with({ target }).add(events),
    measured(queues, nowMs) {
      const targets = new Set(queues.map(({ target }) => target));
      for (const target of shown.difference(targets)) {
        waiting.with({ target }).set(0);
        age.with({ target }).set(0);
      }
      for (const { target, waiting: count, oldestMs } of queues) {
        waiting.with({ target }).set(count);
        age.with({ target }).set(Math.max(0, nowMs - oldestMs) / 1_000);
      }
      shown = targets;
    },
  };
}
