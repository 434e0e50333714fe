// What is counted of delayed messages.

import type { Telemetry } from '@cairn/telemetry';

export type DelayMetrics = {
  /** Records that wait, more or fewer. */
  readonly waiting: (more: number) => void;
  readonly delivered: (lateSeconds: readonly number[]) => void;
  readonly deadLettered: (count: number) => void;
};

export function delayMetrics({ metrics }: Telemetry): DelayMetrics {
  const waiting = metrics
    .gauge('cairn_delayed_messages', { help: 'Records that wait until they are due.' })
    .with({});
  const delivered = metrics
    .counter('cairn_delayed_messages_delivered_total', { help: 'Records that were due and were delivered.' })
    .with({});
  const deadLettered = metrics
    .counter('cairn_dead_letters_total', { help: 'Records that retry topics gave to dead letter topics.' })
    .with({});
  const lateness = metrics
    .histogram('cairn_delayed_message_lateness_seconds', {
      help: 'From when a record was due to its delivery.',
    })
    .with({});
  return {
    waiting: (more) => waiting.add(more),
    delivered: (lateSeconds) => {
      delivered.add(lateSeconds.length);
      for (const seconds of lateSeconds) lateness.observe(seconds);
    },
    deadLettered: (count) => deadLettered.add(count),
  };
}
