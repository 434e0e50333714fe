// What the delivery of events counts, by target.
//
// Whoever configures a bucket may name targets that are not there, any number of them, and every label stays in memory: only
// a target that a sink has accepted has a label of its own, the others share one.

import type { Metrics } from '@cairn/telemetry';
import type { EventQueue } from '../../metadata/events/event-queue.ts';

/** No ARN. */
const unknownTargets = 'unknown';

export type EventMetrics = {
  /** A sink delivers to it. */
  accepted(target: string): void;
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
  const accepted = new Set<string>();
  const labelOf = (target: string) => ({ target: accepted.has(target) ? target : unknownTargets });
  let shown: ReadonlySet<string> = new Set();
  return {
    accepted: (target) => void accepted.add(target),
    delivered: (target, events) => delivered.with(labelOf(target)).add(events),
    failed: (target) => failed.with(labelOf(target)).add(1),
    lost: (target, events) => lost.with(labelOf(target)).add(events),
    measured(queues, nowMs) {
      const ofTargets = Map.groupBy(queues, (queue) => labelOf(queue.target).target);
      for (const target of shown.difference(ofTargets)) {
        waiting.with({ target }).set(0);
        age.with({ target }).set(0);
      }
      for (const [target, of] of ofTargets) {
        const oldestMs = of.reduce((oldest, queue) => Math.min(oldest, queue.oldestMs), nowMs);
        waiting.with({ target }).set(of.reduce((sum, queue) => sum + queue.waiting, 0));
        age.with({ target }).set((nowMs - oldestMs) / 1_000);
      }
      shown = new Set(ofTargets.keys());
    },
  };
}
